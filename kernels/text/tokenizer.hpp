#pragma once

#include "kernels/base/expected.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aura::text {

struct encode_options {
  /// Whether special tokens that are spelled in the text are meant. Off for
  /// text that others wrote: it cannot then end a turn.
  bool parse_specials = true;
  /// Whether what the post-processor puts around a text is put there, such as
  /// the token that begins a text.
  bool add_specials = true;
};

/// A vocabulary as a GGUF file lists it, by id.
struct listed_vocabulary {
  /// Spelled in the byte alphabet; control tokens as they are.
  std::vector<std::string_view> tokens;
  /// 1 normal, 3 control, 4 looked for in text, 5 unused.
  std::vector<std::int64_t> kinds;
  /// Two tokens and a space between, the first in rank first.
  std::vector<std::string_view> merges;
  /// How text is cut before: `smollm`, `llama-bpe`, `qwen2`, `dbrx`, `gpt-2`.
  std::string rule;
  /// What stands before every text.
  std::optional<std::int32_t> before;
};

/// The same as a `tokenizer.json`. Fails with `unsupported` if the rule is not
/// known, with `damaged_file` if there are not as many kinds as tokens.
expected<std::string> write_tokenizer_json(const listed_vocabulary& list);

/// The tokenizer of a pretrained model: byte-level BPE as Hugging Face's
/// `tokenizers` and OpenAI's `tiktoken` apply it, ids for ids. Immutable, hence
/// safe to use from any thread; copies share all.
class tokenizer {
public:
  /// Reads a `tokenizer.json`, or a rank file of tiktoken (`*.tiktoken`, a
  /// token in base64 and its rank a line), whose rules are those of
  /// `cl100k_base`, `o200k_base` or GPT-2, by the number of tokens. Fails with
  /// `missing_file`, with `damaged_file`, or with `unsupported` and the name of
  /// what this program does not apply: never does it leave a rule out.
  static expected<tokenizer> load(const std::filesystem::path& file);

  /// Makes the tokenizer that `list` describes. Fails as load() does.
  static expected<tokenizer> from_list(const listed_vocabulary& list);

  /// The ids of `text`. Bytes that are not UTF-8 become the tokens of single
  /// bytes. Fails with `resource_limit` if the pre-tokenizer's expression does.
  expected<std::vector<std::int32_t>>
  encode(std::string_view text, const encode_options& options = {}) const;

  /// The bytes of `ids`; unknown ids stand for nothing.
  std::string decode(std::span<const std::int32_t> ids,
                     bool skip_specials = false) const;

  /// The bytes of one token; empty for unknown ids.
  std::string_view token(std::int32_t id) const;

  /// The id of an added token by what it looks like, such as `<|im_end|>`.
  std::optional<std::int32_t> find_added(std::string_view content) const;

  bool is_special(std::int32_t id) const;

  /// Whether the added token `id` takes the white space before or behind it.
  bool strips_before(std::int32_t id) const;
  bool strips_behind(std::int32_t id) const;

  /// One more than the highest id.
  std::size_t size() const;

private:
  struct state;
  explicit tokenizer(std::shared_ptr<const state> parts);

  static expected<tokenizer> read_json(std::string_view text);
  static expected<tokenizer> read_ranks(std::string_view text);

  std::shared_ptr<const state> state_;
};

/// Decodes token by token: gives only whole characters, since tokens may end
/// within one.
class stream_decoder {
public:
  explicit stream_decoder(tokenizer vocabulary, bool skip_specials = true);

  /// What became readable with `id`.
  std::string push(std::int32_t id);

  /// The rest; what is no UTF-8 becomes U+FFFD.
  std::string finish();

private:
  std::string drain(bool all);

  tokenizer vocabulary_;
  bool skip_specials_;
  std::string pending_;
};

} // namespace aura::text
