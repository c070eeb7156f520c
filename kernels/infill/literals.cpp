#include "kernels/infill/literals.hpp"

#include "kernels/infill/join.hpp"

#include <algorithm>
#include <array>

namespace aura::infill {

namespace {

constexpr auto months = std::to_array<const char*>(
  {"January", "February", "March", "April", "May", "June", "July", "August",
   "September", "October", "November", "December"});

bool is_digits(std::string_view x) {
  return !x.empty()
         && std::ranges::all_of(x, [](char c) { return c >= '0' && c <= '9'; });
}

int number(std::string_view x) {
  auto result = 0;
  for (auto c : x)
    result = result * 10 + (c - '0');
  return result;
}

// The month of `2024-03` or `2024-03-05`; null if there is none.
const char* month_of(std::string_view iso) {
  if (iso.size() < 7 || !is_digits(iso.substr(5, 2)))
    return nullptr;
  const auto month = number(iso.substr(5, 2));
  return month >= 1 && month <= 12 ? months[static_cast<std::size_t>(month - 1)]
                                   : nullptr;
}

std::string month_value(const std::string& iso, random_stream& random) {
  const auto* month = month_of(iso);
  if (!month || random.chance(0.35))
    return iso;
  return month + (" " + iso.substr(0, 4));
}

std::string quarter_value(const std::string& iso, random_stream& random) {
  static constexpr auto ordinals
    = std::to_array<const char*>({"first", "second", "third", "fourth"});
  const auto quarter = iso.back();
  if (quarter < '1' || quarter > '4')
    return iso;
  const auto year = iso.substr(0, 4);
  switch (random.below(4)) {
  case 0:
    return iso;
  case 1:
    return std::string{"the "}
           + ordinals[static_cast<std::size_t>(quarter - '1')] + " quarter of "
           + year;
  default:
    return std::string{"Q"} + quarter + " " + year;
  }
}

bool is_day(const dsl::period& x) {
  return x.form == dsl::period::kind::literal && x.text.size() >= 10;
}

std::string counted(std::int64_t count, dsl::unit unit) {
  auto result = std::to_string(count) + " " + unit_name(unit);
  if (count != 1)
    result += 's';
  return result;
}

} // namespace

const char* unit_name(dsl::unit x) {
  constexpr auto names = std::to_array<const char*>(
    {"second", "minute", "hour", "day", "week", "month", "quarter", "year"});
  return names[static_cast<std::size_t>(x)];
}

std::string quoted(const std::string& x) {
  const auto* mark = x.find('\'') == std::string::npos ? "'" : "\"";
  return mark + x + mark;
}

std::string text_value(const std::string& x, const schema::column* c,
                       random_stream& random) {
  const auto declared = c && std::ranges::any_of(c->values, [&](const auto& y) {
                          const auto* text
                            = std::get_if<std::string>(&y.stored);
                          return text && *text == x;
                        });
  // A code such as `de` or `1` would drown among the words.
  const auto bare = declared && x.size() > 2 && random.chance(0.75);
  return bare ? x : quoted(x);
}

std::string day_value(const std::string& iso, random_stream& random) {
  const auto* month = month_of(iso);
  if (!month || iso.size() != 10 || random.chance(0.45))
    return iso;
  const auto day = std::to_string(number(std::string_view{iso}.substr(8, 2)));
  const auto year = iso.substr(0, 4);
  if (random.chance(0.6))
    return day + " " + month + " " + year;
  return std::string{month} + " " + day + ", " + year;
}

std::string period_noun(const dsl::period& x, random_stream& random) {
  using kind = dsl::period::kind;
  switch (x.form) {
  case kind::literal:
    if (x.text.size() == 7 && x.text[5] == 'Q')
      return quarter_value(x.text, random);
    if (x.text.size() == 7)
      return month_value(x.text, random);
    return day_value(x.text, random);
  case kind::today:
    return "today";
  case kind::yesterday:
    return "yesterday";
  case kind::calendar:
    return std::string{x.direction < 0   ? "last "
                       : x.direction > 0 ? "next "
                                         : "this "}
           + unit_name(x.unit);
  case kind::rolling:
    if (x.direction > 0)
      return "the next " + counted(x.count, x.unit);
    return join({random.chance(0.5) ? "the last " : "the past ",
                 counted(x.count, x.unit)});
  case kind::range:
    break;
  }
  auto result = std::string{};
  for (const auto& end : x.ends) {
    if (!result.empty())
      result += " to ";
    result += period_noun(end, random);
  }
  return result;
}

std::string period_phrase(const dsl::period& x, random_stream& random) {
  using kind = dsl::period::kind;
  switch (x.form) {
  case kind::today:
  case kind::yesterday:
  case kind::calendar:
    return period_noun(x, random);
  case kind::rolling:
    return join({random.chance(0.6) ? "in " : "over ", period_noun(x, random)});
  case kind::literal:
    if (is_day(x))
      return "on " + period_noun(x, random);
    return join(
      {random.chance(0.7) ? "in " : "during ", period_noun(x, random)});
  case kind::range:
    break;
  }
  if (x.ends.size() == 2 && random.chance(0.35))
    return join({"between ", period_noun(x.ends[0], random), " and ",
                 period_noun(x.ends[1], random)});
  return "from " + period_noun(x, random);
}

} // namespace aura::infill
