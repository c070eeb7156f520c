#include "kernels/dsl/plan_visit.hpp"
#include "kernels/dsl/printer.hpp"
#include "kernels/dsl/resolver.hpp"

#include <algorithm>
#include <utility>

namespace aura::dsl {

using plan::value;

namespace {

// Whether a row that comes twice changes the result.
bool minds_repetition(plan::op x) {
  switch (x) {
  case plan::op::sum:
  case plan::op::avg:
  case plan::op::count:
  case plan::op::median:
  case plan::op::percentile:
  case plan::op::stddev:
  case plan::op::stddev_pop:
  case plan::op::variance:
  case plan::op::variance_pop:
  case plan::op::string_agg:
    return true;
  default:
    return false;
  }
}

} // namespace

void resolver::warn_of_fan_out(const std::vector<plan::function_call>& calls,
                               const building& b) {
  const auto& many = b.scope.multiplied;
  for (const auto& call : calls) {
    if (call.distinct || call.arguments.empty() || !minds_repetition(call.what))
      continue;
    // Of nothing but the left side; with a column of the right it is meant.
    auto all = true;
    auto named = plan::no_column;
    plan::visit_columns(call.arguments.front(), [&](plan::column_id id) {
      all = all && std::find(many.begin(), many.end(), id) != many.end();
      named = id;
    });
    if (!all || named == plan::no_column)
      continue;
    auto& d
      = warn("AUR-W0310", call.where,
             "a JOIN may have repeated the rows of `" + out_.columns[named].name
               + "`; each counts several times");
    d.hints.push_back("aggregate before the JOIN, or begin with the other side "
                      "and follow a path");
    const auto at = call.arguments.front().where.start;
    if (call.what == plan::op::count)
      d.fixes.push_back({{at, at}, "DISTINCT ", 0.5});
  }
}

void resolver::apply(const aggregate& x, building& b, span where) {
  auto step = plan::aggregate{};
  auto columns = std::vector<scope_column>{};
  auto key_names = std::vector<plan::output>{};
  auto items = std::vector<const item*>{};
  for (const auto* list : {&x.keys, &x.items})
    for (const auto& item : *list)
      items.push_back(&item);
  auto fix_at = std::uint32_t{0};
  for (const auto& item : x.items)
    fix_at = std::max(
      {fix_at, item.value.where.end, item.alias ? item.alias->where.end : 0});
  const auto by = context{&b, "BY"};
  for (const auto& item : x.keys) {
    auto v = resolve(item.value, by);
    if (v.form == value::kind::literal && v.type != plan::data_type::unknown)
      error("AUR-E0227", item.value.where,
            "BY a constant has no effect: " + print(item.value));
    auto name = name_of(item, by);
    // A group's key is a column of its own; it keeps what is declared of it.
    const auto id = new_column(name, v);
    step.keys.push_back({id, std::move(v)});
    key_names.push_back({name, id});
    columns.push_back({std::move(name), id, no_alias});
    fix_at = std::max(
      {fix_at, item.value.where.end, item.alias ? item.alias->where.end : 0});
  }
  auto c = context{&b, "AGGREGATE"};
  c.calls = &step.calls;
  c.keys = &step.keys;
  c.key_names = &key_names;
  auto definitions = std::vector<plan::definition>{};
  for (const auto& item : x.items) {
    const auto calls = step.calls.size();
    auto v = resolve(item.value, c);
    if (step.calls.size() == calls && v.type != plan::data_type::unknown) {
      auto& d = error("AUR-E0212", item.value.where,
                      "no aggregate in " + print(item.value)
                        + "; keys stand after BY");
      if (item.value.kind == expr_kind::column)
        d.hints.push_back("BY " + print(item.value));
    }
    auto name = name_of(item, c);
    if (v.form == value::kind::column && v.column != plan::no_column)
      out_.columns[v.column].name = name;
    const auto id = define(std::move(v), name, definitions);
    columns.push_back({std::move(name), id, no_alias});
  }
  warn_of_fan_out(step.calls, b);
  auto before = former_names{std::exchange(b.scope.columns, std::move(columns)),
                             std::exchange(b.scope.aliases, {}),
                             "AGGREGATE",
                             where,
                             fix_at,
                             x.keys.empty() ? " BY " : ", "};
  if (spellings_)
    note_end(before.aliases);
  b.scope.order.clear();
  b.scope.keys.clear();
  b.scope.loose_keys.clear();
  b.scope.multiplied.clear();
  b.scope.one_row = step.keys.empty();
  if (!step.keys.empty()) {
    auto& key = b.scope.keys.emplace_back();
    for (const auto& k : step.keys)
      key.push_back(k.id);
  }
  check_duplicates(b.scope, "AGGREGATE", where, items);
  forget(b, std::move(before));
  add_step(b, std::move(step), where);
  emit(std::move(definitions), b, where);
  project(b, where);
}

} // namespace aura::dsl
