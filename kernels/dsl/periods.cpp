#include "kernels/dsl/periods.hpp"

#include "kernels/base/value.hpp"
#include "kernels/schema/calendar.hpp"

#include <algorithm>
#include <chrono>

namespace aura::dsl {

namespace {

namespace chrono = std::chrono;

constexpr auto day_seconds = std::int64_t{86'400};
// 0000-01-01 and 9999-12-31 23:59:59: what ISO text can say.
constexpr auto first_moment = std::int64_t{-62'167'219'200};
constexpr auto last_moment = std::int64_t{253'402'300'799};

std::int64_t floor_days(std::int64_t seconds) {
  return seconds >= 0 ? seconds / day_seconds
                      : -((-seconds + day_seconds - 1) / day_seconds);
}

chrono::year_month_day date_of(std::int64_t seconds) {
  return chrono::sys_days{chrono::days{floor_days(seconds)}};
}

std::int64_t seconds_of(chrono::year_month_day date) {
  return std::int64_t{chrono::sys_days{date}.time_since_epoch().count()}
         * day_seconds;
}

std::int64_t unit_seconds(unit x) {
  switch (x) {
  case unit::second:
    return 1;
  case unit::minute:
    return 60;
  case unit::hour:
    return 3600;
  case unit::week:
    return 7 * day_seconds;
  default:
    return day_seconds;
  }
}

int unit_months(unit x) {
  return x == unit::month     ? 1
         : x == unit::quarter ? 3
         : x == unit::year    ? 12
                              : 0;
}

fault wrong(std::string message) {
  return {errc::resolve_error, std::move(message)};
}

moment_range around(std::int64_t seconds, unit x, int direction = 0) {
  const auto low = moved(start_of(seconds, x), direction, x);
  return {low, moved(low, 1, x)};
}

/// '2024', '2024-03', '2024-Q1' or '2024-03-05'.
expected<moment_range> read_literal(const std::string& text) {
  const auto bad = [&] {
    return wrong("not a period such as '2024', '2024-03', '2024-Q1' or "
                 "'2024-03-05': "
                 + to_literal(text));
  };
  if (text.size() == 7 && (text[5] == 'Q' || text[5] == 'q')) {
    if (text[6] < '1' || text[6] > '4')
      return bad();
    const auto month = std::string{"0"} + "147"[text[6] - '1'];
    const auto start = schema::parse_iso(
      text.substr(0, 5) + (text[6] == '4' ? "10" : month) + "-01");
    return start ? expected<moment_range>{around(start->seconds, unit::quarter)}
                 : bad();
  }
  const auto whole = text.size() == 4    ? text + "-01-01"
                     : text.size() == 7  ? text + "-01"
                     : text.size() == 10 ? text
                                         : "";
  const auto start = schema::parse_iso(whole);
  if (!start)
    return bad();
  return around(start->seconds, text.size() == 4   ? unit::year
                                : text.size() == 7 ? unit::month
                                                   : unit::day);
}

} // namespace

std::int64_t start_of(std::int64_t seconds, unit x) {
  const auto days = floor_days(seconds);
  if (x < unit::day) {
    const auto size = unit_seconds(x);
    const auto within = seconds - days * day_seconds;
    return days * day_seconds + within / size * size;
  }
  if (x == unit::day)
    return days * day_seconds;
  if (x == unit::week) {
    // 1970-01-05 was a Monday.
    const auto since = (((days - 4) % 7) + 7) % 7;
    return (days - since) * day_seconds;
  }
  const auto date = date_of(seconds);
  const auto month = (static_cast<unsigned>(date.month()) - 1)
                     / static_cast<unsigned>(unit_months(x))
                     * static_cast<unsigned>(unit_months(x));
  return seconds_of(date.year() / chrono::month{month + 1} / chrono::day{1});
}

std::int64_t moved(std::int64_t seconds, std::int64_t n, unit x) {
  n = std::clamp(n, std::int64_t{-400'000'000'000},
                 std::int64_t{400'000'000'000});
  const auto months = unit_months(x);
  if (months == 0)
    return seconds + n * unit_seconds(x);
  n = std::clamp(n, std::int64_t{-200'000}, std::int64_t{200'000});
  const auto date = date_of(seconds);
  const auto time = seconds - floor_days(seconds) * day_seconds;
  const auto to = chrono::year_month{date.year(), date.month()}
                  + chrono::months{n * months};
  const auto last
    = chrono::year_month_day_last{to.year(), chrono::month_day_last{to.month()}}
        .day();
  return seconds_of(to / std::min(date.day(), last)) + time;
}

expected<moment_range> range_of(const period& x, bool whole_days,
                                const std::function<std::int64_t()>& now) {
  auto result = moment_range{};
  switch (x.form) {
  case period::kind::literal: {
    auto read = read_literal(x.text);
    if (!read)
      return read;
    result = *read;
    break;
  }
  case period::kind::today:
    result = around(now(), unit::day);
    break;
  case period::kind::yesterday:
    result = around(now(), unit::day, -1);
    break;
  case period::kind::calendar:
    result = around(now(), x.unit, x.direction);
    break;
  case period::kind::rolling: {
    const auto moment = now();
    const auto other = moved(moment, x.direction * x.count, x.unit);
    result = {std::min(moment, other), std::max(moment, other)};
    break;
  }
  case period::kind::range: {
    if (x.ends.size() != 2)
      return wrong("a range of periods has two ends");
    const auto from = range_of(x.ends[0], whole_days, now);
    if (!from)
      return from;
    const auto to = range_of(x.ends[1], whole_days, now);
    if (!to)
      return to;
    if (to->high <= from->low)
      return wrong("the period ends before it begins");
    result = {from->low, to->high};
    break;
  }
  }
  if (result.low < first_moment || result.high > last_moment + 1)
    return wrong("the period leaves the years 0000 to 9999");
  if (whole_days)
    result
      = {start_of(result.low, unit::day), start_of(result.high, unit::day)};
  return result;
}

} // namespace aura::dsl
