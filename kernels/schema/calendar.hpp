#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aura::schema {

/// A moment as text says it. Years 0000 to 9999, proleptic Gregorian, UTC.
struct moment {
  /// Since 1970-01-01 00:00:00, fractions cut off.
  std::int64_t seconds = 0;
  bool has_time = false;
  bool has_fraction = false;
  /// ' ' or 'T' between date and time; 0 without a time.
  char separator = 0;
};

/// Reads `2024-01-31`, and the same followed by a space or `T` and `08:00`,
/// `08:00:00` or `08:00:00.123`, perhaps ending in `Z`. Nothing for any other
/// text, nor for days that do not exist.
std::optional<moment> parse_iso(std::string_view text);

/// `2024-01-31`.
std::string iso_date(std::int64_t seconds);

/// `2024-01-31 08:00:00`, or with another separator.
std::string iso_timestamp(std::int64_t seconds, char separator = ' ');

} // namespace aura::schema
