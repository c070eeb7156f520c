#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace aura::text {

/// A date, time or period at the beginning of a text.
struct moment {
  std::size_t length = 0;
  /// `2024-03-05`, `2024-03`, `2024-Q1` or `2024-03-05 08:00:00`.
  std::string value;
};

/// Reads a moment that begins at the first byte of `text`; a year alone is a
/// number, not a moment.
std::optional<moment> read_moment(std::string_view text);

} // namespace aura::text
