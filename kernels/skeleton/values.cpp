#include "kernels/skeleton/build.hpp"
#include "kernels/skeleton/draw.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace aura::skeleton {

namespace {

std::optional<double> as_number(const datum& x) {
  if (const auto* i = std::get_if<std::int64_t>(&x))
    return static_cast<double>(*i);
  if (const auto* r = std::get_if<double>(&x))
    return *r;
  return std::nullopt;
}

// Fixed notation without trailing zeros: `3.5`, `120`.
dsl::expr as_literal(double x, int decimals) {
  auto buffer = std::array<char, 32>{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(),
                                 x, std::chars_format::fixed, decimals);
  auto text = std::string{buffer.data(), end.ptr};
  if (text.find('.') != std::string::npos) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.')
      text.pop_back();
  }
  const auto whole = text.find('.') == std::string::npos;
  return make(whole ? dsl::expr_kind::integer : dsl::expr_kind::real,
              std::move(text));
}

std::string padded(std::int64_t x) {
  return (x < 10 ? "0" : "") + std::to_string(x);
}

struct day_range {
  std::string low = "2023-01-01";
  std::string high = "2024-12-31";
};

day_range range_of(const schema::column& c) {
  auto result = day_range{};
  if (!c.range)
    return result;
  const auto* low = std::get_if<std::string>(&c.range->low);
  const auto* high = std::get_if<std::string>(&c.range->high);
  if (low && high && low->size() >= 10 && high->size() >= 10) {
    result.low = low->substr(0, 10);
    result.high = high->substr(0, 10);
  }
  return result;
}

int year_of(const std::string& day) {
  auto year = 2024;
  std::from_chars(day.data(), day.data() + 4, year);
  return year;
}

dsl::period literal_period(std::string text) {
  auto x = dsl::period{};
  x.text = std::move(text);
  return x;
}

// A calendar month, quarter or year that touches the range, or a day in it.
std::string calendar_text(draw& d, const schema::column& c, std::size_t kind) {
  const auto day = day_for(d, c);
  switch (kind) {
  case 0:
    return day.substr(0, 4);
  case 1:
    return day.substr(0, 7);
  case 2: {
    const auto month = (day[5] - '0') * 10 + (day[6] - '0');
    return day.substr(0, 4) + "-Q" + std::to_string((month + 2) / 3);
  }
  default:
    return day;
  }
}

dsl::period period_range(draw& d, const schema::column& c) {
  const auto kind = std::array<std::size_t, 3>{0, 1, 3}[d.choose({1, 3, 4})];
  auto x = dsl::period{};
  x.form = dsl::period::kind::range;
  auto a = calendar_text(d, c, kind);
  auto b = calendar_text(d, c, kind);
  if (a == b)
    return literal_period(std::move(a));
  if (b < a)
    std::swap(a, b);
  x.ends = {literal_period(std::move(a)), literal_period(std::move(b))};
  return x;
}

struct span_choice {
  dsl::unit unit;
  std::vector<std::int64_t> counts;
};

dsl::period rolling_period(draw& d, bool by_time) {
  static const auto choices
    = std::vector<span_choice>{{dsl::unit::day, {3, 5, 7, 10, 14, 30, 60, 90}},
                               {dsl::unit::week, {2, 3, 4, 6, 8}},
                               {dsl::unit::month, {2, 3, 4, 6, 9, 12}},
                               {dsl::unit::year, {2, 3}},
                               {dsl::unit::hour, {6, 12, 24, 36, 48, 72}}};
  const auto& choice
    = choices[by_time ? d.choose({4, 2, 3, 0.5, 2}) : d.choose({4, 2, 3, 0.5})];
  auto x = dsl::period{};
  x.form = dsl::period::kind::rolling;
  x.direction = -1;
  x.unit = choice.unit;
  x.count = d.random.pick(choice.counts);
  return x;
}

dsl::period relative_period(draw& d, bool by_time) {
  auto x = dsl::period{};
  switch (d.choose({1, 1, 4, 6})) {
  case 0:
    x.form = dsl::period::kind::today;
    return x;
  case 1:
    x.form = dsl::period::kind::yesterday;
    return x;
  case 2: {
    static constexpr auto units = std::array{
      dsl::unit::week, dsl::unit::month, dsl::unit::quarter, dsl::unit::year};
    x.form = dsl::period::kind::calendar;
    x.direction = d.random.chance(0.5) ? 0 : -1;
    x.unit = units[d.choose({1, 1, 1, 1})];
    return x;
  }
  default:
    return rolling_period(d, by_time);
  }
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

} // namespace

