#include "kernels/skeleton/grammar.hpp"

#include <array>

namespace aura::skeleton {

namespace {

using dsl::expr_kind;
using dsl::unit;

bool is_number(schema::type x) {
  return x == schema::type::integer || x == schema::type::real;
}

bool is_time(schema::type x) {
  return x == schema::type::date || x == schema::type::timestamp;
}

} // namespace

dsl::expr grammar::predicate(const known_rows& in, std::size_t depth) {
  if (random_.chance(0.12))
    return leaf(in, type::boolean);
  return condition(in, depth);
}

dsl::expr grammar::condition(const known_rows& in, std::size_t depth) {
  const auto inner = depth > 0 ? depth - 1 : 0;
  switch (choose({30, 12, 8, 10, 12, 10, 18})) {
  case 0:
    return comparison(in, inner);
  case 1:
    return membership(in, inner);
  case 2:
    return between(in, inner);
  case 3:
    return match(in, inner);
  case 4:
    return during(in, inner);
  case 5: {
    auto x = make(expr_kind::is_null, "", {value(in, any_type(), inner)});
    x.negated = random_.chance(0.5);
    return x;
  }
  default:
    break;
  }
  if (depth == 0)
    return comparison(in, 0);
  switch (choose({4, 4, 3})) {
  case 0: {
    auto left = predicate(in, inner);
    return binary("AND", std::move(left), predicate(in, inner));
  }
  case 1: {
    auto left = predicate(in, inner);
    return binary("OR", std::move(left), predicate(in, inner));
  }
  default:
    return negate(predicate(in, inner));
  }
}

dsl::expr grammar::comparison(const known_rows& in, std::size_t depth) {
  static constexpr auto operators
    = std::to_array<const char*>({"==", "!=", "<", "<=", ">", ">="});
  const auto* op = operators[random_.below(operators.size())];
  const auto t = any_type();
  const schema::column* like = nullptr;
  auto left = maybe{};
  if (random_.chance(0.6))
    left = column(in, t, &like);
  if (!left)
    left = value(in, t, depth);
  auto right = dsl::expr{};
  if (is_time(t) && random_.chance(0.35) && mentions_column(*left))
    right = moment_literal(random_.chance(0.7) ? t : type::timestamp, true);
  else if (random_.chance(0.5))
    right = literal(t, like);
  else if (is_number(t))
    right = numeric(in, depth);
  else if (is_time(t))
    right = moment(in, depth);
  else
    right = value(in, t, depth);
  if (random_.chance(0.2))
    std::swap(*left, right);
  return binary(op, std::move(*left), std::move(right));
}

dsl::expr grammar::membership(const known_rows& in, std::size_t depth) {
  const auto t = any_type();
  const schema::column* like = nullptr;
  auto left = column(in, t, &like);
  if (!left)
    left = value(in, t, depth);
  if (random_.chance(0.3) && queries_ < 2 && level_ < 2) {
    ++queries_;
    const auto paths = std::exchange(paths_, true);
    auto x = pipeline(random_.below(3), level_ + 1);
    auto items = std::vector<dsl::item>{
      {value(x.rows, t, 1), dsl::name{fresh(known_rows{}), {}}}};
    add(x.text, dsl::select{std::move(items)});
    paths_ = paths;
    auto result = make(expr_kind::in_query, "", {std::move(*left)});
    result.query = std::move(x.text);
    result.negated = random_.chance(0.4);
    return result;
  }
  auto result = make(expr_kind::in_list, "", {std::move(*left)});
  result.negated = random_.chance(0.35);
  const auto count = 1 + random_.below(4);
  for (std::size_t i = 0; i < count; ++i)
    result.arguments.push_back(random_.chance(0.12) ? value(in, t, depth)
                               : is_time(t) && random_.chance(0.3)
                                   && mentions_column(result.arguments[0])
                                 ? moment_literal(t, true)
                                 : literal(t, like));
  return result;
}

dsl::expr grammar::between(const known_rows& in, std::size_t depth) {
  const auto t = any_type();
  const schema::column* like = nullptr;
  auto left = column(in, t, &like);
  if (!left)
    left = value(in, t, depth);
  const auto plain
    = is_time(t) && mentions_column(*left) && random_.chance(0.5);
  const auto end = [&] {
    if (random_.chance(0.2))
      return value(in, t, depth);
    return plain ? moment_literal(t, true) : literal(t, like);
  };
  auto low = end();
  auto result
    = make(expr_kind::between, "", {std::move(*left), std::move(low), end()});
  result.negated = random_.chance(0.3);
  return result;
}

dsl::expr grammar::match(const known_rows& in, std::size_t depth) {
  static constexpr auto patterns = std::to_array<const char*>(
    {"%", "_%", "a%", "%e", "%O%", "K_tchen", "%\\%%", "a\\_b", "%ä%", "__", "",
     "%'%", "日%", "%\\\\%"});
  auto left
    = random_.chance(0.6) ? leaf(in, type::text) : value(in, type::text, depth);
  // A pattern may come from a column as well.
  if (random_.chance(0.45)) {
    auto pattern = random_.chance(0.9)
                     ? text(patterns[random_.below(patterns.size())])
                     : leaf(in, type::text);
    auto result
      = make(expr_kind::like, "", {std::move(left), std::move(pattern)});
    result.negated = random_.chance(0.3);
    return result;
  }
  auto needle
    = random_.chance(0.65) ? literal(type::text) : value(in, type::text, 0);
  return one_call({"CONTAINS", "STARTS_WITH", "ENDS_WITH"},
                  {std::move(left), std::move(needle)});
}

dsl::expr grammar::during(const known_rows& in, std::size_t depth) {
  auto left = column(in, is_time);
  auto result = make(expr_kind::during, "",
                     {left ? std::move(*left) : moment(in, depth)});
  result.when.push_back(period());
  result.negated = random_.chance(0.25);
  return result;
}

dsl::period grammar::simple_period() {
  static constexpr auto literals = std::to_array<const char*>(
    {"2024", "2023", "2024-02", "2024-12", "2024-Q1", "2023-Q4", "2024-02-29",
     "2024-12-31", "2000", "1970-01-01"});
  auto result = dsl::period{};
  switch (choose({5, 1, 1, 4, 4})) {
  case 0:
    result.text = literals[random_.below(literals.size())];
    break;
  case 1:
    result.form = dsl::period::kind::today;
    break;
  case 2:
    result.form = dsl::period::kind::yesterday;
    break;
  case 3:
    result.form = dsl::period::kind::calendar;
    result.direction = static_cast<int>(random_.between(-1, 1));
    result.unit = static_cast<unit>(random_.between(0, 7));
    break;
  default:
    result.form = dsl::period::kind::rolling;
    result.direction = random_.chance(0.7) ? -1 : 1;
    result.count = random_.between(0, 30);
    result.unit = static_cast<unit>(random_.between(0, 7));
    break;
  }
  return result;
}

dsl::period grammar::period() {
  if (random_.chance(0.8))
    return simple_period();
  // From the past to today or later, so that it ends after it begins.
  auto result = dsl::period{};
  result.form = dsl::period::kind::range;
  auto from = dsl::period{};
  switch (choose({3, 1, 1})) {
  case 0:
    from.text = random_.chance(0.5) ? "2023-03" : "2022";
    break;
  case 1:
    from.form = dsl::period::kind::calendar;
    from.direction = -1;
    from.unit = unit::year;
    break;
  default:
    from.form = dsl::period::kind::rolling;
    from.direction = -1;
    from.count = 400;
    break;
  }
  auto to = dsl::period{};
  switch (choose({3, 1, 1})) {
  case 0:
    to.text = random_.chance(0.5) ? "2024-12" : "2025-Q2";
    break;
  case 1:
    to.form = dsl::period::kind::today;
    break;
  default:
    to.form = dsl::period::kind::calendar;
    to.unit = unit::month;
    break;
  }
  result.ends = {std::move(from), std::move(to)};
  return result;
}

} // namespace aura::skeleton
