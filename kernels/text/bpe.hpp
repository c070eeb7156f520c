#pragma once

#include "kernels/base/expected.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aura::text {

/// Cuts `text` into the pieces that merges never cross: a slot (`#1`, `@1`,
/// `$1`), a word with the bracket that opens its call (`AVG(`), a digit, a run
/// of signs, each with the one space before it; other space. Together they are
/// `text`.
std::vector<std::string_view> pieces(std::string_view text);

/// The same rule as a regular expression, as `tokenizer.json` carries it.
extern const char* const piece_pattern;

/// A byte-level BPE vocabulary: any bytes can be encoded, and decoding gives
/// them back. Immutable, hence safe to use from any thread.
class bpe {
public:
  /// Special tokens; no text encodes to them.
  static constexpr std::int32_t padding = 0;
  static constexpr std::int32_t start = 1;
  static constexpr std::int32_t answer = 2;
  static constexpr std::int32_t end = 3;
  static constexpr std::int32_t specials = 4;

  /// Learns merges from `texts` until the vocabulary has `size` tokens, or no
  /// pair occurs twice. The most frequent pair is merged first, the one of
  /// lower ids among equals. The slots `#1` to `$9` are single tokens whether
  /// or not `texts` have them. Fails with `invalid_option` if `size` has no
  /// room for the bytes and the special tokens.
  static expected<bpe> train(const std::vector<std::string>& texts,
                             std::size_t size);

  /// Reads a `tokenizer.json` that save() wrote. Fails with `missing_file`, or
  /// with `damaged_file` and what does not hold together.
  static expected<bpe> load(const std::filesystem::path& file);

  /// Writes the layout of Hugging Face's `tokenizers`, which reads it and
  /// gives the same ids for all valid UTF-8.
  status save(const std::filesystem::path& file) const;

  std::vector<std::int32_t> encode(std::string_view text) const;

  /// The bytes of `ids`. Special and unknown ids stand for nothing.
  std::string decode(std::span<const std::int32_t> ids) const;

  /// The bytes of one token; empty for special and unknown ids.
  std::string_view token(std::int32_t id) const;

  std::size_t size() const noexcept;

  /// Equal vocabulary and merges.
  bool operator==(const bpe& x) const;

private:
  struct state;
  explicit bpe(std::shared_ptr<const state> parts);

  std::shared_ptr<const state> state_;
};

} // namespace aura::text
