#include "kernels/dsl/printer.hpp"
#include "kernels/dsl/resolver.hpp"

#include <algorithm>

namespace aura::dsl {

using plan::data_type;
using plan::value;
using schema::same_name;

namespace {

expr both(expr a, expr b, const char* symbol) {
  auto result = expr{};
  result.kind = expr_kind::binary;
  result.text = symbol;
  result.where = a.where;
  result.arguments.push_back(std::move(a));
  result.arguments.push_back(std::move(b));
  return result;
}

/// IF(COUNT(WHERE column == cell) > 0, value, NULL).
expr only_if_some(const expr& column, const expr& cell, expr value) {
  const auto where = value.where;
  auto call = expr{};
  call.kind = expr_kind::call;
  call.where = where;
  auto count = call;
  count.text = "COUNT";
  count.condition.push_back(both(column, cell, "=="));
  auto zero = expr{};
  zero.kind = expr_kind::integer;
  zero.text = "0";
  zero.where = where;
  call.text = "IF";
  call.arguments.push_back(both(std::move(count), std::move(zero), ">"));
  call.arguments.push_back(std::move(value));
  call.arguments.emplace_back(); // NULL
  call.arguments.back().where = where;
  return call;
}

/// The name of a cell without AS: the value it stands for.
std::string cell_name(const expr& x) {
  switch (x.kind) {
  case expr_kind::unary:
    return "-" + cell_name(x.arguments.front());
  case expr_kind::boolean:
    return x.text == "TRUE" ? "true" : "false";
  case expr_kind::integer:
  case expr_kind::real:
    return canonical(x).text; // 20.5 of 20.50
  default:
    return x.kind <= expr_kind::timestamp ? x.text : "";
  }
}

/// Whether `x` is a literal, perhaps a number below zero.
bool is_cell(const expr& x) {
  if (x.kind != expr_kind::unary)
    return x.kind <= expr_kind::timestamp;
  const auto inner = x.arguments.front().kind;
  return x.text == "-"
         && (inner == expr_kind::integer || inner == expr_kind::real);
}

} // namespace

void resolver::apply(const pivot& x, building& b, span where) {
  const auto* f
    = x.value.kind == expr_kind::call ? find_function(x.value.text) : nullptr;
  if (!f || f->group != function_group::aggregate) {
    error("AUR-E0211", x.value.where,
          "PIVOT takes one aggregate: " + print(x.value));
    b.scope.lost = true;
    return;
  }
  // PIVOT is an AGGREGATE with one condition per cell.
  auto lowered = dsl::aggregate{};
  lowered.keys = x.keys;
  auto declared = std::vector<const schema::declared_value*>{};
  const auto c = context{&b, "PIVOT"};
  const auto id = find(x.column, c);
  if (id == plan::no_column) {
    b.scope.lost = true;
    return;
  }
  if (const auto* origin = out_.columns[id].origin)
    for (const auto& known : origin->values)
      declared.push_back(&known);
  for (const auto& cell : x.cells) {
    if (!is_cell(cell.value)) {
      error("AUR-E0226", cell.value.where,
            "a cell of PIVOT is a literal: " + print(cell.value));
      continue;
    }
    if (cell.value.kind == expr_kind::null) {
      error("AUR-E0215", cell.value.where,
            "NULL in a list matches nothing; ask for it with IS NULL");
      continue;
    }
    std::erase_if(declared, [&](const auto* known) {
      return to_display(known->stored) == cell_name(cell.value);
    });
    auto condition = both(x.column, cell.value, "==");
    condition.where = cell.value.where;
    auto made = dsl::item{};
    made.value = x.value;
    made.value.where = cell.value.where;
    if (made.value.condition.empty())
      made.value.condition.push_back(std::move(condition));
    else
      made.value.condition.front() = both(
        std::move(made.value.condition.front()), std::move(condition), "AND");
    // Without rows ANY and ALL have an answer, but their cell is empty.
    if (f->what == plan::op::any || f->what == plan::op::all)
      made.value = only_if_some(x.column, cell.value, std::move(made.value));
    made.alias = cell.alias
                   ? *cell.alias
                   : dsl::name{cell_name(cell.value), cell.value.where};
    lowered.items.push_back(std::move(made));
  }
  if (!declared.empty()) {
    auto& d = warn("AUR-W0311", where,
                   "PIVOT leaves out declared values of `"
                     + out_.columns[id].name + "`");
    auto missing = std::string{};
    for (const auto* known : declared) {
      d.candidates.push_back(to_display(known->stored));
      missing += ", " + to_literal(known->stored);
    }
    if (!x.cells.empty()) {
      const auto& last = x.cells.back();
      const auto end = std::max(last.value.where.end,
                                last.alias ? last.alias->where.end : 0);
      d.fixes.push_back({{end, end}, std::move(missing), 0.5});
    }
  }
  if (lowered.items.empty()) {
    b.scope.lost = true;
    return;
  }
  apply(lowered, b, where);
  for (auto& gone : b.scope.former)
    if (gone.where.start == where.start) {
      gone.ended_by = "PIVOT";
      gone.fix_at = 0;
    }
}

void resolver::apply(const unpivot& x, building& b, span where) {
  const auto c = context{&b, "UNPIVOT"};
  auto values = std::vector<value>{};
  auto step = plan::unpivot{};
  auto gone = std::vector<std::size_t>{};
  for (const auto& column : x.columns)
    if (const auto found = find_editable(column, c)) {
      gone.push_back(*found);
      step.labels.push_back(b.scope.columns[*found].name);
      values.push_back(column_value(b.scope.columns[*found].id, column.where));
    }
  auto branches = std::vector<value*>{};
  auto sources = std::vector<const expr*>{};
  for (std::size_t i = 0; i < values.size(); ++i) {
    branches.push_back(&values[i]);
    sources.push_back(&x.columns[i]);
  }
  auto type = data_type::unknown;
  if (gone.size() != x.columns.size()
      || !unify(std::move(branches), sources, type, "UNPIVOT")) {
    b.scope.lost = true;
    return;
  }
  auto before = names_before(b, "UNPIVOT", where);
  auto definitions = std::vector<plan::definition>{};
  auto shape = value{};
  shape.type = type;
  shape.nullable = false;
  for (auto& v : values) {
    shape.nullable = shape.nullable || v.nullable;
    step.columns.push_back(define(std::move(v), x.value.text, definitions));
  }
  emit(std::move(definitions), b, where);
  auto kept = std::vector<scope_column>{};
  for (std::size_t i = 0; i < b.scope.columns.size(); ++i)
    if (std::find(gone.begin(), gone.end(), i) == gone.end())
      kept.push_back(b.scope.columns[i]);
  auto label = value{};
  label.type = data_type::text;
  label.nullable = false;
  step.label = new_column(x.label.text, label);
  step.value = new_column(x.value.text, shape);
  b.scope.columns = std::move(kept);
  for (const auto& [name, id] :
       {std::pair{&x.label, step.label}, std::pair{&x.value, step.value}}) {
    if (has_column(b.scope, name->text))
      error("AUR-E0210", name->where,
            "column `" + name->text + "` exists already");
    b.scope.columns.push_back({name->text, id, no_alias});
  }
  for (auto* keys : {&b.scope.keys, &b.scope.loose_keys})
    for (auto& key : *keys)
      key.push_back(step.label);
  b.scope.one_row = false;
  b.scope.order.clear();
  forget(b, std::move(before));
  add_step(b, std::move(step), where);
  project(b, where);
}

} // namespace aura::dsl
