#include "kernels/dsl/reference/calendar.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

namespace aura::dsl::interpreter {

namespace {

namespace chrono = std::chrono;

std::int64_t floor_divide(std::int64_t a, std::int64_t b) {
  return a / b - (a % b < 0 ? 1 : 0);
}

struct civil {
  int year = 0;
  int month = 0;
  int day = 0;
  std::int64_t time = 0; // seconds since midnight
};

civil split(std::int64_t seconds) {
  const auto days = floor_divide(seconds, day_seconds);
  const auto ymd = chrono::year_month_day{
    chrono::sys_days{chrono::days{static_cast<int>(days)}}};
  return {int{ymd.year()}, static_cast<int>(unsigned{ymd.month()}),
          static_cast<int>(unsigned{ymd.day()}), seconds - days * day_seconds};
}

chrono::year_month_day date_of(int year, int month, int day) {
  return chrono::year{year} / chrono::month{static_cast<unsigned>(month)}
         / chrono::day{static_cast<unsigned>(day)};
}

std::int64_t to_seconds(const civil& x) {
  const auto days
    = chrono::sys_days{date_of(x.year, x.month, x.day)}.time_since_epoch();
  return std::int64_t{days.count()} * day_seconds + x.time;
}

int last_day(int year, int month) {
  const auto last = chrono::year_month_day_last{
    chrono::year{year},
    chrono::month_day_last{chrono::month{static_cast<unsigned>(month)}}};
  return static_cast<int>(unsigned{last.day()});
}

std::int64_t months_of(unit x) {
  return x == unit::year ? 12 : x == unit::quarter ? 3 : 1;
}

// Of the units with a fixed length; 0 for months and longer.
std::int64_t seconds_of(unit x) {
  switch (x) {
  case unit::second:
    return 1;
  case unit::minute:
    return 60;
  case unit::hour:
    return 3600;
  case unit::day:
    return day_seconds;
  case unit::week:
    return 7 * day_seconds;
  default:
    return 0;
  }
}

int digits(std::string_view text, std::size_t first, std::size_t count) {
  if (text.size() < first + count)
    return -1;
  auto result = 0;
  for (auto c : text.substr(first, count)) {
    if (c < '0' || c > '9')
      return -1;
    result = result * 10 + (c - '0');
  }
  return result;
}

std::string padded(std::int64_t x, int width) {
  char text[32];
  std::snprintf(text, sizeof text, "%0*lld", width, static_cast<long long>(x));
  return text;
}

constexpr auto month_names = std::to_array<std::string_view>(
  {"January", "February", "March", "April", "May", "June", "July", "August",
   "September", "October", "November", "December"});
constexpr auto day_names = std::to_array<std::string_view>(
  {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
   "Sunday"});

// The stretch of '2024', '2024-03', '2024-Q1' or '2024-03-05'.
expected<stretch> written(std::string_view x) {
  const auto bad = fault{errc::resolve_error,
                         "no period is written '" + std::string{x} + "'"};
  const auto year = digits(x, 0, 4);
  if (year < 0)
    return bad;
  auto start = civil{year, 1, 1, 0};
  auto length = unit::year;
  if (x.size() == 7 && (x[5] == 'Q' || x[5] == 'q')) {
    const auto quarter = digits(x, 6, 1);
    if (quarter < 1 || quarter > 4)
      return bad;
    start.month = quarter * 3 - 2;
    length = unit::quarter;
  } else if (x.size() == 7 || x.size() == 10) {
    start.month = digits(x, 5, 2);
    length = unit::month;
    if (x.size() == 10) {
      start.day = digits(x, 8, 2);
      length = unit::day;
    }
    if (!date_of(year, start.month < 0 ? 0 : start.month,
                 start.day < 0 ? 0 : start.day)
           .ok())
      return bad;
  } else if (x.size() != 4) {
    return bad;
  }
  const auto low = to_seconds(start);
  // The year 9999 ends where the calendar does; `move` would say nothing.
  const auto high = move(low, 1, length);
  return stretch{low, high ? *high : to_seconds({9999, 12, 31, day_seconds})};
}

} // namespace

std::optional<iso_moment> read_iso(std::string_view text) {
  if (text.size() < 10 || text[4] != '-' || text[7] != '-')
    return std::nullopt;
  const auto year = digits(text, 0, 4);
  const auto month = digits(text, 5, 2);
  const auto day = digits(text, 8, 2);
  if (year < 0 || month < 0 || day < 0 || !date_of(year, month, day).ok())
    return std::nullopt;
  auto result = civil{year, month, day, 0};
  if (text.size() == 10)
    return iso_moment{to_seconds(result), false};
  if ((text.size() != 16 && text.size() != 19)
      || (text[10] != ' ' && text[10] != 'T') || text[13] != ':')
    return std::nullopt;
  const auto hour = digits(text, 11, 2);
  const auto minute = digits(text, 14, 2);
  const auto second = text.size() == 19 ? digits(text, 17, 2) : 0;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0
      || second > 59 || (text.size() == 19 && text[16] != ':'))
    return std::nullopt;
  result.time = hour * 3600 + minute * 60 + second;
  return iso_moment{to_seconds(result), true};
}

