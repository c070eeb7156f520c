#include "kernels/dsl/editor/binder.hpp"

#include <algorithm>

namespace aura::dsl::editor {

using schema::same_name;

void binder::bind_stage(const filter& x, names& here) {
  bind_expression(x.predicate, here);
}

void binder::bind_stage(const select& x, names& here) {
  auto columns = std::vector<named_column>{};
  for (const auto& i : x.items)
    columns.push_back(bind_item(i, here));
  here.columns = std::move(columns);
  here.end_aliases();
}

void binder::bind_stage(const extend& x, names& here) {
  for (const auto& i : x.items)
    here.columns.push_back(bind_item(i, here));
}

void binder::bind_stage(const window& x, names& here) {
  auto columns = std::vector<named_column>{};
  for (const auto& i : x.items)
    columns.push_back(bind_item(i, here));
  for (const auto& p : x.per)
    bind_expression(p, here);
  bind_keys(x.sort, here);
  for (auto& c : columns)
    here.columns.push_back(std::move(c));
}

void binder::bind_stage(const drop& x, names& here) {
  auto gone = std::vector<std::size_t>{};
  for (const auto& c : x.columns)
    gone.push_back(bind_expression(c, here).index);
  erase(here, gone);
}

void binder::erase(names& here, const std::vector<std::size_t>& gone) {
  auto kept = std::vector<named_column>{};
  for (std::size_t i = 0; i < here.columns.size(); ++i)
    if (std::find(gone.begin(), gone.end(), i) == gone.end())
      kept.push_back(std::move(here.columns[i]));
  here.columns = std::move(kept);
}

void binder::bind_stage(const rename& x, names& here) {
  auto changed = here.columns;
  for (const auto& c : x.changes) {
    const auto found = bind_expression(c.from, here);
    const auto symbol = new_column(c.to);
    if (found.index >= changed.size())
      continue;
    changed[found.index].name = c.to.text;
    changed[found.index].symbol = symbol;
  }
  here.columns = std::move(changed);
}

void binder::bind_stage(const set& x, names& here) {
  for (const auto& c : x.changes) {
    bind_expression(c.column, here);
    bind_expression(c.value, here);
  }
}

void binder::bind_stage(const aggregate& x, names& here) {
  bind_groups(x.keys, x.items, here);
}

void binder::bind_groups(const std::vector<item>& keys,
                         const std::vector<item>& items, names& here) {
  auto columns = std::vector<named_column>{};
  for (const auto& k : keys)
    columns.push_back(bind_item(k, here));
  // Items see the keys by their new names too.
  auto inside = here;
  for (std::size_t i = 0; i < keys.size(); ++i)
    if (keys[i].alias)
      inside.columns.push_back(columns[i]);
  for (const auto& i : items)
    columns.push_back(bind_item(i, inside));
  here.columns = std::move(columns);
  here.end_aliases();
}

void binder::bind_stage(const sort& x, names& here) {
  bind_keys(x.keys, here);
}

void binder::bind_stage(const limit&, names&) {
}

void binder::bind_stage(const distinct&, names& here) {
  here.end_aliases();
}

void binder::bind_stage(const top& x, names& here) {
  bind_keys(x.by, here);
  for (const auto& p : x.per)
    bind_expression(p, here);
}

void binder::bind_stage(const rename_rows& x, names& here) {
  const auto symbol = make({symbol_kind::alias, x.alias.text, x.alias.where});
  define(x.alias.where, symbol);
  const auto* table
    = here.aliases.size() == 1 ? here.aliases[0].table : nullptr;
  here.aliases = {{x.alias.text, symbol, table}};
  for (auto& c : here.columns)
    c.alias = 0;
}

void binder::bind_stage(const join& x, names& here) {
  const auto before = here;
  const auto left = here.columns.size();
  bind_reference(x.other, here);
  if (x.on)
    bind_expression(*x.on, here);
  auto gone = std::vector<std::size_t>{};
  for (const auto& n : x.using_columns) {
    auto mine = no_symbol;
    for (std::size_t i = 0; i < here.columns.size(); ++i) {
      if (!same_name(here.columns[i].name, n.text))
        continue;
      if (i < left) {
        mine = here.columns[i].symbol;
      } else {
        unite(mine, here.columns[i].symbol);
        gone.push_back(i);
      }
    }
    use(n.where, mine);
  }
  erase(here, gone);
  if (x.how == join::kind::semi || x.how == join::kind::anti)
    here = before;
}

void binder::bind_stage(const set_operation& x, names& here) {
  auto other = names{};
  bind_reference(x.other, other);
  for (const auto& mine : here.columns)
    for (const auto& theirs : other.columns)
      if (same_name(mine.name, theirs.name))
        unite(mine.symbol, theirs.symbol);
  here.end_aliases();
}

void binder::bind_stage(const pivot& x, names& here) {
  bind_expression(x.value, here);
  bind_expression(x.column, here);
  auto columns = std::vector<named_column>{};
  for (const auto& k : x.keys)
    columns.push_back(bind_item(k, here));
  for (const auto& cell : x.cells) {
    if (cell.alias) {
      columns.push_back({cell.alias->text, new_column(*cell.alias)});
      continue;
    }
    columns.push_back(
      {cell.value.text,
       new_unnamed(cell.value.text, cell.value.where, no_symbol)});
  }
  here.columns = std::move(columns);
  here.end_aliases();
}

void binder::bind_stage(const unpivot& x, names& here) {
  auto gone = std::vector<std::size_t>{};
  for (const auto& c : x.columns)
    gone.push_back(bind_expression(c, here).index);
  erase(here, gone);
  // The label comes first.
  const auto value = new_column(x.value);
  here.columns.push_back({x.label.text, new_column(x.label)});
  here.columns.push_back({x.value.text, value});
}

} // namespace aura::dsl::editor
