#include "kernels/dsl/editor/bindings.hpp"

#include "kernels/dsl/editor/binder.hpp"
#include "kernels/dsl/parsing.hpp"
#include "kernels/dsl/words.hpp"

#include <algorithm>

namespace aura::dsl::editor {

using schema::same_name;

bindings binder::run() {
  if (text_.size() > max_source_bytes)
    return {};
  auto p = parser{text_, tokens_};
  const auto q = p.read_query();
  for (const auto& let : q.lets) {
    auto columns = bind_pipeline(let.value).columns;
    const auto symbol = make({symbol_kind::let, let.name.text, let.name.where});
    define(let.name.where, symbol);
    lets_.push_back({let.name.text, symbol, std::move(columns)});
  }
  bind_pipeline(q.main);
  return finish();
}

void binder::unite(std::uint32_t a, std::uint32_t b) {
  if (a == no_symbol || b == no_symbol)
    return;
  a = root(a);
  b = root(b);
  if (symbols_[b].kind != symbol_kind::column)
    std::swap(a, b);
  if (a != b)
    same_[b] = a;
}

names binder::bind_pipeline(const pipeline& x) {
  auto here = names{};
  bind_reference(x.source, here);
  auto end = x.source.where.end;
  for (const auto& stage : x.stages) {
    bind_unread(end, stage.where.start, here);
    std::visit([&](const auto& what) { bind_stage(what, here); }, stage.what);
    end = stage.where.end;
  }
  bind_unread(end, x.where.end, here);
  return here;
}

void binder::bind_reference(const reference& x, names& here) {
  auto columns = std::vector<named_column>{};
  auto rows = named_rows{};
  if (const auto* inner = std::get_if<box<pipeline>>(&x.source)) {
    if (*inner)
      columns = bind_pipeline(**inner).columns;
  } else {
    const auto& n = std::get<name>(x.source);
    for (const auto& let : lets_)
      if (same_name(let.name, n.text)) {
        columns = let.columns;
        rows = {let.name, let.symbol, nullptr};
      }
    const auto* t
      = schema_ && rows.name.empty() ? schema_->find_table(n.text) : nullptr;
    if (t) {
      rows = {t->name, symbol_of(*t), t};
      for (const auto& c : t->columns)
        columns.push_back({c.name, symbol_of(*t, c)});
    }
    use(n.where, rows.symbol);
  }
  if (x.alias) {
    rows.name = x.alias->text;
    rows.symbol = make({symbol_kind::alias, x.alias->text, x.alias->where});
    define(x.alias->where, rows.symbol);
  }
  auto alias = no_alias;
  if (!rows.name.empty()) {
    alias = static_cast<std::uint32_t>(here.aliases.size());
    here.aliases.push_back(rows);
  }
  for (auto& c : columns) {
    c.alias = alias;
    here.columns.push_back(std::move(c));
  }
}

binder::looked_up binder::look_up(const std::vector<name>& path,
                                  const names& here) {
  if (path.empty())
    return {};
  const auto& last = path.back();
  auto at = std::size_t{0};
  auto alias = no_alias;
  const schema::table* table = nullptr;
  if (path.size() > 1) {
    for (std::uint32_t i = 0; i < here.aliases.size(); ++i)
      if (same_name(here.aliases[i].name, path[0].text))
        alias = i;
    if (alias != no_alias) {
      use(path[0].where, here.aliases[alias].symbol);
      table = here.aliases[alias].table;
      at = 1;
    }
  }
  for (; at + 1 < path.size(); ++at) {
    const schema::relation* r = nullptr;
    const auto* from = table;
    if (at == 0) {
      for (const auto& a : here.aliases)
        if (a.table && !r) {
          r = a.table->find_relation(path[0].text);
          from = a.table;
        }
    } else if (table) {
      r = table->find_relation(path[at].text);
    }
    if (!r)
      return {};
    use(path[at].where, symbol_of(*from, *r));
    table = schema_->find_table(r->to);
    alias = no_alias;
    if (!table)
      return {};
  }
  if (path.size() > 1 && alias == no_alias) {
    const auto* c = table->find_column(last.text);
    if (!c)
      return {};
    const auto symbol = symbol_of(*table, *c);
    use(last.where, symbol);
    return {symbol};
  }
  for (std::size_t i = 0; i < here.columns.size(); ++i) {
    const auto& c = here.columns[i];
    if (same_name(c.name, last.text)
        && (path.size() == 1 || c.alias == alias)) {
      use(last.where, c.symbol);
      return {c.symbol, i};
    }
  }
  return {};
}

binder::looked_up binder::bind_expression(const expr& x, const names& here) {
  if (x.kind == expr_kind::column)
    return look_up(x.path, here);
  auto first = looked_up{};
  for (const auto& a : x.arguments) {
    const auto found = bind_expression(a, here);
    if (&a == x.arguments.data() && a.kind == expr_kind::column)
      first = found;
  }
  for (const auto& a : x.condition)
    bind_expression(a, here);
  bind_keys(x.sort, here);
  if (x.query)
    bind_pipeline(*x.query);
  return first;
}

void binder::bind_keys(const std::vector<sort_key>& keys, const names& here) {
  for (const auto& k : keys)
    bind_expression(k.value, here);
}

named_column binder::bind_item(const item& x, const names& here) {
  const auto inner = bind_expression(x.value, here);
  if (x.alias) {
    const auto symbol
      = make({symbol_kind::column, x.alias->text, x.alias->where});
    define(x.alias->where, symbol);
    return {x.alias->text, symbol};
  }
  auto name = default_name(x.value);
  if (x.value.kind == expr_kind::column)
    return {std::move(name), inner.symbol};
  const auto symbol = new_unnamed(name, x.value.where, inner.symbol);
  return {std::move(name), symbol};
}

std::uint32_t binder::new_unnamed(const std::string& name, span where,
                                  std::uint32_t base) {
  const auto symbol = make({symbol_kind::column, name, where});
  unnamed_.push_back({where, name, symbol, base});
  return symbol;
}

std::uint32_t binder::new_column(const name& x) {
  const auto symbol = make({symbol_kind::column, x.text, x.where});
  define(x.where, symbol);
  return symbol;
}

void binder::bind_unread(std::uint32_t start, std::uint32_t end,
                         const names& here) {
  const auto& all = tokens_.tokens;
  auto i = static_cast<std::size_t>(
    std::lower_bound(
      all.begin(), all.end(), start,
      [](const token& t, std::uint32_t x) { return t.where.start < x; })
    - all.begin());
  const auto is_name = [&](std::size_t k) {
    return k < all.size() && all[k].where.end <= end
           && (all[k].kind == token_kind::quoted_name
               || (all[k].kind == token_kind::word
                   && !is_reserved(raw(all[k], text_))));
  };
  while (i < all.size() && all[i].where.end <= end
         && all[i].kind != token_kind::end) {
    if (!is_name(i)) {
      ++i;
      continue;
    }
    auto path = std::vector<name>{};
    for (;;) {
      path.push_back({value(all[i], text_), all[i].where});
      ++i;
      if (i >= all.size() || all[i].kind != token_kind::dot || !is_name(i + 1))
        break;
      ++i;
    }
    if (i >= all.size() || all[i].kind != token_kind::left_paren)
      look_up(path, here);
  }
}

bindings binder::finish() {
  auto result = bindings{};
  // Numbers without those that became others.
  auto numbers = std::vector<std::uint32_t>(symbols_.size(), no_symbol);
  for (std::uint32_t i = 0; i < symbols_.size(); ++i)
    if (same_[i] == i) {
      numbers[i] = static_cast<std::uint32_t>(result.symbols.size());
      result.symbols.push_back(symbols_[i]);
    }
  for (auto& u : unnamed_) {
    u.symbol = numbers[root(u.symbol)];
    if (u.base != no_symbol)
      u.base = numbers[root(u.base)];
  }
  result.unnamed = std::move(unnamed_);
  std::stable_sort(
    found_.begin(), found_.end(),
    [](const auto& a, const auto& b) { return a.where.start < b.where.start; });
  for (auto x : found_) {
    x.symbol = numbers[root(x.symbol)];
    if (result.occurrences.empty()
        || result.occurrences.back().where.start != x.where.start)
      result.occurrences.push_back(x);
  }
  return result;
}

bindings bind(std::string_view text, const schema::schema* s) {
  return binder{text, s}.run();
}

const occurrence* find(const bindings& x, std::size_t offset) {
  const occurrence* result = nullptr;
  for (const auto& o : x.occurrences)
    if (o.where.start <= offset && offset <= o.where.end)
      result = &o; // the later one, where two touch
  return result;
}

} // namespace aura::dsl::editor