std::string write_date(std::int64_t seconds) {
  const auto x = split(seconds);
  return padded(x.year, 4) + "-" + padded(x.month, 2) + "-" + padded(x.day, 2);
}

std::string write_timestamp(std::int64_t seconds) {
  const auto time = split(seconds).time;
  return write_date(seconds) + " " + padded(time / 3600, 2) + ":"
         + padded(time / 60 % 60, 2) + ":" + padded(time % 60, 2);
}

bool in_calendar(std::int64_t seconds) {
  // 0000-01-01 00:00:00 and 9999-12-31 23:59:59
  return seconds >= -62167219200 && seconds <= 253402300799;
}

std::int64_t midnight(std::int64_t seconds) {
  return floor_divide(seconds, day_seconds) * day_seconds;
}

std::int64_t day_of_week(std::int64_t seconds) {
  const auto days = floor_divide(seconds, day_seconds);
  return ((days + 3) % 7 + 7) % 7 + 1; // 1970-01-01 was a Thursday
}

std::int64_t day_of_year(std::int64_t seconds) {
  const auto x = split(seconds);
  return (midnight(seconds) - to_seconds({x.year, 1, 1, 0})) / day_seconds + 1;
}

std::int64_t part(std::int64_t seconds, unit x) {
  const auto c = split(seconds);
  switch (x) {
  case unit::second:
    return c.time % 60;
  case unit::minute:
    return c.time / 60 % 60;
  case unit::hour:
    return c.time / 3600;
  case unit::day:
    return c.day;
  case unit::week: {
    // The ISO week is the one of its Thursday, counted from 1 January.
    const auto thursday
      = midnight(seconds) + (4 - day_of_week(seconds)) * day_seconds;
    return (day_of_year(thursday) - 1) / 7 + 1;
  }
  case unit::month:
    return c.month;
  case unit::quarter:
    return (c.month + 2) / 3;
  case unit::year:
    return c.year;
  }
  return 0;
}

std::int64_t truncate(std::int64_t seconds, unit x) {
  auto c = split(seconds);
  switch (x) {
  case unit::week:
    return midnight(seconds) - (day_of_week(seconds) - 1) * day_seconds;
  case unit::month:
    return to_seconds({c.year, c.month, 1, 0});
  case unit::quarter:
    return to_seconds({c.year, (c.month - 1) / 3 * 3 + 1, 1, 0});
  case unit::year:
    return to_seconds({c.year, 1, 1, 0});
  default:
    return floor_divide(seconds, seconds_of(x)) * seconds_of(x);
  }
}

