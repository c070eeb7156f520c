#include "kernels/schema/calendar.hpp"
#include "kernels/schema/cells.hpp"
#include "kernels/schema/words.hpp"

#include <algorithm>
#include <array>

namespace aura::schema {

namespace {

/// What careless text handling trips over.
constexpr std::array strange_texts
  = {"",     " ",    "O'Brien", "100%",  "a_b",      "\"quoted\"",
     "NULL", "0",    "-1",      "Zoë",   "ÄÖÜ ß",    "日本語",
     "🙂", "a\\b", "  twice", "end  ", "tab\there"};

} // namespace

/// Where the periods of DURING begin, seen from now, and where years, months
/// and the range begin and end.
std::vector<datum> cell_source::period_edges() const {
  const auto today = day_start(now_);
  const auto month = month_start(now_);
  const auto month_number = std::stoi(iso_date(now_).substr(5, 2)) - 1;
  const auto quarter = month_start(now_, -(month_number % 3));
  const auto year = month_start(now_, -month_number);
  const std::int64_t edges[] = {now_,
                                now_ - hour_seconds,
                                now_ - day_seconds,
                                now_ - 7 * day_seconds,
                                now_ - 30 * day_seconds,
                                today,
                                today - day_seconds,
                                today + day_seconds,
                                today - 7 * day_seconds,
                                week_start(now_),
                                week_start(now_) - 7 * day_seconds,
                                month,
                                month_start(month, -1),
                                month_start(month, 1),
                                quarter,
                                month_start(quarter, -3),
                                year,
                                month_start(year, -12),
                                month_start(year, -9),
                                month_start(year, -6),
                                first_,
                                last_,
                                day_start(last_)};
  const auto step = column_->type == type::date ? day_seconds : 1;
  std::vector<datum> moments;
  for (auto x : edges)
    for (auto shift : {-step, std::int64_t{0}, step})
      moments.push_back(at(x + shift));
  return moments;
}

std::vector<datum> cell_source::boundaries() const {
  if (temporal())
    return period_edges();
  std::vector<datum> all;
  if (column_->type == type::boolean)
    return {std::int64_t{0}, std::int64_t{1}};
  for (const auto& x : column_->values)
    all.push_back(x.stored);
  if (column_->type == type::integer && (all.empty() || column_->range)) {
    const auto [low, high] = integer_ends();
    all.insert(all.end(), {low, high, low / 2 + high / 2});
  }
  if (column_->type == type::real && (all.empty() || column_->range)) {
    const auto [low, high] = real_ends();
    all.insert(all.end(), {low, high, rounded(low / 2 + high / 2)});
  }
  if (column_->type == type::text && all.empty())
    all = {std::string{"Amber Falcon"}, std::string{"River"},
           std::string{"Willow"}};
  const auto count = all.size();
  for (std::size_t i = 0; i < count; ++i)
    for (auto& x : neighbours(all[i]))
      all.push_back(std::move(x));
  return all;
}

std::vector<datum> cell_source::extremes() const {
  if (!column_->values.empty()) {
    const auto [low, high] = std::minmax_element(
      column_->values.begin(), column_->values.end(),
      [](const auto& a, const auto& b) { return a.stored < b.stored; });
    return {low->stored, high->stored, column_->values.front().stored};
  }
  std::vector<datum> all;
  switch (column_->type) {
  case type::boolean:
    all = {std::int64_t{0}, std::int64_t{1}};
    break;
  case type::integer: {
    // Not so large that a sum of them overflows.
    const auto [low, high] = integer_ends();
    all = {low,
           high,
           stepped(low, 1),
           stepped(high, -1),
           std::int64_t{0},
           std::int64_t{-1}};
    if (!column_->range)
      all.insert(all.end(),
                 {std::int64_t{2147483648}, std::int64_t{-2147483649},
                  std::int64_t{1'000'000'000'000}});
    break;
  }
  case type::real: {
    // Not so far apart that a sum depends on the order of its terms.
    const auto [low, high] = real_ends();
    all = {low, high, 0.0, 0.1, 1e-6, low + (high - low) / 3};
    if (!column_->range)
      all.insert(all.end(), {1e5, -1e5, -1e-6});
    break;
  }
  case type::text:
    for (const auto* x : strange_texts)
      all.push_back(std::string{x});
    all.push_back(std::string(300, 'x'));
    break;
  case type::date:
  case type::timestamp:
    for (const auto* x :
         {"1970-01-01", "1999-12-31 23:59:59", "2000-02-29 12:00:00",
          "2022-12-31 23:59:59", "2023-01-01", "2023-02-28 23:59:59",
          "2023-12-31 23:59:59", "2024-01-01", "2024-01-31 08:00:00",
          "2024-02-29", "2024-02-29 23:59:59", "2024-03-31 02:30:00",
          "2024-12-29", "2024-12-30 00:00:01", "2024-12-31 23:59:59",
          "2025-01-01", "2038-01-19 03:14:08"})
      all.push_back(at(parse_iso(x)->seconds));
    all.push_back(at(first_));
    all.push_back(at(last_));
    break;
  }
  std::erase_if(all, [&](const auto& x) { return !conforms(x); });
  return all;
}

std::vector<datum> cell_source::neighbours(const datum& stored) const {
  if (const auto* text = std::get_if<std::string>(&stored)) {
    if (temporal()) {
      const auto read = parse_iso(*text);
      if (!read)
        return {};
      const auto step = column_->type == type::date ? day_seconds : 1;
      return {at(read->seconds - step), at(read->seconds + step)};
    }
    auto half = text->size() / 2;
    while (half > 0
           && (static_cast<unsigned char>((*text)[half]) & 0xc0) == 0x80)
      --half;
    return {to_lower(*text), to_upper(*text), text->substr(0, half),
            *text + " 2", *text + " "};
  }
  if (const auto* x = std::get_if<std::int64_t>(&stored)) {
    if (column_->type == type::boolean)
      return {std::int64_t{*x == 0}};
    return {stepped(*x, -1), stepped(*x, 1)};
  }
  if (const auto* x = std::get_if<double>(&stored))
    return {*x - 0.01, *x + 0.01, *x - 1, *x + 1};
  return {};
}

} // namespace aura::schema
