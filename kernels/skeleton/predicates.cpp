#include "kernels/skeleton/build.hpp"
#include "kernels/skeleton/draw.hpp"

#include <algorithm>
#include <array>

namespace aura::skeleton {

namespace {

using dsl::expr_kind;

dsl::expr compare(const char* op, dsl::expr left, dsl::expr right) {
  return binary(op, std::move(left), std::move(right));
}

const char* ordering(draw& d) {
  static constexpr auto ops = std::array{">", ">=", "<", "<="};
  return ops[d.choose({4, 3, 3, 2})];
}

dsl::expr is_null(const reachable& x, bool negated) {
  auto result = make(expr_kind::is_null, {}, {as_expr(x)});
  result.negated = negated;
  return result;
}

bool may_ask_null(const reachable& x) {
  return x.column->nullable;
}

dsl::expr one_of(draw& d, const reachable& x, bool negated) {
  const auto most = std::min<std::size_t>(x.column->values.size() - 1, 3);
  auto values = values_for(d, *x.column, 2 + d.random.below(most - 1));
  values.insert(values.begin(), as_expr(x));
  auto result = make(expr_kind::in_list, {}, std::move(values));
  result.negated = negated;
  return result;
}

std::optional<dsl::expr> by_fragment(draw& d, const reachable& x) {
  static constexpr auto functions
    = std::array{"STARTS_WITH", "CONTAINS", "ENDS_WITH"};
  const auto where = d.choose({4, 5, 2});
  auto piece = fragment_for(d, *x.column, static_cast<fragment>(where));
  if (!piece)
    return std::nullopt;
  if (d.random.chance(0.12)) {
    static constexpr auto before = std::array{"", "%", "%"};
    static constexpr auto after = std::array{"%", "%", ""};
    auto like = make(expr_kind::like, {},
                     {as_expr(x), text(before[where] + *piece + after[where])});
    like.negated = d.random.chance(0.15) && !x.nullable;
    return like;
  }
  auto result = call(functions[where], {as_expr(x), text(*piece)});
  if (!x.nullable && d.random.chance(0.12))
    return negate(std::move(result));
  return result;
}

std::optional<dsl::expr> on_values(draw& d, const reachable& x) {
  const auto& values = x.column->values;
  // An inequality would lose the NULLs without a word.
  const auto exact = !x.nullable;
  switch (d.choose({8, exact ? 3. : 0., values.size() > 2 ? 5. : 0.,
                    exact && values.size() > 2 ? 1.5 : 0., 3,
                    may_ask_null(x) ? 2. : 0.})) {
  case 0:
    return compare("==", as_expr(x), values_for(d, *x.column, 1)[0]);
  case 1:
    return compare("!=", as_expr(x), values_for(d, *x.column, 1)[0]);
  case 2:
    return one_of(d, x, false);
  case 3:
    return one_of(d, x, true);
  case 4:
    return by_fragment(d, x);
  default:
    return is_null(x, d.random.chance(0.5));
  }
}

std::optional<dsl::expr> within(draw& d, const reachable& x) {
  auto a = number_for(d, *x.column);
  auto b = number_for(d, *x.column);
  if (!a || !b)
    return std::nullopt;
  const auto low = std::stod(a->text);
  const auto high = std::stod(b->text);
  if (low == high)
    return std::nullopt;
  if (high < low)
    std::swap(a, b);
  auto result = make(expr_kind::between, {}, {as_expr(x), *a, *b});
  result.negated = !x.nullable && d.random.chance(0.15);
  return result;
}

// Two measures of one unit, in one table.
std::optional<dsl::expr> against_column(draw& d, const reachable& x) {
  if (!x.own() || x.column->unit.empty())
    return std::nullopt;
  const auto* other = d.pick([&](const reachable& y) {
    return y.own() && y.column != x.column && y.role == role::measure
           && y.column->unit == x.column->unit;
  });
  if (!other)
    return std::nullopt;
  return compare(ordering(d), as_expr(x), as_expr(*other));
}

std::optional<dsl::expr> on_number(draw& d, const reachable& x) {
  const auto whole = x.column->type == schema::type::integer;
  const auto level = x.role == role::level && x.column->values.empty();
  switch (d.choose({13, 3, whole ? 1. : 0., !x.nullable && whole ? 0.7 : 0.,
                    may_ask_null(x) ? 3. : 0., 1.5, level ? 4. : 0.})) {
  case 0: {
    auto value = number_for(d, *x.column);
    if (!value)
      return std::nullopt;
    return compare(ordering(d), as_expr(x), std::move(*value));
  }
  case 1:
    return within(d, x);
  case 2:
  case 6: {
    auto value = number_for(d, *x.column);
    if (!value)
      return std::nullopt;
    return compare("==", as_expr(x), std::move(*value));
  }
  case 3: {
    auto value = number_for(d, *x.column);
    if (!value)
      return std::nullopt;
    return compare("!=", as_expr(x), std::move(*value));
  }
  case 4:
    return is_null(x, d.random.chance(0.5));
  default:
    return against_column(d, x);
  }
}

dsl::expr on_flag(draw& d, const reachable& x) {
  if (may_ask_null(x) && d.random.chance(0.2))
    return is_null(x, d.random.chance(0.5));
  auto flag = as_expr(x);
  if (d.random.chance(0.4))
    return negate(std::move(flag));
  return flag;
}

dsl::expr on_part(draw& d, const reachable& x) {
  struct part {
    const char* function;
    std::int64_t low;
    std::int64_t high;
  };
  static constexpr auto parts = std::array<part, 5>{{{"HOUR", 1, 22},
                                                     {"MONTH", 2, 11},
                                                     {"DAY_OF_WEEK", 2, 6},
                                                     {"DAY", 2, 27},
                                                     {"QUARTER", 2, 3}}};
  const auto timed = x.column->type == schema::type::timestamp;
  const auto& p = parts[d.choose({timed ? 4. : 0., 2, 3, 1, 1})];
  auto value = call(p.function, {as_expr(x)});
  if (d.random.chance(0.15)) {
    const auto low = d.random.between(p.low - 1, p.high - 1);
    return make(expr_kind::between, {},
                {std::move(value), integer(low),
                 integer(d.random.between(low + 1, p.high))});
  }
  const auto* op = d.random.chance(0.45) ? "==" : ordering(d);
  return compare(op, std::move(value),
                 integer(d.random.between(p.low, p.high)));
}

dsl::expr on_moment(draw& d, const reachable& x) {
  const auto timed = x.column->type == schema::type::timestamp;
  switch (
    d.choose({12, 3, 3, x.nullable ? 0. : 1., may_ask_null(x) ? 3. : 0.})) {
  case 0:
  case 3: {
    auto result = make(expr_kind::during, {}, {as_expr(x)});
    result.when.push_back(period_for(d, *x.column));
    result.negated = !x.nullable && d.random.chance(0.08);
    return result;
  }
  case 1: {
    // Of a timestamp, "after a day" and "until a day" would leave open whether
    // the day counts.
    static constexpr auto ops = std::array{">=", "<", ">", "<="};
    const auto* op = ops[timed ? d.choose({1, 1}) : d.choose({1, 1, 1, 1})];
    return compare(op, as_expr(x), text(day_for(d, *x.column)));
  }
  case 2:
    return on_part(d, x);
  default:
    return is_null(x, d.random.chance(0.5));
  }
}

bool can_filter(const reachable& x) {
  switch (x.role) {
  case role::category:
  case role::level:
  case role::measure:
  case role::flag:
  case role::moment:
    return true;
  default:
    return !x.column->values.empty() || may_ask_null(x);
  }
}

std::optional<dsl::expr> on_column(draw& d, const reachable& x) {
  switch (x.role) {
  case role::flag:
    return on_flag(d, x);
  case role::moment:
    return on_moment(d, x);
  case role::measure:
    return on_number(d, x);
  case role::level:
    return x.column->values.empty() ? on_number(d, x) : on_values(d, x);
  default:
    if (!x.column->values.empty())
      return on_values(d, x);
    return is_null(x, d.random.chance(0.5));
  }
}

std::optional<dsl::expr> condition(draw& d,
                                   std::vector<const schema::column*>& used) {
  for (auto attempt = 0; attempt < 6; ++attempt) {
    if (d.random.chance(0.02)) {
      auto value = arithmetic(d);
      const auto* like = d.pick_role({role::measure});
      auto limit = like ? number_for(d, *like->column) : std::nullopt;
      if (value && limit)
        return compare(ordering(d), std::move(*value), std::move(*limit));
    }
    const auto* x = d.pick([&](const reachable& y) {
      return can_filter(y)
             && std::find(used.begin(), used.end(), y.column) == used.end();
    });
    if (!x)
      return std::nullopt;
    if (auto result = on_column(d, *x)) {
      used.push_back(x->column);
      return result;
    }
  }
  return std::nullopt;
}

bool is_period(const dsl::expr& x) {
  return x.kind == expr_kind::during && !x.negated;
}

} // namespace

std::optional<dsl::expr> predicate(draw& d, std::size_t most) {
  static constexpr auto weights = std::array{0.68, 0.27, 0.05};
  const auto wanted
    = 1
      + d.random.weighted(std::span{weights.data(), std::min(most, size_t{3})});
  auto used = std::vector<const schema::column*>{};
  auto parts = std::vector<dsl::expr>{};
  while (parts.size() < wanted) {
    auto x = condition(d, used);
    if (!x)
      break;
    parts.push_back(std::move(*x));
  }
  if (parts.empty())
    return std::nullopt;
  if (parts.size() == 1)
    return std::move(parts[0]);
  // A question may say when before or after the rest; the query says it first.
  std::ranges::stable_partition(parts, is_period);
  if (parts.size() == 2)
    return binary(d.random.chance(0.8) ? "AND" : "OR", std::move(parts[0]),
                  std::move(parts[1]));
  switch (d.choose({6, 2, 1.2, 0.8})) {
  case 0:
    return binary("AND", binary("AND", parts[0], parts[1]), parts[2]);
  case 1:
    return binary("AND", parts[0], binary("OR", parts[1], parts[2]));
  case 2:
    return binary("OR", binary("AND", parts[0], parts[1]), parts[2]);
  default:
    return binary("OR", binary("OR", parts[0], parts[1]), parts[2]);
  }
}

} // namespace aura::skeleton
