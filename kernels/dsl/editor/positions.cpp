#include "kernels/dsl/editor/positions.hpp"

#include "kernels/base/utf8.hpp"

#include <algorithm>

namespace aura::dsl::editor {

namespace {

// The bytes of the character that begins here.
std::size_t bytes_of(std::string_view rest) {
  return std::max<std::size_t>(1, character_length(rest));
}

std::uint32_t width(std::size_t bytes, column_unit unit) {
  switch (unit) {
  case column_unit::utf8:
    return static_cast<std::uint32_t>(bytes);
  case column_unit::utf16:
    return bytes == 4 ? 2 : 1;
  default:
    return 1;
  }
}

} // namespace

line_index::line_index(std::string_view text) : starts_{0} {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n')
      ++i;
    if (text[i] == '\n' || text[i] == '\r')
      starts_.push_back(i + 1);
  }
}

position line_index::at(std::size_t offset, column_unit unit,
                        std::string_view text) const {
  offset = std::min(offset, text.size());
  const auto next = std::upper_bound(starts_.begin(), starts_.end(), offset);
  auto result = position{};
  result.line = static_cast<std::uint32_t>(next - starts_.begin() - 1);
  for (auto i = *(next - 1); i < offset;) {
    const auto n = bytes_of(text.substr(i));
    if (i + n > offset)
      break;
    result.column += width(n, unit);
    i += n;
  }
  return result;
}

std::size_t line_index::offset(position x, column_unit unit,
                               std::string_view text) const {
  if (x.line >= starts_.size())
    return text.size();
  auto i = std::min(starts_[x.line], text.size());
  for (auto left = x.column; left > 0 && i < text.size();) {
    if (text[i] == '\n' || text[i] == '\r')
      break;
    const auto n = bytes_of(text.substr(i));
    const auto w = width(n, unit);
    if (w > left)
      break;
    left -= w;
    i += n;
  }
  return i;
}

} // namespace aura::dsl::editor
