#include "kernels/skeleton/grammar.hpp"

#include <array>

namespace aura::skeleton {

namespace {

using dsl::expr_kind;
using dsl::unit;

constexpr auto unit_words = std::to_array<const char*>(
  {"second", "minute", "hour", "day", "week", "month", "quarter", "year"});

} // namespace

dsl::expr grammar::duration(unit least, unit most) {
  const auto u = static_cast<unit>(random_.between(
    static_cast<std::int64_t>(least), static_cast<std::int64_t>(most)));
  auto x = make(expr_kind::duration, std::to_string(random_.between(0, 40)));
  x.unit = u;
  return x;
}

dsl::expr grammar::unit_name(unit least, unit most) {
  const auto u = random_.between(static_cast<std::int64_t>(least),
                                 static_cast<std::int64_t>(most));
  return text(unit_words[static_cast<std::size_t>(u)]);
}

dsl::expr grammar::moment(const known_rows& in, std::size_t depth) {
  return value(in, random_.chance(0.5) ? type::date : type::timestamp, depth);
}

dsl::expr grammar::numeric(const known_rows& in, std::size_t depth) {
  return value(in, random_.chance(0.5) ? type::integer : type::real, depth);
}

dsl::expr grammar::integer_value(const known_rows& in, std::size_t depth) {
  static constexpr auto parts = std::initializer_list<const char*>{
    "YEAR", "QUARTER", "MONTH",       "WEEK",       "DAY",
    "HOUR", "MINUTE",  "DAY_OF_WEEK", "DAY_OF_YEAR"};
  const auto x = [&] { return value(in, type::integer, depth); };
  switch (choose({12, 5, 6, 6, 4, 3, 3, 4, 3, 4, 4, 12, 8, 3})) {
  case 0: {
    auto left = x();
    return one_operation({"+", "-"}, std::move(left), x());
  }
  case 1: {
    // A product of products would soon leave 64 bits.
    auto left = x();
    return binary("*", std::move(left), integer(random_.between(0, 9)));
  }
  case 2: {
    auto left = x();
    return binary("//", std::move(left), x());
  }
  case 3: {
    auto left = x();
    return binary("%", std::move(left), x());
  }
  case 4:
    return make(expr_kind::unary, "-", {x()});
  case 5:
    return call("ABS", {x()});
  case 6:
    return call("SIGN", {numeric(in, depth)});
  case 7:
    return random_.chance(0.5)
             ? call("ROUND", {x(), number(random_.between(-3, 2))})
             : call("ROUND", {x()});
  case 8:
    return one_call({"FLOOR", "CEIL"}, {x()});
  case 9:
    return call("LENGTH", {value(in, type::text, depth)});
  case 10: {
    auto needle = random_.chance(0.7) ? literal(type::text)
                                      : value(in, type::text, depth);
    return call("POSITION", {std::move(needle), value(in, type::text, depth)});
  }
  case 11:
    return one_call(parts, {moment(in, depth)});
  case 12: {
    auto a = moment(in, depth);
    auto b = moment(in, depth);
    return call("DATE_DIFF", {std::move(a), std::move(b),
                              unit_name(unit::second, unit::year)});
  }
  default:
    return call("BIN", {x(), integer(random_.between(1, 12))});
  }
}

dsl::expr grammar::real_value(const known_rows& in, std::size_t depth) {
  static constexpr auto operators
    = std::to_array<const char*>({"+", "-", "*", "/", "//", "%"});
  static constexpr auto functions
    = std::initializer_list<const char*>{"SQRT", "EXP", "LN", "LOG10"};
  const auto x = [&] { return value(in, type::real, depth); };
  switch (choose({30, 6, 4, 4, 10, 6, 10, 6, 4})) {
  case 0: {
    const auto* op = operators[random_.below(operators.size())];
    auto left = x();
    auto right = random_.chance(0.6) ? x() : value(in, type::integer, depth);
    if (random_.chance(0.3))
      std::swap(left, right);
    return binary(op, std::move(left), std::move(right));
  }
  case 1: {
    auto left = value(in, type::integer, depth);
    return binary("/", std::move(left), value(in, type::integer, depth));
  }
  case 2:
    return make(expr_kind::unary, "-", {x()});
  case 3:
    return call("ABS", {x()});
  case 4:
    return random_.chance(0.7)
             ? call("ROUND", {x(), number(random_.between(-2, 4))})
             : call("ROUND", {x()});
  case 5:
    return one_call({"FLOOR", "CEIL"}, {x()});
  case 6:
    return one_call(functions, {numeric(in, depth)});
  case 7:
    return call("POWER", {numeric(in, depth), number(random_.between(-1, 3))});
  default:
    return call("BIN", {numeric(in, depth), make(expr_kind::real, "2.5")});
  }
}

dsl::expr grammar::text_value(const known_rows& in, std::size_t depth) {
  static constexpr auto one = {"LOWER", "UPPER", "TRIM", "LTRIM", "RTRIM"};
  static constexpr auto formats = std::to_array<const char*>(
    {"%Y-%m", "%Y-%m-%d %H:%M:%S", "%j", "%d. %B %Y", "%a %b %y", "%A",
     "100%% %d", "", "Q %m/%Y", "it''s %H"});
  const auto x = [&] { return value(in, type::text, depth); };
  switch (choose({25, 15, 12, 15, 10, 15})) {
  case 0:
    return one_call(one, {x()});
  case 1: {
    auto arguments = std::vector<dsl::expr>{x()};
    const auto counted = [&](std::int64_t least, std::int64_t most) {
      return random_.chance(0.7) ? integer(random_.between(least, most))
                                 : call("ABS", {value(in, type::integer, 0)});
    };
    arguments.push_back(random_.chance(0.7)
                          ? integer(random_.between(1, 4))
                          : binary("+", call("LENGTH", {x()}), integer(1)));
    if (random_.chance(0.6))
      arguments.push_back(counted(0, 5));
    return call("SUBSTR", std::move(arguments));
  }
  case 2:
    return call("REPLACE", {x(), literal(type::text), literal(type::text)});
  case 3: {
    auto left = x();
    return binary("||", std::move(left), x());
  }
  case 4: {
    auto arguments = std::vector<dsl::expr>{};
    const auto count = 1 + random_.below(4);
    for (std::size_t i = 0; i < count; ++i)
      arguments.push_back(x());
    return call("CONCAT", std::move(arguments));
  }
  default:
    return call("FORMAT_DATE", {moment(in, depth),
                                text(formats[random_.below(formats.size())])});
  }
}

dsl::expr grammar::date_value(const known_rows& in, std::size_t depth) {
  const auto x = [&] { return value(in, type::date, depth); };
  switch (choose({25, 18, 20, 10, 4})) {
  case 0: {
    auto shift = duration(unit::day, unit::year);
    if (random_.chance(0.15))
      return binary("+", std::move(shift), x());
    return one_operation({"+", "-"}, x(), std::move(shift));
  }
  case 1: {
    auto count = random_.chance(0.6)
                   ? number(random_.between(-14, 40))
                   : binary("%", value(in, type::integer, 0), integer(50));
    return call("DATE_ADD",
                {x(), std::move(count), unit_name(unit::day, unit::year)});
  }
  case 2:
    return call("TRUNC", {x(), unit_name(unit::day, unit::year)});
  case 3: {
    auto width = duration(unit::day, unit::week);
    width.text = std::to_string(random_.between(1, 10));
    return call("BIN", {x(), std::move(width)});
  }
  default:
    return call("TODAY");
  }
}

dsl::expr grammar::timestamp_value(const known_rows& in, std::size_t depth) {
  const auto x = [&] { return value(in, type::timestamp, depth); };
  switch (choose({25, 8, 18, 20, 10, 4})) {
  case 0: {
    auto shift = duration(unit::second, unit::year);
    return one_operation({"+", "-"}, x(), std::move(shift));
  }
  case 1: {
    // A DATE moved by less than a day is a TIMESTAMP.
    auto shift = duration(unit::second, unit::hour);
    return one_operation({"+", "-"}, value(in, type::date, depth),
                         std::move(shift));
  }
  case 2: {
    auto count = random_.chance(0.6)
                   ? number(random_.between(-14, 40))
                   : binary("%", value(in, type::integer, 0), integer(50));
    return call("DATE_ADD",
                {x(), std::move(count), unit_name(unit::second, unit::year)});
  }
  case 3:
    return call("TRUNC", {x(), unit_name(unit::second, unit::year)});
  case 4: {
    auto width = duration(unit::second, unit::week);
    width.text = std::to_string(random_.between(1, 45));
    return call("BIN", {x(), std::move(width)});
  }
  default:
    return call("NOW");
  }
}

} // namespace aura::skeleton
