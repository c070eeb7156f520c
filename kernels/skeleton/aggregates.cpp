#include "kernels/skeleton/build.hpp"
#include "kernels/skeleton/draw.hpp"
#include "kernels/skeleton/naming.hpp"

#include <array>
#include <cmath>

namespace aura::skeleton {

namespace {

using dsl::expr_kind;

dsl::expr over(const char* function, const reachable& x) {
  return call(function, {as_expr(x)});
}

dsl::expr count_rows() {
  return call("COUNT");
}

dsl::expr count_distinct(draw& d) {
  const auto* x = d.pick_kind();
  if (!x)
    return count_rows();
  auto result = over("COUNT", *x);
  result.distinct = true;
  return result;
}

// One aggregate of one column, or COUNT().
dsl::expr simple(draw& d) {
  const auto* x = d.pick_role({role::measure, role::level});
  // Levels are averaged now and then; there is little else to do with them.
  if (x && x->role == role::level && x->column->type != schema::type::integer)
    x = nullptr;
  switch (d.choose({10, 5, 1, x ? 26. : 0., 2})) {
  case 0:
    return count_rows();
  case 1:
    return count_distinct(d);
  case 2: {
    const auto* y = d.pick([](const reachable& z) {
      return z.column->nullable && z.role != role::flag;
    });
    return y ? over("COUNT", *y) : count_rows();
  }
  case 3: {
    static constexpr auto functions
      = std::array{"SUM", "AVG", "MAX", "MIN", "MEDIAN", "STDDEV"};
    if (x->role == role::level)
      return over(functions[d.choose({0, 5, 2, 2, 1})], *x);
    // A path repeats its value row by row: there is nothing to add up.
    return over(functions[d.choose({x->own() ? 8. : 0., 8, 5, 4, 1.2, 0.6})],
                *x);
  }
  default: {
    const auto* y = d.pick_role({role::moment});
    return y ? over(d.random.chance(0.5) ? "MIN" : "MAX", *y) : count_rows();
  }
  }
}

std::optional<dsl::expr> ratio(draw& d) {
  const auto* x = d.pick(
    [](const reachable& z) { return z.own() && z.role == role::measure; });
  switch (d.choose({3, 3, 3, 4, 2, 2, 2})) {
  case 0:
    if (x)
      return binary("/", over("SUM", *x), count_rows());
    break;
  case 1: {
    const auto* y = d.pick([&](const reachable& z) {
      return z.own() && z.role == role::measure && x && z.column != x->column;
    });
    if (y)
      return binary("/", over("SUM", *x), over("SUM", *y));
    break;
  }
  case 2:
    if (x)
      return binary("-", over("MAX", *x), over("MIN", *x));
    break;
  case 3:
    if (auto p = predicate(d, 1)) {
      auto part = count_rows();
      part.condition.push_back(std::move(*p));
      return binary(
        "/", binary("*", make(expr_kind::real, "100.0"), std::move(part)),
        count_rows());
    }
    break;
  case 4:
    if (x) {
      static const auto factors
        = std::vector<const char*>{"2", "10", "0.3", "1.2", "0.5"};
      const auto* factor = d.random.pick(factors);
      const auto whole = std::string{factor}.find('.') == std::string::npos;
      return binary("*", over("SUM", *x),
                    make(whole ? expr_kind::integer : expr_kind::real, factor));
    }
    break;
  case 5: {
    auto ids = count_distinct(d);
    if (x && !ids.arguments.empty())
      return binary("/", over("SUM", *x), std::move(ids));
    break;
  }
  default: {
    auto value = arithmetic(d);
    static constexpr auto functions = std::array{"SUM", "AVG", "MAX", "MIN"};
    if (value)
      return call(functions[d.choose({4, 4, 1, 1})], {std::move(*value)});
    break;
  }
  }
  return std::nullopt;
}

} // namespace

dsl::expr aggregate_item(draw& d, bool conditions) {
  if (d.random.chance(0.1))
    if (auto x = ratio(d))
      return std::move(*x);
  auto x = simple(d);
  if (conditions && d.random.chance(0.07)) {
    if (auto p = predicate(d, 1))
      x.condition.push_back(std::move(*p));
    return x;
  }
  if ((x.text == "AVG" || x.text == "SUM") && d.random.chance(0.06))
    return call("ROUND", {std::move(x), integer(d.random.between(1, 2))});
  return x;
}

std::optional<dsl::expr> grouping_key(draw& d) {
  if (d.random.chance(0.28))
    if (auto x = date_part(d, true))
      return x;
  const auto* x = d.pick([](const reachable& y) {
    return !y.unique && y.role != role::measure && y.role != role::moment;
  });
  if (!x)
    return std::nullopt;
  return as_expr(*x);
}

dsl::expr threshold(draw& d, const dsl::expr& item) {
  static const auto counts
    = std::vector<std::int64_t>{1, 2, 3, 4, 5, 8, 10, 15, 20, 25, 30, 50, 100};
  const auto* e = &item;
  if (e->kind == expr_kind::call && e->text == "ROUND")
    e = &e->arguments[0];
  if (e->kind == expr_kind::call && !e->arguments.empty()
      && e->arguments[0].kind == expr_kind::column && e->text != "COUNT") {
    for (const auto& x : d.columns)
      if (as_expr(x) == e->arguments[0])
        if (auto value = number_for(d, *x.column, e->text == "SUM" ? 5 : 1))
          return std::move(*value);
  }
  return integer(d.random.pick(counts));
}

} // namespace aura::skeleton
