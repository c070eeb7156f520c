#include "kernels/skeleton/build.hpp"
#include "kernels/skeleton/draw.hpp"

#include <array>

namespace aura::skeleton {

namespace {

using dsl::expr_kind;

bool is_own_measure(const reachable& x) {
  return x.own() && x.role == role::measure;
}

const reachable* other_measure(draw& d, const reachable& x, bool same_unit) {
  return d.pick([&](const reachable& y) {
    return is_own_measure(y) && y.column != x.column
           && (!same_unit || y.column->unit == x.column->unit);
  });
}

std::optional<dsl::expr> numeric(draw& d) {
  if (d.random.chance(0.5))
    return arithmetic(d);
  const auto* x = d.pick_role({role::measure});
  if (!x)
    return std::nullopt;
  switch (d.choose({4, 1, 1, 1, x->nullable ? 3. : 0.})) {
  case 0:
    if (x->column->type == schema::type::integer)
      return call("ABS", {as_expr(*x)});
    return call("ROUND", {as_expr(*x), integer(d.random.between(1, 2))});
  case 1:
    return call("FLOOR", {as_expr(*x)});
  case 2:
    return call("CEIL", {as_expr(*x)});
  case 3:
    return call("ABS", {as_expr(*x)});
  default:
    return binary("??", as_expr(*x), integer(0));
  }
}

bool is_wordy(const reachable& x) {
  return x.column->type == schema::type::text;
}

std::optional<dsl::expr> textual(draw& d) {
  const auto* x = d.pick(is_wordy);
  if (!x)
    return std::nullopt;
  switch (d.choose({3, 3, 2, 2, 3, x->nullable ? 4. : 0.})) {
  case 0:
    return call("UPPER", {as_expr(*x)});
  case 1:
    return call("LOWER", {as_expr(*x)});
  case 2:
    return call("LENGTH", {as_expr(*x)});
  case 3:
    return call("SUBSTR",
                {as_expr(*x), integer(1), integer(d.random.between(2, 5))});
  case 4: {
    const auto* y = d.pick(
      [&](const reachable& z) { return is_wordy(z) && z.column != x->column; });
    if (!y)
      return std::nullopt;
    static const auto glue
      = std::vector<std::string>{" ", "-", ", ", "/", ": "};
    return call("CONCAT",
                {as_expr(*x), text(d.random.pick(glue)), as_expr(*y)});
  }
  default:
    static const auto fill
      = std::vector<std::string>{"unknown", "none", "n/a", "missing"};
    return binary("??", as_expr(*x), text(d.random.pick(fill)));
  }
}

std::optional<dsl::expr> conditional(draw& d) {
  struct pair {
    const char* yes;
    const char* no;
  };
  static constexpr auto pairs = std::array<pair, 5>{{{"yes", "no"},
                                                     {"high", "low"},
                                                     {"match", "other"},
                                                     {"flagged", "normal"},
                                                     {"in", "out"}}};
  auto p = predicate(d, 1);
  if (!p)
    return std::nullopt;
  const auto& words = pairs[d.random.below(pairs.size())];
  return call("IF", {std::move(*p), text(words.yes), text(words.no)});
}

std::optional<dsl::expr> distance(draw& d) {
  const auto* x = d.pick_role({role::moment});
  const auto* y = d.pick([&](const reachable& z) {
    return z.role == role::moment && x && z.column != x->column;
  });
  if (!x || !y)
    return std::nullopt;
  return call("DATE_DIFF", {as_expr(*x), as_expr(*y), text("day")});
}

} // namespace

std::optional<dsl::expr> arithmetic(draw& d) {
  const auto* x = d.pick(is_own_measure);
  if (!x)
    return std::nullopt;
  switch (d.choose({4, 3, 2, 3, 2})) {
  case 0:
    if (const auto* y = other_measure(d, *x, false))
      return binary("/", as_expr(*x), as_expr(*y));
    break;
  case 1:
    if (const auto* y = other_measure(d, *x, true))
      return binary("-", as_expr(*x), as_expr(*y));
    break;
  case 2:
    if (const auto* y = other_measure(d, *x, true))
      return binary("+", as_expr(*x), as_expr(*y));
    break;
  case 3: {
    static const auto factors = std::vector<const char*>{
      "2", "10", "100", "1000", "0.5", "0.3", "1.5", "1.2", "0.8", "60", "24"};
    const auto* factor = d.random.pick(factors);
    const auto whole = std::string{factor}.find('.') == std::string::npos;
    return binary("*", as_expr(*x),
                  make(whole ? expr_kind::integer : expr_kind::real, factor));
  }
  default:
    static const auto divisors
      = std::vector<std::int64_t>{2, 10, 60, 100, 1000, 24};
    return binary("/", as_expr(*x), integer(d.random.pick(divisors)));
  }
  return std::nullopt;
}

std::optional<dsl::expr> date_part(draw& d, bool as_key) {
  const auto* x = d.pick_role({role::moment});
  if (!x)
    return std::nullopt;
  const auto timed = x->column->type == schema::type::timestamp ? 1. : 0.;
  if (d.random.chance(as_key ? 0.5 : 0.15)) {
    static constexpr auto units
      = std::array{"month", "day", "week", "quarter", "hour"};
    return call("TRUNC",
                {as_expr(*x), text(units[d.choose({6, 3, 2, 2, timed})])});
  }
  static constexpr auto parts = std::array{
    "YEAR", "MONTH", "DAY_OF_WEEK", "QUARTER", "HOUR", "DAY", "WEEK"};
  return call(parts[d.choose({5, 5, 4, 2, 4 * timed, 1, 1})], {as_expr(*x)});
}

std::optional<dsl::expr> computed(draw& d) {
  for (auto attempt = 0; attempt < 5; ++attempt) {
    auto x = std::optional<dsl::expr>{};
    switch (d.choose({5, 3, 3, 3, 1})) {
    case 0:
      x = numeric(d);
      break;
    case 1:
      x = textual(d);
      break;
    case 2:
      x = date_part(d, false);
      break;
    case 3:
      x = conditional(d);
      break;
    default:
      x = distance(d);
      break;
    }
    if (x)
      return x;
  }
  return std::nullopt;
}

} // namespace aura::skeleton
