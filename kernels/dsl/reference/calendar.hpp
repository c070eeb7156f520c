#pragma once

#include "kernels/base/expected.hpp"
#include "kernels/dsl/syntax.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The Gregorian calendar over seconds since 1970, UTC, by std::chrono. It
/// shares nothing with how the compiler works out periods.
namespace aura::dsl::interpreter {

inline constexpr std::int64_t day_seconds = 86400;

struct iso_moment {
  std::int64_t seconds = 0;
  bool has_time = false;
};

/// `2024-01-31`, or with `08:00[:00]` behind a space or a T. Nothing for other
/// text and for days that do not exist.
std::optional<iso_moment> read_iso(std::string_view text);

std::string write_date(std::int64_t seconds);
std::string write_timestamp(std::int64_t seconds);

/// Whether the year is from 0000 to 9999, which is all that ISO text spells.
bool in_calendar(std::int64_t seconds);

/// Midnight at or before.
std::int64_t midnight(std::int64_t seconds);

/// The part of a moment: its year, quarter, … `unit::week` is the ISO week.
std::int64_t part(std::int64_t seconds, unit x);
std::int64_t day_of_week(std::int64_t seconds); // 1 = Monday
std::int64_t day_of_year(std::int64_t seconds);

/// The first second of the unit around a moment; weeks begin on Monday.
std::int64_t truncate(std::int64_t seconds, unit x);

/// Moves by n units; months and longer keep the day or take the last one of a
/// shorter month. Nothing where that leaves the calendar.
std::optional<std::int64_t> move(std::int64_t seconds, std::int64_t n, unit x);

/// How many whole units lie from `b` to `a`; below 0 if `a` is earlier.
std::int64_t distance(std::int64_t a, std::int64_t b, unit x);

/// The bin of n units that a moment lies in: hours and shorter count from
/// 1970, days and weeks from a Monday. @pre n > 0, at most weeks
std::int64_t bin(std::int64_t seconds, std::int64_t n, unit x);

/// `format` filled in, as FORMAT_DATE does. Fails for an unknown `%` letter.
expected<std::string> format_moment(std::int64_t seconds,
                                    std::string_view format);

/// From `low` up to but without `high`.
struct stretch {
  std::int64_t low = 0;
  std::int64_t high = 0;
};

/// What a period covers. A DATE asks in whole days: ends are cut to midnight.
/// Fails for text that is no period.
expected<stretch> cover(const period& x, bool whole_days, std::int64_t now);

} // namespace aura::dsl::interpreter
