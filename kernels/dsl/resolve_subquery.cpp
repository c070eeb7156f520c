#include "kernels/dsl/resolver.hpp"

namespace aura::dsl {

using plan::data_type;
using plan::op;
using plan::value;

value resolver::resolve_subquery(const expr& x, const context& c) {
  auto left = value{};
  if (x.kind == expr_kind::in_query)
    left = resolve(x.arguments[0], c);
  if (!x.query)
    return broken(x.where);
  outer_.push_back(&c.rows->scope);
  const auto index = add_pipeline(*x.query, "");
  outer_.pop_back();
  const auto& inner = ends_[index];
  if (inner.lost || left.type == data_type::unknown)
    return broken(x.where);
  const auto where = x.query->where;
  if (inner.columns.size() != 1) {
    error("AUR-E0234", where,
          "a subquery has one column here, found "
            + std::to_string(inner.columns.size()));
    return broken(x.where);
  }
  const auto id = out_.pipelines[index].columns.front().id;
  if (x.kind == expr_kind::scalar_query) {
    if (!inner.one_row) {
      auto& d = error("AUR-E0235", where,
                      "a subquery that is a value has one row: AGGREGATE "
                      "without BY, or LIMIT 1 at its end");
      d.hints.emplace_back("x IN (…) asks whether x is among many rows");
      return broken(x.where);
    }
    auto result = column_value(id, x.where);
    result.form = value::kind::call;
    result.what = op::scalar_query;
    result.query = index;
    result.column = plan::no_column;
    result.nullable = true;
    return result;
  }
  auto right = column_value(id, where);
  auto source = expr{};
  source.kind = expr_kind::column;
  source.path = {dsl::name{out_.columns[id].name, where}};
  source.where = where;
  if (!align(left, right, x, x.arguments[0], source))
    return broken(x.where);
  // What the comparison needs of the right side is computed in there.
  if (right.form != value::kind::column || right.column != id) {
    auto definitions = std::vector<plan::definition>{};
    const auto made
      = define(std::move(right), out_.columns[id].name, definitions);
    out_.pipelines[index].steps.push_back(
      {plan::compute{std::move(definitions)}, where});
    out_.pipelines[index].columns.front().id = made;
  }
  auto result
    = call(op::in_query, data_type::boolean, x.where, {std::move(left)});
  result.query = index;
  result.negated = x.negated;
  result.nullable = false;
  return result;
}

} // namespace aura::dsl
