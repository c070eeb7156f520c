#pragma once

#include "kernels/base/expected.hpp"
#include "kernels/text/pattern.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <string_view>
#include <vector>

namespace aura::text {

/// GPT-2's rule, which a ByteLevel pre-tokenizer applies by itself.
extern const char* const gpt2_pattern;

/// What becomes of the places that a Split matches.
enum class split_behaviour : std::uint8_t {
  removed,
  isolated,
  merged_with_previous,
  merged_with_next,
  contiguous
};

/// The pre-tokenizer of a `tokenizer.json`: cuts a text into the pieces that
/// merges never cross. Known steps: Split, Digits, ByteLevel, and a Sequence of
/// them. Immutable, hence safe to use from any thread.
class splitter {
public:
  splitter() = default;

  /// Reads the value of `pre_tokenizer`. Fails with `unsupported` and the name
  /// of a step that is not known, or as pattern::compile does.
  static expected<splitter> read(const nlohmann::json& description);

  /// A Split on one expression whose matches are the pieces.
  static expected<splitter> from_pattern(std::string_view expression);

  /// Whether a space goes before a text that does not begin with one.
  bool adds_prefix_space() const noexcept {
    return adds_prefix_space_;
  }

  /// Appends the pieces of `text`. @pre `text` is valid UTF-8
  status split(std::string_view text, std::vector<extent>& out) const;

private:
  struct step {
    pattern expression;
    split_behaviour behaviour = split_behaviour::isolated;
    bool invert = false;
  };

  status add(const nlohmann::json& description);

  std::vector<step> steps_;
  bool adds_prefix_space_ = false;
};

} // namespace aura::text
