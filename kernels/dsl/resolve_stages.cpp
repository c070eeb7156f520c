#include "kernels/dsl/printer.hpp"
#include "kernels/dsl/resolver.hpp"
#include "kernels/dsl/words.hpp"

#include <algorithm>
#include <utility>

namespace aura::dsl {

using plan::no_column;
using plan::value;
using schema::same_name;

namespace {

std::string quoted(std::string_view name) {
  return "`" + std::string{name} + "`";
}

/// The byte behind an item.
std::uint32_t end_of(const item& x) {
  return std::max(x.value.where.end, x.alias ? x.alias->where.end : 0);
}

} // namespace

void resolver::apply(const stage& x, building& b) {
  std::visit([&](const auto& what) { apply(what, b, x.where); }, x.what);
}

plan::column_id resolver::define(value x, std::string name,
                                 std::vector<plan::definition>& definitions) {
  if (x.form == value::kind::column && x.column != no_column)
    return x.column;
  const auto id = new_column(std::move(name), x);
  definitions.push_back({id, std::move(x)});
  return id;
}

void resolver::emit(std::vector<plan::definition> definitions, building& b,
                    span where) {
  if (!definitions.empty())
    add_step(b, plan::compute{std::move(definitions)}, where);
}

void resolver::project(building& b, span where) {
  auto step = plan::project{};
  step.columns.reserve(b.scope.columns.size());
  for (const auto& column : b.scope.columns)
    step.columns.push_back({column.name, column.id});
  add_step(b, std::move(step), where);
}

std::string resolver::spelling_of(const expr& column, const context& c) {
  auto inner = c;
  inner.keys = nullptr;
  const auto id = find(column, inner);
  if (id == no_column)
    return column.path.back().text;
  // A copy has the number of what it copies, and a name of its own.
  for (const auto& x : c.rows->scope.columns)
    if (x.id == id && same_name(x.name, column.path.back().text))
      return x.name;
  return out_.columns[id].name;
}

std::string resolver::name_of(const item& x, const context& c) {
  if (x.alias)
    return x.alias->text;
  auto name = default_name(x.value);
  if (name.empty()) {
    const auto proposed = proposed_name(x.value);
    auto& d = error("AUR-E0209", x.value.where, "needs AS: " + print(x.value));
    d.fixes.push_back({{x.value.where.end, x.value.where.end},
                       " AS " + spell_name(proposed),
                       0.8});
    return proposed;
  }
  // As the schema spells it, whatever the query says. A name that is not
  // found has been reported with its value.
  const auto is_column = x.value.kind == expr_kind::column;
  if (!is_column && x.value.arguments.empty())
    return name;
  const auto& column = is_column ? x.value : x.value.arguments.front();
  const auto& written = column.path.back().text;
  const auto errors = diagnostics_.size();
  const auto spelled = spelling_of(column, c);
  diagnostics_.resize(std::min(errors, diagnostics_.size()));
  return name.substr(0, name.size() - written.size()) + spelled;
}

former_names resolver::names_before(const building& b, const char* place,
                                    span where) {
  return {b.scope.columns, b.scope.aliases, place, where, 0, {}};
}

void resolver::forget(building& b, former_names before) {
  if (!b.scope.aliases.empty())
    before.aliases.clear();
  b.scope.former.push_back(std::move(before));
}

void resolver::apply(const filter& x, building& b, span where) {
  const auto c = context{&b, "FILTER"};
  auto predicate = resolve_predicate(x.predicate, c);
  if (predicate.type != plan::data_type::unknown)
    add_step(b, plan::filter{std::move(predicate)}, where);
}

void resolver::apply(const select& x, building& b, span where) {
  const auto c = context{&b, "SELECT"};
  auto definitions = std::vector<plan::definition>{};
  auto columns = std::vector<scope_column>{};
  auto items = std::vector<const item*>{};
  auto fix_at = std::uint32_t{0};
  for (const auto& item : x.items) {
    items.push_back(&item);
    auto v = resolve(item.value, c);
    auto name = name_of(item, c);
    const auto id = define(std::move(v), name, definitions);
    columns.push_back({std::move(name), id, no_alias});
    fix_at = std::max(fix_at, end_of(item));
  }
  auto before = former_names{std::exchange(b.scope.columns, std::move(columns)),
                             std::exchange(b.scope.aliases, {}),
                             "SELECT",
                             where,
                             fix_at,
                             ", "};
  if (spellings_)
    note_end(before.aliases);
  check_duplicates(b.scope, "SELECT", where, items);
  forget(b, std::move(before));
  emit(std::move(definitions), b, where);
  project(b, where);
}

void resolver::apply(const extend& x, building& b, span where) {
  const auto c = context{&b, "EXTEND"};
  auto definitions = std::vector<plan::definition>{};
  for (const auto& item : x.items) {
    auto v = resolve(item.value, c);
    auto name = name_of(item, c);
    if (has_column(b.scope, name)) {
      auto& d = error(
        "AUR-E0210", item.alias ? item.alias->where : item.value.where,
        "column " + quoted(name) + " exists already; SET replaces a column");
      if (x.items.size() == 1)
        d.fixes.push_back(
          {where, "|> SET " + spell_name(name) + " = " + print(item.value),
           0.7});
      continue;
    }
    // A copy is a column of its own: what is SET later concerns one of them.
    const auto id = define(std::move(v), name, definitions);
    b.scope.columns.push_back({std::move(name), id, no_alias});
  }
  emit(std::move(definitions), b, where);
  project(b, where);
}

void resolver::apply(const drop& x, building& b, span where) {
  const auto c = context{&b, "DROP"};
  auto before = names_before(b, "DROP", where);
  // Names are looked up as they were before, as RENAME and SET do.
  auto gone = std::vector<bool>(before.columns.size(), false);
  for (const auto& column : x.columns)
    if (const auto found = find_editable(column, c)) {
      if (gone[*found])
        error("AUR-E0210", column.where,
              "column " + quoted(before.columns[*found].name)
                + " is dropped twice");
      gone[*found] = true;
    }
  b.scope.columns.clear();
  for (std::size_t i = 0; i < gone.size(); ++i)
    if (!gone[i])
      b.scope.columns.push_back(before.columns[i]);
  if (b.scope.columns.empty() && !b.scope.lost)
    error("AUR-E0228", where, "no column is left");
  forget(b, std::move(before));
  project(b, where);
}

void resolver::apply(const rename& x, building& b, span where) {
  const auto c = context{&b, "RENAME"};
  // Names are looked up as they were before, so that two can be swapped.
  auto changed = b.scope.columns;
  for (const auto& change : x.changes)
    if (const auto found = find_editable(change.from, c))
      changed[*found].name = change.to.text;
  b.scope.columns = std::move(changed);
  for (const auto& change : x.changes) {
    const auto same = std::count_if(
      b.scope.columns.begin(), b.scope.columns.end(),
      [&](const auto& k) { return same_name(k.name, change.to.text); });
    if (same > 1)
      error("AUR-E0210", change.to.where,
            "column " + quoted(change.to.text) + " exists already");
  }
  for (const auto& change : x.changes)
    if (!has_column(b.scope, change.from.path.back().text))
      b.scope.former.push_back({{{change.from.path.back().text}},
                                {},
                                "RENAME",
                                where,
                                0,
                                change.to.text});
  project(b, where);
}

void resolver::apply(const set& x, building& b, span where) {
  const auto c = context{&b, "SET"};
  auto definitions = std::vector<plan::definition>{};
  auto changed = b.scope.columns;
  auto done = std::vector<std::size_t>{};
  for (const auto& change : x.changes) {
    // Every expression sees the rows as they were before the SET.
    auto v = resolve(change.value, c);
    const auto found = find_editable(change.column, c);
    if (!found)
      continue;
    if (std::find(done.begin(), done.end(), *found) != done.end())
      error("AUR-E0210", change.column.where,
            "column " + quoted(changed[*found].name) + " is set twice");
    done.push_back(*found);
    changed[*found].id
      = define(std::move(v), changed[*found].name, definitions);
  }
  b.scope.columns = std::move(changed);
  emit(std::move(definitions), b, where);
  project(b, where);
}

void resolver::apply(const distinct&, building& b, span where) {
  check_duplicates(b.scope, "DISTINCT", where);
  auto before = names_before(b, "DISTINCT", where);
  auto step = plan::distinct{};
  for (const auto& column : b.scope.columns)
    if (std::find(step.columns.begin(), step.columns.end(), column.id)
        == step.columns.end())
      step.columns.push_back(column.id);
  // Only what is in view survives, so only keys of it do.
  auto& keys = b.scope.keys;
  std::erase_if(keys, [&](const auto& key) {
    return !std::all_of(key.begin(), key.end(), [&](auto id) {
      return std::find(step.columns.begin(), step.columns.end(), id)
             != step.columns.end();
    });
  });
  keys.push_back(step.columns);
  b.scope.loose_keys.clear();
  b.scope.order.clear();
  b.scope.end_aliases();
  forget(b, std::move(before));
  add_step(b, std::move(step), where);
}

void resolver::apply(const rename_rows& x, building& b, span where) {
  check_duplicates(b.scope, "AS", where);
  // Paths go on where the rows are still those of one table.
  auto instance = plan::instance::none;
  if (b.scope.aliases.size() == 1)
    instance = b.scope.aliases.front().instance;
  b.scope.aliases.clear();
  b.scope.aliases.push_back({x.alias.text, instance});
  for (auto& column : b.scope.columns)
    column.alias = 0;
}

} // namespace aura::dsl
