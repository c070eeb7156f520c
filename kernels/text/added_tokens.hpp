#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aura::text {

/// A token that stands for itself and is looked for before anything is split,
/// with the flags that `tokenizer.json` gives it.
struct added_token {
  std::string content;
  std::int32_t id = 0;
  bool single_word = false; // not beside letters, digits or `_`
  bool lstrip = false;      // takes the white space before it, too
  bool rstrip = false;      // and behind it
  bool normalized = false;  // looked for in normalised text
  bool special = false;
};

/// A stretch of a text: of an added token, or between them.
struct section {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::int32_t id = -1; // of the added token, else -1
};

/// Finds added tokens as Hugging Face's `tokenizers` does: from left to right,
/// of those that begin at one place the longest.
class added_tokens {
public:
  added_tokens() = default;
  explicit added_tokens(std::vector<added_token> tokens);

  /// The sections of `text`, together all of it. With `specials` off, special
  /// tokens are plain text. @pre `text` is valid UTF-8
  std::vector<section> find(std::string_view text, bool specials) const;

private:
  /// The longest token at the front of `text`, or null.
  const added_token* match(std::string_view text, bool specials) const;

  std::vector<added_token> tokens_; // longest first
  bool begins_[256] = {};
};

/// Whether the character at the front of `text` is white space to Unicode.
bool is_unicode_space(std::string_view text);

} // namespace aura::text
