#include "kernels/schema/calendar.hpp"

#include <chrono>

namespace aura::schema {

namespace {

/// Takes `width` digits off the front of `text`, or says no.
std::optional<int> take_digits(std::string_view& text, std::size_t width) {
  if (text.size() < width)
    return std::nullopt;
  auto number = 0;
  for (std::size_t i = 0; i < width; ++i) {
    if (text[i] < '0' || text[i] > '9')
      return std::nullopt;
    number = number * 10 + (text[i] - '0');
  }
  text.remove_prefix(width);
  return number;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c)
    return false;
  text.remove_prefix(1);
  return true;
}

std::string padded(std::int64_t number, std::size_t width) {
  auto text = std::to_string(number);
  if (text.size() < width)
    text.insert(0, width - text.size(), '0');
  return text;
}

/// The time of day in seconds, or nothing if `text` is not all of one.
std::optional<std::int64_t> parse_time(std::string_view text, bool& fraction) {
  const auto hour = take_digits(text, 2);
  if (!hour || *hour > 23 || !take(text, ':'))
    return std::nullopt;
  const auto minute = take_digits(text, 2);
  if (!minute || *minute > 59)
    return std::nullopt;
  auto second = 0;
  if (take(text, ':')) {
    const auto read = take_digits(text, 2);
    if (!read || *read > 59)
      return std::nullopt;
    second = *read;
    if (take(text, '.')) {
      if (!take_digits(text, 1))
        return std::nullopt;
      while (take_digits(text, 1)) {
      }
      fraction = true;
    }
  }
  take(text, 'Z');
  if (!text.empty())
    return std::nullopt;
  return *hour * 3600 + *minute * 60 + second;
}

} // namespace

std::optional<moment> parse_iso(std::string_view text) {
  const auto year = take_digits(text, 4);
  if (!year || !take(text, '-'))
    return std::nullopt;
  const auto month = take_digits(text, 2);
  if (!month || !take(text, '-'))
    return std::nullopt;
  const auto day = take_digits(text, 2);
  if (!day)
    return std::nullopt;
  const auto date = std::chrono::year{*year}
                    / std::chrono::month{static_cast<unsigned>(*month)}
                    / std::chrono::day{static_cast<unsigned>(*day)};
  if (!date.ok())
    return std::nullopt;
  auto result = moment{};
  result.seconds
    = std::chrono::sys_days{date}.time_since_epoch().count() * day_seconds;
  if (text.empty())
    return result;
  result.has_time = true;
  result.separator = text.front();
  if (!take(text, ' ') && !take(text, 'T'))
    return std::nullopt;
  const auto time = parse_time(text, result.has_fraction);
  if (!time)
    return std::nullopt;
  result.seconds += *time;
  return result;
}

std::int64_t day_start(std::int64_t seconds) {
  const auto days
    = std::chrono::floor<std::chrono::days>(std::chrono::seconds{seconds});
  return days.count() * day_seconds;
}

std::int64_t week_start(std::int64_t seconds) {
  // 1970 began on a Thursday.
  const auto shifted = std::chrono::seconds{seconds} + std::chrono::days{3};
  const auto weeks = std::chrono::floor<std::chrono::weeks>(shifted);
  return weeks.count() * 7 * day_seconds - 3 * day_seconds;
}

std::int64_t month_start(std::int64_t seconds, int months) {
  const auto days
    = std::chrono::floor<std::chrono::days>(std::chrono::seconds{seconds});
  const auto date = std::chrono::year_month_day{std::chrono::sys_days{days}};
  const auto month = std::chrono::year_month{date.year(), date.month()}
                     + std::chrono::months{months};
  return std::chrono::sys_days{month / 1}.time_since_epoch().count()
         * day_seconds;
}

std::string iso_date(std::int64_t seconds) {
  const auto days
    = std::chrono::floor<std::chrono::days>(std::chrono::seconds{seconds});
  const auto date = std::chrono::year_month_day{std::chrono::sys_days{days}};
  return padded(int{date.year()}, 4) + "-"
         + padded(static_cast<unsigned>(date.month()), 2) + "-"
         + padded(static_cast<unsigned>(date.day()), 2);
}

std::string iso_timestamp(std::int64_t seconds, char separator) {
  const auto days
    = std::chrono::floor<std::chrono::days>(std::chrono::seconds{seconds});
  const auto time = seconds - days.count() * day_seconds;
  return iso_date(seconds) + separator + padded(time / 3600, 2) + ":"
         + padded(time / 60 % 60, 2) + ":" + padded(time % 60, 2);
}

} // namespace aura::schema
