#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aura::schema {

inline constexpr std::int64_t minute_seconds = 60;
inline constexpr std::int64_t hour_seconds = 60 * minute_seconds;
inline constexpr std::int64_t day_seconds = 24 * hour_seconds;

/// The first and the last second that ISO text can say.
inline constexpr std::int64_t first_second = -62'167'219'200;
inline constexpr std::int64_t last_second = 253'402'300'799;

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

/// Midnight of the same day.
std::int64_t day_start(std::int64_t seconds);

/// Midnight of the Monday at or before.
std::int64_t week_start(std::int64_t seconds);

/// Midnight on the first day of the month that lies `months` after.
std::int64_t month_start(std::int64_t seconds, int months = 0);

} // namespace aura::schema
