#pragma once

#include <string>
#include <vector>

namespace aura::dsl {

/// What may stand behind the whole words of an unfinished query.
struct continuations {
  /// Words and symbols, each with the blank that stands before it, if any:
  /// ` FILTER`, `(`. Sorted by bytes, none twice.
  std::vector<std::string> words;
  /// Kinds of words that no list holds: any name, in backticks where it needs
  /// them; any number, or any whole one; any text.
  bool name = false;
  bool number = false;
  bool whole_number = false;
  bool text = false;
  /// Whether it does not matter what such a text says, unless it is a date.
  bool plain_text = false;
  /// Whether a blank stands before these.
  bool spaced = false;

  bool empty() const noexcept {
    return words.empty() && !name && !number && !whole_number && !text;
  }
};

} // namespace aura::dsl
