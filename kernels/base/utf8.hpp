#pragma once

#include <cstddef>
#include <string_view>

namespace aura {

/// How many bytes the character at the front of `text` takes; 0 if `text` is
/// empty or does not begin with well-formed UTF-8.
constexpr std::size_t character_length(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
  };
  const auto follows = [&](std::size_t i) { return (byte(i) & 0xc0) == 0x80; };
  const auto first = byte(0);
  if (text.empty())
    return 0;
  if (first < 0x80)
    return 1;
  if (first >= 0xc2 && first < 0xe0)
    return follows(1) ? 2 : 0;
  // No overlong forms, no surrogates, nothing past U+10FFFF.
  if (first >= 0xe0 && first < 0xf0)
    return follows(1) && follows(2) && (first > 0xe0 || byte(1) >= 0xa0)
               && (first != 0xed || byte(1) < 0xa0)
             ? 3
             : 0;
  return first >= 0xf0 && first < 0xf5 && follows(1) && follows(2) && follows(3)
             && (first > 0xf0 || byte(1) >= 0x90)
             && (first < 0xf4 || byte(1) < 0x90)
           ? 4
           : 0;
}

/// The offset of the first byte that is not UTF-8, or the size of `text`.
constexpr std::size_t valid_utf8(std::string_view text) noexcept {
  auto at = std::size_t{0};
  while (at < text.size()) {
    const auto length = character_length(text.substr(at));
    if (length == 0)
      break;
    at += length;
  }
  return at;
}

} // namespace aura
