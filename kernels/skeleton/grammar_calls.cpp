#include "kernels/skeleton/grammar.hpp"

#include <array>

namespace aura::skeleton {

namespace {

using dsl::expr_kind;

dsl::expr real_number(std::string spelled) {
  return make(expr_kind::real, std::move(spelled));
}

} // namespace

grammar::typed_call grammar::aggregate_call(const known_rows& in) {
  const auto depth = random_.chance(0.5) ? std::size_t{0} : std::size_t{1};
  const auto of_number = [&](const char* name) {
    const auto t = random_.chance(0.5) ? type::integer : type::real;
    return call(name, {value(in, t, depth)});
  };
  auto result = typed_call{};
  switch (choose({14, 16, 10, 12, 6, 6, 8, 8, 8, 6, 4})) {
  case 0:
    result = {call("COUNT"), type::integer};
    if (random_.chance(0.6))
      result.value.arguments.push_back(value(in, any_type(), depth));
    result.value.distinct
      = !result.value.arguments.empty() && random_.chance(0.5);
    break;
  case 1: {
    const auto t = random_.chance(0.5) ? type::integer : type::real;
    result = {call("SUM", {value(in, t, depth)}), t};
    break;
  }
  case 2:
    result = {of_number("AVG"), type::real};
    break;
  case 3: {
    auto t = any_type();
    if (t == type::boolean)
      t = type::text;
    result = {one_call({"MIN", "MAX"}, {value(in, t, depth)}), t};
    break;
  }
  case 4:
    result = {of_number("MEDIAN"), type::real};
    break;
  case 5: {
    static constexpr auto places
      = std::to_array<const char*>({"0.0", "0.25", "0.5", "0.9", "1.0"});
    auto x = of_number("PERCENTILE");
    x.arguments.push_back(
      random_.chance(0.1) ? integer(1)
                          : real_number(places[random_.below(places.size())]));
    result = {std::move(x), type::real};
    break;
  }
  case 6: {
    static constexpr auto names = std::to_array<const char*>(
      {"STDDEV", "STDDEV_POP", "VARIANCE", "VARIANCE_POP"});
    result = {of_number(names[random_.below(names.size())]), type::real};
    break;
  }
  case 7: {
    static constexpr auto separators
      = std::to_array<const char*>({", ", "", "|", "'"});
    auto x = call("STRING_AGG",
                  {value(in, type::text, depth),
                   text(separators[random_.below(separators.size())])});
    x.distinct = random_.chance(0.3);
    const auto keys = choose({50, 40, 10});
    for (std::size_t i = 0; i < keys; ++i)
      x.sort.push_back(sort_key(value(in, any_type(), 0)));
    result = {std::move(x), type::text};
    break;
  }
  case 8: {
    const auto t = any_type();
    auto by = any_type();
    if (by == type::boolean)
      by = type::integer;
    auto x = value(in, t, depth);
    result
      = {one_call({"ARG_MAX", "ARG_MIN"}, {std::move(x), value(in, by, 0)}), t};
    break;
  }
  case 9:
    result = {one_call({"ANY", "ALL"}, {predicate(in, depth)}), type::boolean};
    break;
  default: {
    const auto t = any_type();
    result = {call("ANY_VALUE", {value(in, t, 0)}), t};
    break;
  }
  }
  if (random_.chance(0.25))
    result.value.condition.push_back(predicate(in, depth));
  return result;
}

grammar::typed_call grammar::window_call(const known_rows& in, bool framed) {
  if (framed ? random_.chance(0.7) : random_.chance(0.35))
    return aggregate_call(in);
  const auto t = any_type();
  static constexpr auto ranks
    = std::to_array<const char*>({"ROW_NUMBER", "RANK", "DENSE_RANK"});
  switch (framed ? 3 : choose({30, 8, 30, 20, 8})) {
  case 0:
    return {call(ranks[random_.below(ranks.size())]), type::integer};
  case 1:
    return {call("PERCENT_RANK"), type::real};
  case 2: {
    auto x = one_call({"LAG", "LEAD"}, {value(in, t, 1)});
    if (random_.chance(0.6)) {
      x.arguments.push_back(integer(random_.between(0, 3)));
      if (random_.chance(0.5))
        x.arguments.push_back(random_.chance(0.5) ? literal(t)
                                                  : value(in, t, 0));
    }
    return {std::move(x), t};
  }
  case 3:
    return {one_call({"FIRST", "LAST"}, {value(in, t, 1)}), t};
  default:
    return {call("NTILE", {integer(random_.between(1, 5))}), type::integer};
  }
}

// Sometimes the call is part of a larger expression.
grammar::typed_call grammar::wrapped(typed_call x, const known_rows& beside) {
  if (!random_.chance(0.3))
    return x;
  switch (x.type) {
  case type::integer:
  case type::real:
    switch (choose({3, 3, 2, 2, 2})) {
    case 0:
      return {call("ROUND", {std::move(x.value), integer(2)}), x.type};
    case 1: {
      const auto plain = random_.chance(0.5) || beside.columns.empty();
      return {binary("/", std::move(x.value),
                     plain ? integer(random_.between(1, 4))
                           : value(beside, type::integer, 0)),
              type::real};
    }
    case 2:
      return {binary("\?\?", std::move(x.value), integer(0)), x.type};
    case 3: {
      auto p = binary(">", std::move(x.value), integer(3));
      return {call("IF", {std::move(p), text("many"), text("few")}),
              type::text};
    }
    default: {
      auto left = std::move(x.value);
      return {binary("+", std::move(left), value(beside, x.type, 0)), x.type};
    }
    }
  case type::text:
    return {binary("||", std::move(x.value), text("!")), type::text};
  case type::boolean:
    return {negate(std::move(x.value)), type::boolean};
  case type::date:
  case type::timestamp:
    return {call("YEAR", {std::move(x.value)}), type::integer};
  }
  return x;
}

} // namespace aura::skeleton
