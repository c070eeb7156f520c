#pragma once

#include "kernels/base/utf8.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>

namespace aura {

/// How many bytes at the end of `text` are the beginning of a character; none
/// if `text` is not the beginning of anything that is UTF-8.
constexpr std::optional<std::size_t>
unfinished_character(std::string_view text) noexcept {
  const auto rest = text.substr(valid_utf8(text));
  if (rest.empty())
    return 0;
  if (rest.size() > 3)
    return std::nullopt;
  // Only the first byte decides what the second may be.
  for (const auto second : {'\x80', '\x90', '\xa0'}) {
    char whole[] = {'\x80', second, '\x80', '\x80'};
    std::copy(rest.begin(), rest.end(), whole);
    if (character_length({whole, 4}) > rest.size())
      return rest.size();
  }
  return std::nullopt;
}

/// The character that `x` ends with, whole or not; empty if that is ASCII.
constexpr std::string_view last_character(std::string_view x) noexcept {
  for (std::size_t n = 1; n <= std::min<std::size_t>(x.size(), 4); ++n) {
    const auto c = static_cast<unsigned char>(x[x.size() - n]);
    if (c < 0x80)
      return x.substr(x.size() - n + 1);
    if (c >= 0xc0)
      return x.substr(x.size() - n);
  }
  return {};
}

} // namespace aura
