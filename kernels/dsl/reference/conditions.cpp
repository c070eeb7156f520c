#include "kernels/dsl/reference/binder.hpp"
#include "kernels/dsl/reference/calendar.hpp"
#include "kernels/dsl/reference/texts.hpp"

namespace aura::dsl::interpreter {

namespace {

using schema::type;

value maybe_not(const value& x, bool negated) {
  return is_null(x) ? value{} : of_boolean(is_true(x) != negated);
}

} // namespace

// NULL if nothing is equal and something is NULL.
bound binder::membership(const expr& x) const {
  auto all = bind_all(x.arguments);
  auto pointers = std::vector<bound*>{};
  for (auto& one : all)
    pointers.push_back(&one);
  unify(context_, pointers);
  auto result = bound{};
  result.type = type::boolean;
  result.run = [all, negated = x.negated](const moment& m) {
    const auto wanted = all[0].run(m);
    auto unknown = is_null(wanted);
    for (std::size_t i = 1; i < all.size(); ++i) {
      const auto v = all[i].run(m);
      if (is_null(v))
        unknown = true;
      else if (!is_null(wanted) && compare(v, wanted) == 0)
        return of_boolean(!negated);
    }
    return unknown ? value{} : of_boolean(negated);
  };
  return result;
}

// A match or not, never NULL: a NULL matches nothing.
bound binder::membership_in_query(const expr& x) const {
  const auto rows = run_pipeline(context_, *x.query);
  if (context_.trouble)
    return constant(std::nullopt, {});
  if (rows.columns.size() != 1)
    return broken("IN takes a pipeline of one column");
  auto wanted = bind(x.arguments[0]);
  auto column = constant(rows.columns[0].type, {});
  unify(context_, {&wanted, &column});
  auto values = std::vector<value>{};
  for (const auto& one : rows.rows)
    values.push_back(one.cells[0]);
  auto result = bound{};
  result.type = type::boolean;
  result.run = [inner = std::move(wanted.run), values = std::move(values),
                negated = x.negated](const moment& m) {
    const auto v = inner(m);
    auto found = false;
    for (const auto& one : values)
      found = found || (!is_null(one) && !is_null(v) && compare(one, v) == 0);
    return of_boolean(found != negated);
  };
  return result;
}

bound binder::between(const expr& x) const {
  auto all = bind_all(x.arguments);
  unify(context_, {&all[0], &all[1], &all[2]});
  auto inside = logic(true, comparison(">=", all[0], all[1]),
                      comparison("<=", all[0], all[2]));
  auto result = bound{};
  result.type = type::boolean;
  result.run = [inner = std::move(inside.run), negated = x.negated](
                 const moment& m) { return maybe_not(inner(m), negated); };
  return result;
}

bound binder::like(const expr& x) const {
  auto result = bound{};
  result.type = type::boolean;
  result.run = [a = bind(x.arguments[0]).run, b = bind(x.arguments[1]).run,
                negated = x.negated](const moment& m) {
    const auto v = a(m);
    const auto pattern = b(m);
    if (is_null(v) || is_null(pattern))
      return value{};
    return of_boolean(is_like(v.text, pattern.text) != negated);
  };
  return result;
}

bound binder::during(const expr& x) const {
  auto a = bind(x.arguments[0]);
  const auto inside
    = cover(x.when[0], a.type == type::date, context_.now.value_or(0));
  if (!inside)
    return broken(inside.error().message);
  auto result = bound{};
  result.type = type::boolean;
  result.run = [inner = std::move(a.run), s = *inside,
                negated = x.negated](const moment& m) {
    const auto v = inner(m);
    if (is_null(v))
      return value{};
    return of_boolean((v.number >= s.low && v.number < s.high) != negated);
  };
  return result;
}

bound binder::case_when(const expr& x) const {
  auto conditions = std::vector<function>{};
  auto values = std::vector<bound>{};
  const auto pairs = x.arguments.size() / 2;
  for (std::size_t i = 0; i < pairs; ++i) {
    conditions.push_back(condition(x.arguments[2 * i]));
    values.push_back(bind(x.arguments[2 * i + 1]));
  }
  values.push_back(x.arguments.size() % 2 != 0 ? bind(x.arguments.back())
                                               : constant(std::nullopt, {}));
  auto pointers = std::vector<bound*>{};
  for (auto& one : values)
    pointers.push_back(&one);
  auto result = bound{};
  result.type = unify(context_, pointers);
  result.run = [conditions, values](const moment& m) {
    for (std::size_t i = 0; i < conditions.size(); ++i)
      if (is_true(conditions[i](m)))
        return values[i].run(m);
    return values.back().run(m);
  };
  return result;
}

// Uncorrelated, hence worked out once.
bound binder::scalar_query(const expr& x) const {
  const auto rows = run_pipeline(context_, *x.query);
  if (context_.trouble)
    return constant(std::nullopt, {});
  if (rows.columns.size() != 1 || rows.rows.size() > 1)
    return broken("a subquery that is a value has one row and column");
  return constant(rows.columns[0].type,
                  rows.rows.empty() ? value{} : rows.rows[0].cells[0]);
}

} // namespace aura::dsl::interpreter
