#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aura::dsl::editor {

/// What an editor counts columns in.
enum class column_unit : std::uint8_t { utf8, utf16, utf32 };

/// A place as editors say it: both from 0.
struct position {
  std::uint32_t line = 0;
  std::uint32_t column = 0;

  bool operator==(const position&) const = default;
};

/// Turns bytes of one text into lines and columns and back. A line ends with
/// `\n`, `\r\n` or `\r`. Bytes that are not UTF-8 count as one character each.
class line_index {
public:
  explicit line_index(std::string_view text);

  /// The position of a byte; beyond the end, that of the end.
  position at(std::size_t offset, column_unit unit,
              std::string_view text) const;

  /// The byte at a position. A column beyond its line is the end of the line,
  /// a line beyond the last is the end of the text, and a column inside a
  /// character is the start of that character.
  std::size_t offset(position x, column_unit unit, std::string_view text) const;

private:
  std::vector<std::size_t> starts_;
};

} // namespace aura::dsl::editor
