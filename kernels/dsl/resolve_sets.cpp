#include "kernels/dsl/resolver.hpp"
#include "kernels/dsl/words.hpp"

#include <algorithm>

namespace aura::dsl {

using plan::data_type;
using plan::op;
using plan::value;
using schema::same_name;

namespace {

bool is_number(data_type x) {
  return x == data_type::integer || x == data_type::real;
}

bool is_time(data_type x) {
  return x == data_type::date || x == data_type::timestamp;
}

std::string listed(const std::vector<std::string>& names) {
  auto result = std::string{};
  for (const auto& name : names)
    result += (result.empty() ? "`" : ", `") + name + "`";
  return result.empty() ? "nothing" : result;
}

} // namespace

/// The column as a value of `type` in ISO text, computed by one more step if
/// it is not that already.
plan::column_id resolver::converted(plan::column_id id, data_type type,
                                    std::vector<plan::step>& steps,
                                    span where) {
  auto v = column_value(id, where);
  normalise(v);
  if (type == data_type::real)
    to_real(v);
  if (type == data_type::timestamp)
    to_timestamp(v);
  auto definitions = std::vector<plan::definition>{};
  const auto result = define(std::move(v), out_.columns[id].name, definitions);
  if (!definitions.empty())
    steps.push_back({plan::compute{std::move(definitions)}, where});
  return result;
}

void resolver::match_types(plan::output& left, building& b, std::uint32_t other,
                           std::size_t index, span where) {
  const auto right_id = out_.pipelines[other].columns[index].id;
  const auto a = out_.columns[left.id];
  const auto c = out_.columns[right_id];
  if (a.type == data_type::unknown || c.type == data_type::unknown)
    return;
  auto type = a.type;
  if (type == data_type::null)
    type = c.type;
  else if (is_number(type) && is_number(c.type) && type != c.type)
    type = data_type::real;
  else if (is_time(type) && is_time(c.type) && type != c.type)
    type = data_type::timestamp;
  else if (c.type != type && c.type != data_type::null) {
    error("AUR-E0220", where,
          "column `" + left.name + "` is " + plan::to_string(type)
            + " on the left, " + plan::to_string(c.type) + " on the right");
    return;
  }
  if (a.type == c.type && a.format == c.format)
    return;
  left.id = converted(left.id, type, b.steps, where);
  auto steps = std::move(out_.pipelines[other].steps);
  const auto id = converted(right_id, type, steps, where);
  out_.pipelines[other].steps = std::move(steps);
  out_.pipelines[other].columns[index].id = id;
}

void resolver::apply(const set_operation& x, building& b, span where) {
  check_duplicates(b.scope, "a set operator", where);
  auto operand = dsl::pipeline{};
  operand.source = x.other;
  operand.where = x.other.where;
  const auto* inner = std::get_if<box<dsl::pipeline>>(&x.other.source);
  const auto other = add_pipeline(inner ? **inner : operand, "");
  if (ends_[other].lost || b.scope.lost) {
    b.scope.lost = true;
    return;
  }
  auto step = plan::set_operation{};
  step.how = x.how;
  step.all = x.all;
  step.other = other;
  auto missing = std::vector<std::string>{};
  auto extra = std::vector<std::string>{};
  auto outputs = std::vector<plan::output>{};
  const auto count = out_.pipelines[other].columns.size();
  auto used = std::vector<bool>(count, false);
  for (const auto& column : b.scope.columns) {
    auto found = false;
    for (std::size_t i = 0; i < count && !found; ++i) {
      if (!same_name(out_.pipelines[other].columns[i].name, column.name))
        continue;
      found = used[i] = true;
      outputs.push_back({column.name, column.id});
      step.right.push_back(i);
    }
    if (!found)
      missing.push_back(column.name);
  }
  for (std::size_t i = 0; i < count; ++i)
    if (!used[i])
      extra.push_back(out_.pipelines[other].columns[i].name);
  if (!missing.empty() || !extra.empty()) {
    auto& d = error("AUR-E0229", x.other.where,
                    "the columns differ: only the left has " + listed(missing)
                      + ", only the right has " + listed(extra));
    if (missing.size() == 1 && extra.size() == 1 && inner) {
      const auto end = x.other.where.end - 1;
      d.fixes.push_back(
        {{end, end},
         " |> RENAME " + spell_name(extra[0]) + " AS " + spell_name(missing[0]),
         0.7});
    }
    b.scope.lost = true;
    return;
  }
  for (std::size_t i = 0; i < outputs.size(); ++i)
    match_types(outputs[i], b, other, step.right[i], x.other.where);
  auto before
    = names_before(b,
                   x.how == set_operation::kind::union_rows  ? "UNION"
                   : x.how == set_operation::kind::intersect ? "INTERSECT"
                                                             : "EXCEPT",
                   where);
  b.scope.columns.clear();
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    step.left.push_back(outputs[i].id);
    auto column = out_.columns[outputs[i].id];
    const auto right_id = out_.pipelines[other].columns[step.right[i]].id;
    column.name = outputs[i].name;
    column.nullable = column.nullable || out_.columns[right_id].nullable;
    if (column.type == data_type::null) // gives way to any type
      column.type = out_.columns[right_id].type;
    if (column.origin != out_.columns[right_id].origin)
      column.origin = nullptr;
    out_.columns.push_back(std::move(column));
    const auto id = static_cast<plan::column_id>(out_.columns.size() - 1);
    step.columns.push_back(id);
    b.scope.columns.push_back({outputs[i].name, id, no_alias});
  }
  b.scope.end_aliases();
  b.scope.order.clear();
  b.scope.keys.clear();
  b.scope.loose_keys.clear();
  b.scope.multiplied.clear();
  b.scope.one_row = false;
  if (!x.all)
    b.scope.keys.push_back(step.columns);
  forget(b, std::move(before));
  add_step(b, std::move(step), where);
}

} // namespace aura::dsl