std::optional<std::int64_t> move(std::int64_t seconds, std::int64_t n, unit x) {
  constexpr auto farthest = std::int64_t{400'000'000'000};
  if (n < -farthest || n > farthest)
    return std::nullopt;
  auto moved = std::int64_t{0};
  if (const auto length = seconds_of(x); length != 0) {
    moved = seconds + n * length;
  } else {
    auto c = split(seconds);
    const auto months
      = c.year * std::int64_t{12} + c.month - 1 + n * months_of(x);
    const auto year = floor_divide(months, 12);
    if (year < 0 || year > 9999)
      return std::nullopt;
    c.year = static_cast<int>(year);
    c.month = static_cast<int>(months - year * 12) + 1;
    c.day = std::min(c.day, last_day(c.year, c.month));
    moved = to_seconds(c);
  }
  return in_calendar(moved) ? std::optional{moved} : std::nullopt;
}

std::int64_t distance(std::int64_t a, std::int64_t b, unit x) {
  if (a < b)
    return -distance(b, a, x);
  if (const auto length = seconds_of(x); length != 0)
    return (a - b) / length;
  // The most units that one may add to `b` without passing `a`: at least one
  // less than the numbers of the months say.
  const auto later = split(a);
  const auto earlier = split(b);
  const auto months
    = (later.year - earlier.year) * 12 + later.month - earlier.month;
  auto n = std::max(std::int64_t{0}, months / months_of(x) - 1);
  for (;;) {
    const auto next = move(b, n + 1, x);
    if (!next || *next > a)
      return n;
    ++n;
  }
}

std::int64_t bin(std::int64_t seconds, std::int64_t n, unit x) {
  const auto first_monday
    = x == unit::day || x == unit::week ? 4 * day_seconds : 0;
  const auto width = n * seconds_of(x);
  return floor_divide(seconds - first_monday, width) * width + first_monday;
}

expected<std::string> format_moment(std::int64_t seconds,
                                    std::string_view format) {
  auto result = std::string{};
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') {
      result += format[i];
      continue;
    }
    const auto letter = ++i < format.size() ? format[i] : '\0';
    const auto month
      = month_names[static_cast<std::size_t>(part(seconds, unit::month) - 1)];
    const auto day
      = day_names[static_cast<std::size_t>(day_of_week(seconds) - 1)];
    switch (letter) {
    case 'Y':
      result += padded(part(seconds, unit::year), 4);
      break;
    case 'y':
      result += padded(part(seconds, unit::year) % 100, 2);
      break;
    case 'm':
      result += padded(part(seconds, unit::month), 2);
      break;
    case 'd':
      result += padded(part(seconds, unit::day), 2);
      break;
    case 'H':
      result += padded(part(seconds, unit::hour), 2);
      break;
    case 'M':
      result += padded(part(seconds, unit::minute), 2);
      break;
    case 'S':
      result += padded(part(seconds, unit::second), 2);
      break;
    case 'j':
      result += padded(day_of_year(seconds), 3);
      break;
    case 'B':
      result += month;
      break;
    case 'b':
      result += month.substr(0, 3);
      break;
    case 'A':
      result += day;
      break;
    case 'a':
      result += day.substr(0, 3);
      break;
    case '%':
      result += '%';
      break;
    default:
      return fault{errc::resolve_error,
                   std::string{"FORMAT_DATE knows no %"} + letter};
    }
  }
  return result;
}

expected<stretch> cover(const period& x, bool whole_days, std::int64_t now) {
  const auto beyond
    = fault{errc::resolve_error, "the period leaves the calendar"};
  const auto whole
    = [&](std::int64_t low,
          std::optional<std::int64_t> high) -> expected<stretch> {
    if (!high)
      return beyond;
    if (whole_days)
      return stretch{midnight(low), midnight(*high)};
    return stretch{low, *high};
  };
  switch (x.form) {
  case period::kind::literal:
    return written(x.text);
  case period::kind::today:
    return whole(midnight(now), midnight(now) + day_seconds);
  case period::kind::yesterday:
    return whole(midnight(now) - day_seconds, midnight(now));
  case period::kind::calendar: {
    const auto low = move(truncate(now, x.unit), x.direction, x.unit);
    return low ? whole(*low, move(*low, 1, x.unit)) : beyond;
  }
  case period::kind::rolling: {
    const auto other = move(now, x.direction * x.count, x.unit);
    if (!other)
      return beyond;
    return x.direction < 0 ? whole(*other, now) : whole(now, other);
  }
  case period::kind::range:
    break;
  }
  const auto first = cover(x.ends.front(), whole_days, now);
  if (!first)
    return first;
  const auto last = cover(x.ends.back(), whole_days, now);
  if (!last)
    return last;
  return stretch{first->low, last->high};
}

} // namespace aura::dsl::interpreter
