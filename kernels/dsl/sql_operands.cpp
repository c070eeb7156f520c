#include "kernels/dsl/plan_visit.hpp"
#include "kernels/dsl/sql_pipelines.hpp"

#include <algorithm>

namespace aura::dsl {

using plan::op;
using plan::value;

namespace {

void find_subqueries(const value& x, std::vector<bool>& found) {
  if (x.form == value::kind::call
      && (x.what == op::in_query || x.what == op::scalar_query))
    found[x.query] = true;
  for (const auto& argument : x.arguments)
    find_subqueries(argument, found);
}

std::string_view join_words(dsl::join::kind x) {
  switch (x) {
  case dsl::join::kind::left:
    return " LEFT JOIN ";
  case dsl::join::kind::right:
    return " RIGHT JOIN ";
  case dsl::join::kind::full:
    return " FULL JOIN ";
  case dsl::join::kind::cross:
    return " CROSS JOIN ";
  default:
    return " JOIN ";
  }
}

/// Whether a part of the condition mentions no column.
bool tests_constant(const value& x) {
  if (x.form == value::kind::call && x.what == plan::op::logical_and)
    return std::any_of(x.arguments.begin(), x.arguments.end(), tests_constant);
  auto constant = true;
  plan::visit_columns(x, [&](auto) { constant = false; });
  return constant;
}

} // namespace

pipeline_writer::source_text pipeline_writer::from(const plan::scan& scan,
                                                   sql_block& block) {
  auto result = source_text{};
  const auto root = scan.instance;
  auto aliases = std::vector<std::string>(plan_.instances.size() - root);
  for (auto i = root; i < plan_.instances.size(); ++i) {
    const auto& x = plan_.instances[i];
    const auto is_path = i != root;
    if (is_path
        && (x.parent == plan::instance::none || x.parent < root
            || aliases[x.parent - root].empty()))
      continue;
    auto& alias = aliases[i - root];
    const auto number = ++tables_;
    alias = table_alias(number);
    auto& text = is_path ? result.paths : result.first;
    if (is_path)
      text += " LEFT JOIN ";
    text += quoted_name(x.table->name) + " AS " + alias;
    for (std::size_t k = 0; is_path && k < x.relation->match.size(); ++k) {
      const auto& parent = *plan_.instances[x.parent].table;
      const auto& [here, there] = x.relation->match[k];
      const auto* a = parent.find_column(here);
      const auto* b = x.table->find_column(there);
      text += (k > 0 ? " AND " : " ON ") + aliases[x.parent - root] + "."
              + quoted_name(a ? a->name : here) + " = " + alias + "."
              + quoted_name(b ? b->name : there);
    }
    for (std::size_t k = 0; k < x.columns.size(); ++k)
      if (x.columns[k] != plan::no_column) {
        expressions_.mean_column(x.columns[k], number,
                                 x.table->columns[k].name);
        block.defined.push_back(x.columns[k]);
      }
  }
  return result;
}

pipeline_writer::source_text pipeline_writer::from(const plan::derived& x,
                                                   sql_block& block) {
  const auto& inner = plan_.pipelines[x.pipeline];
  auto& known = let_names_[x.pipeline];
  if (known.empty())
    known
      = add_cte(select_of(inner), inner.name.empty() ? "" : "MATERIALIZED ");
  const auto number = ++tables_;
  const auto alias = table_alias(number);
  for (std::size_t i = 0; i < x.columns.size(); ++i) {
    expressions_.mean(x.columns[i],
                      alias + "."
                        + quoted_name(inner_name(inner.columns[i].name)));
    block.defined.push_back(x.columns[i]);
  }
  return {known + " AS " + alias, ""};
}

std::string pipeline_writer::select_of(const plan::pipeline& x,
                                       const std::vector<std::size_t>& outputs,
                                       bool compound) {
  auto p = run_steps(x);
  // LIMIT would concern the whole of a UNION.
  if (compound && p.block.limited)
    close(p, x.steps.size());
  auto columns = std::vector<sql_column>{};
  for (auto i : outputs)
    columns.push_back({inner_name(x.columns[i].name),
                       expressions_.of(x.columns[i].id).text, x.columns[i].id});
  return select_text(p.block, columns,
                     p.block.limited ? order_by(p.block.order, expressions_)
                                     : "");
}

std::string pipeline_writer::select_of(const plan::pipeline& x) {
  auto all = std::vector<std::size_t>(x.columns.size());
  for (std::size_t i = 0; i < all.size(); ++i)
    all[i] = i;
  return select_of(x, all, false);
}

void pipeline_writer::write_subqueries() {
  auto found = std::vector<bool>(plan_.pipelines.size(), false);
  for (const auto& pipeline : plan_.pipelines)
    for (const auto& step : pipeline.steps)
      plan::visit_values(step,
                         [&](const value& v) { find_subqueries(v, found); });
  // Inner ones come before those around them.
  for (std::size_t i = 0; i < found.size(); ++i)
    if (found[i])
      expressions_.subqueries[i] = select_of(plan_.pipelines[i]);
}

void pipeline_writer::write(const plan::join& x, progress& p, std::size_t at) {
  using kind = dsl::join::kind;
  const auto exists = x.how == kind::semi || x.how == kind::anti;
  // A row without a match has no columns at all, computed ones included.
  const auto outer_left = x.how == kind::right || x.how == kind::full;
  if (!p.block.filters()
      || (outer_left
          && (p.block.computed || p.block.constant_on
              || !p.block.where.empty())))
    close(p, at);
  auto other = sql_block{};
  const auto source = std::visit(
    [&](const auto& operand) { return from(operand, other); }, x.other);
  auto on = std::string{};
  for (const auto& condition : x.on)
    expressions_.operand(on, condition, binding::conjunction);
  if (exists) {
    auto& where = p.block.where;
    where += where.empty() ? "" : " AND ";
    where += x.how == kind::anti ? "NOT EXISTS (" : "EXISTS (";
    where += "SELECT 1 FROM " + source.first
             + (on.empty() ? "" : " WHERE " + on) + ")";
    return;
  }
  // SQLite 3.40 lets such a test empty the RIGHT JOIN that follows as well.
  if (x.how == kind::inner)
    for (const auto& condition : x.on)
      p.block.constant_on = p.block.constant_on || tests_constant(condition);
  p.block.from += join_words(x.how);
  p.block.from += source.first;
  if (!on.empty())
    p.block.from += " ON " + on;
  p.block.from += source.paths;
  p.block.defined.insert(p.block.defined.end(), other.defined.begin(),
                         other.defined.end());
}

/// SQLite 3.40 forgets conditions when it takes a UNION ALL apart whose parts
/// have a RIGHT or FULL JOIN.
const char* pipeline_writer::united_hint() const {
  const auto keeps_right = [](const plan::step& step) {
    const auto* join = std::get_if<plan::join>(&step.what);
    return join
           && (join->how == dsl::join::kind::right
               || join->how == dsl::join::kind::full);
  };
  for (const auto& pipeline : plan_.pipelines)
    if (std::any_of(pipeline.steps.begin(), pipeline.steps.end(), keeps_right))
      return "MATERIALIZED ";
  return "";
}

void pipeline_writer::write(const plan::set_operation& x, progress& p,
                            std::size_t at) {
  using kind = dsl::set_operation::kind;
  if (p.block.limited)
    close(p, at);
  const auto& right = plan_.pipelines[x.other];
  auto columns = std::vector<sql_column>{};
  for (std::size_t i = 0; i < x.left.size(); ++i)
    columns.push_back({inner_name(plan_.columns[x.columns[i]].name),
                       expressions_.of(x.left[i]).text, x.left[i]});
  auto left_text = select_text(p.block, columns, "");
  auto right_text = select_of(right, x.right, true);
  const auto counted = x.all && x.how != kind::union_rows
                       && !expressions_.dialect().has_multisets();
  if (counted) {
    // The n-th of equal rows on one side meets the n-th on the other.
    const auto numbered = [&](std::string body, bool is_right) {
      const auto name = add_cte(std::move(body));
      auto list = std::string{};
      for (std::size_t i = 0; i < x.columns.size(); ++i)
        list
          += (i > 0 ? ", " : "")
             + quoted_name(is_right ? inner_name(right.columns[x.right[i]].name)
                                    : columns[i].name);
      return "SELECT " + list + ", ROW_NUMBER() OVER (PARTITION BY " + list
             + ") AS \"place\" FROM " + name;
    };
    left_text = numbered(std::move(left_text), false);
    right_text = numbered(std::move(right_text), true);
  }
  auto word = std::string{x.how == kind::union_rows  ? "UNION"
                          : x.how == kind::intersect ? "INTERSECT"
                                                     : "EXCEPT"};
  if (x.all && !counted)
    word += " ALL";
  const auto name = add_cte(left_text + " " + word + " " + right_text,
                            word == "UNION ALL" ? united_hint() : "");
  p.block = {};
  p.block.from = name;
  for (std::size_t i = 0; i < x.columns.size(); ++i)
    define(p, x.columns[i], name + "." + quoted_name(columns[i].name),
           binding::atom);
}

} // namespace aura::dsl