std::optional<dsl::expr> number_for(draw& d, const schema::column& c,
                                    double scale) {
  auto low = 0.0;
  auto high = 100.0;
  if (c.range) {
    if (const auto x = as_number(c.range->low))
      low = *x;
    if (const auto x = as_number(c.range->high))
      high = *x;
  }
  // A question says numbers without a sign.
  low = std::max(low * std::min(scale, 1.0), 0.0);
  high *= scale;
  if (!(high > low))
    return std::nullopt;
  const auto x = low + (high - low) * (0.08 + 0.84 * d.random.uniform());
  if (c.type == schema::type::integer && high - low < 20) {
    const auto whole = std::min(std::max(std::round(x), low + 1), high - 1);
    return whole > low && whole < high ? std::optional{as_literal(whole, 0)}
                                       : std::nullopt;
  }
  // Two digits say enough; every other one is rounded further.
  auto exponent = static_cast<int>(std::floor(std::log10(high - low))) - 1;
  auto step = std::pow(10.0, exponent);
  if (d.random.chance(0.5))
    step *= 5;
  if (c.type == schema::type::integer && step < 1) {
    step = 1;
    exponent = 0;
  }
  auto rounded = std::round(x / step) * step;
  if (rounded <= low || rounded >= high)
    rounded = std::round((low + high) / 2 / step) * step;
  if (rounded <= low || rounded >= high)
    return std::nullopt;
  return as_literal(rounded, std::max(0, -exponent));
}

std::vector<dsl::expr> values_for(draw& d, const schema::column& c,
                                  std::size_t count) {
  auto indices = std::vector<std::size_t>{};
  while (indices.size() < count) {
    const auto i = d.random.below(c.values.size());
    if (std::ranges::find(indices, i) == indices.end())
      indices.push_back(i);
  }
  auto result = std::vector<dsl::expr>{};
  for (auto i : indices) {
    const auto& x = c.values[i].stored;
    if (const auto* s = std::get_if<std::string>(&x))
      result.push_back(text(*s));
    else if (const auto* n = std::get_if<std::int64_t>(&x))
      result.push_back(integer(*n));
    else
      result.push_back(make(dsl::expr_kind::real, to_display(x)));
  }
  return result;
}

std::optional<std::string> fragment_for(draw& d, const schema::column& c,
                                        fragment where) {
  if (c.type != schema::type::text || c.values.empty())
    return std::nullopt;
  const auto* value = std::get_if<std::string>(&d.random.pick(c.values).stored);
  if (!value || value->size() < 4)
    return std::nullopt;
  const auto length = static_cast<std::size_t>(d.random.between(
    2,
    std::min<std::int64_t>(5, static_cast<std::int64_t>(value->size()) - 1)));
  auto from = std::size_t{0};
  if (where == fragment::end)
    from = value->size() - length;
  else if (where == fragment::middle)
    from = d.random.below(value->size() - length + 1);
  auto piece = value->substr(from, length);
  if (!std::ranges::all_of(piece, is_letter))
    return std::nullopt;
  return piece;
}

std::string day_for(draw& d, const schema::column& c) {
  const auto range = range_of(c);
  const auto first = year_of(range.low);
  const auto last = std::max(first, year_of(range.high));
  for (auto attempt = 0; attempt < 20; ++attempt) {
    auto day = std::to_string(d.random.between(first, last)) + "-"
               + padded(d.random.between(1, 12)) + "-"
               + padded(d.random.between(1, 28));
    if (day >= range.low && day <= range.high)
      return day;
  }
  return range.low;
}

dsl::period period_for(draw& d, const schema::column& c) {
  const auto& now = d.options.now;
  const auto range = range_of(c);
  const auto live = now.size() >= 10 && now.substr(0, 10) >= range.low
                    && now.substr(0, 10) <= range.high;
  if (live && d.random.chance(0.4))
    return relative_period(d, c.type == schema::type::timestamp);
  if (d.random.chance(0.3))
    return period_range(d, c);
  return literal_period(calendar_text(d, c, d.choose({2, 4, 2, 3})));
}

} // namespace aura::skeleton
