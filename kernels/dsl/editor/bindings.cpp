#include "kernels/dsl/editor/bindings.hpp"

#include "kernels/dsl/parsing.hpp"
#include "kernels/dsl/scope.hpp"
#include "kernels/dsl/words.hpp"

#include <algorithm>
#include <map>
#include <numeric>

namespace aura::dsl::editor {

using schema::same_name;

namespace {

struct named_column {
  std::string name;
  std::uint32_t symbol = no_symbol;
  std::uint32_t alias = no_alias;
};

struct named_rows {
  std::string name;
  std::uint32_t symbol = no_symbol;
  const schema::table* table = nullptr;
};

// What names mean somewhere.
struct names {
  std::vector<named_column> columns;
  std::vector<named_rows> aliases;

  void end_aliases() {
    aliases.clear();
    for (auto& c : columns)
      c.alias = no_alias;
  }
};

class binder {
public:
  binder(std::string_view text, const schema::schema* s)
    : text_{text}, schema_{s}, tokens_{tokenize(text)} {
  }

  bindings run() {
    if (text_.size() > max_source_bytes)
      return {};
    auto p = parser{text_, tokens_};
    const auto q = p.read_query();
    for (const auto& let : q.lets) {
      auto columns = bind_pipeline(let.value).columns;
      const auto symbol
        = make({symbol_kind::let, let.name.text, let.name.where});
      define(let.name.where, symbol);
      lets_.push_back({let.name.text, symbol, std::move(columns)});
    }
    bind_pipeline(q.main);
    return finish();
  }

private:
  struct known_let {
    std::string name;
    std::uint32_t symbol;
    std::vector<named_column> columns;
  };

  std::uint32_t make(symbol x) {
    symbols_.push_back(std::move(x));
    same_.push_back(static_cast<std::uint32_t>(symbols_.size() - 1));
    return same_.back();
  }

  // The symbol of something that the schema declares.
  std::uint32_t declared(const void* what, symbol x) {
    const auto [i, is_new] = declared_.try_emplace(what, no_symbol);
    if (is_new)
      i->second = make(std::move(x));
    return i->second;
  }
  std::uint32_t symbol_of(const schema::table& t) {
    auto x = symbol{symbol_kind::table, t.name, {}};
    x.table = &t;
    return declared(&t, std::move(x));
  }
  std::uint32_t symbol_of(const schema::table& t, const schema::column& c) {
    auto x = symbol{symbol_kind::table_column, c.name, {}};
    x.table = &t;
    x.column = &c;
    return declared(&c, std::move(x));
  }
  std::uint32_t symbol_of(const schema::table& t, const schema::relation& r) {
    auto x = symbol{symbol_kind::relation, r.name, {}};
    x.table = &t;
    x.relation = &r;
    return declared(&r, std::move(x));
  }

  void define(span where, std::uint32_t symbol) {
    found_.push_back({where, symbol, true});
  }
  void use(span where, std::uint32_t symbol) {
    if (symbol != no_symbol && where.end > where.start)
      found_.push_back({where, symbol, false});
  }

  std::uint32_t root(std::uint32_t x) const {
    while (same_[x] != x)
      x = same_[x];
    return x;
  }

  // From here on both are one symbol; what the schema declares prevails.
  void unite(std::uint32_t a, std::uint32_t b) {
    if (a == no_symbol || b == no_symbol)
      return;
    a = root(a);
    b = root(b);
    if (symbols_[b].kind != symbol_kind::column)
      std::swap(a, b);
    if (a != b)
      same_[b] = a;
  }

  // Pipelines.

  names bind_pipeline(const pipeline& x) {
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

  void bind_reference(const reference& x, names& here) {
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

  // Names.

  struct looked_up {
    std::uint32_t symbol = no_symbol;
    /// Of a column in scope its index.
    std::size_t index = static_cast<std::size_t>(-1);
  };

  // Looks `path` up and records what its parts mean.
  looked_up look_up(const std::vector<name>& path, const names& here) {
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

  looked_up bind_expression(const expr& x, const names& here) {
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

  void bind_keys(const std::vector<sort_key>& keys, const names& here) {
    for (const auto& k : keys)
      bind_expression(k.value, here);
  }

  // The column that an item makes.
  named_column bind_item(const item& x, const names& here) {
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

  std::uint32_t new_unnamed(const std::string& name, span where,
                            std::uint32_t base) {
    const auto symbol = make({symbol_kind::column, name, where});
    unnamed_.push_back({where, name, symbol, base});
    return symbol;
  }

  std::uint32_t new_column(const name& x) {
    const auto symbol = make({symbol_kind::column, x.text, x.where});
    define(x.where, symbol);
    return symbol;
  }

  // Operators.

  void bind_stage(const filter& x, names& here) {
    bind_expression(x.predicate, here);
  }
  void bind_stage(const select& x, names& here) {
    auto columns = std::vector<named_column>{};
    for (const auto& i : x.items)
      columns.push_back(bind_item(i, here));
    here.columns = std::move(columns);
    here.end_aliases();
  }
  void bind_stage(const extend& x, names& here) {
    for (const auto& i : x.items)
      here.columns.push_back(bind_item(i, here));
  }
  void bind_stage(const window& x, names& here) {
    auto columns = std::vector<named_column>{};
    for (const auto& i : x.items)
      columns.push_back(bind_item(i, here));
    for (const auto& p : x.per)
      bind_expression(p, here);
    bind_keys(x.sort, here);
    for (auto& c : columns)
      here.columns.push_back(std::move(c));
  }
  void bind_stage(const drop& x, names& here) {
    auto gone = std::vector<std::size_t>{};
    for (const auto& c : x.columns)
      gone.push_back(bind_expression(c, here).index);
    erase(here, gone);
  }
  static void erase(names& here, const std::vector<std::size_t>& gone) {
    auto kept = std::vector<named_column>{};
    for (std::size_t i = 0; i < here.columns.size(); ++i)
      if (std::find(gone.begin(), gone.end(), i) == gone.end())
        kept.push_back(std::move(here.columns[i]));
    here.columns = std::move(kept);
  }
  void bind_stage(const rename& x, names& here) {
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
  void bind_stage(const set& x, names& here) {
    for (const auto& c : x.changes) {
      bind_expression(c.column, here);
      bind_expression(c.value, here);
    }
  }
  void bind_stage(const aggregate& x, names& here) {
    bind_groups(x.keys, x.items, here);
  }
  void bind_groups(const std::vector<item>& keys,
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
  void bind_stage(const sort& x, names& here) {
    bind_keys(x.keys, here);
  }
  void bind_stage(const limit&, names&) {
  }
  void bind_stage(const distinct&, names& here) {
    here.end_aliases();
  }
  void bind_stage(const top& x, names& here) {
    bind_keys(x.by, here);
    for (const auto& p : x.per)
      bind_expression(p, here);
  }
  void bind_stage(const rename_rows& x, names& here) {
    const auto symbol = make({symbol_kind::alias, x.alias.text, x.alias.where});
    define(x.alias.where, symbol);
    const auto* table
      = here.aliases.size() == 1 ? here.aliases[0].table : nullptr;
    here.aliases = {{x.alias.text, symbol, table}};
    for (auto& c : here.columns)
      c.alias = 0;
  }
  void bind_stage(const join& x, names& here) {
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
  void bind_stage(const set_operation& x, names& here) {
    auto other = names{};
    bind_reference(x.other, other);
    for (const auto& mine : here.columns)
      for (const auto& theirs : other.columns)
        if (same_name(mine.name, theirs.name))
          unite(mine.symbol, theirs.symbol);
    here.end_aliases();
  }
  void bind_stage(const pivot& x, names& here) {
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
  void bind_stage(const unpivot& x, names& here) {
    auto gone = std::vector<std::size_t>{};
    for (const auto& c : x.columns)
      gone.push_back(bind_expression(c, here).index);
    erase(here, gone);
    // The label comes first.
    const auto value = new_column(x.value);
    here.columns.push_back({x.label.text, new_column(x.label)});
    here.columns.push_back({x.value.text, value});
  }

  // An operator that could not be read: what its words would mean.
  void bind_unread(std::uint32_t start, std::uint32_t end, const names& here) {
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
        if (i >= all.size() || all[i].kind != token_kind::dot
            || !is_name(i + 1))
          break;
        ++i;
      }
      if (i >= all.size() || all[i].kind != token_kind::left_paren)
        look_up(path, here);
    }
  }

  bindings finish() {
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
    std::stable_sort(found_.begin(), found_.end(),
                     [](const auto& a, const auto& b) {
                       return a.where.start < b.where.start;
                     });
    for (auto x : found_) {
      x.symbol = numbers[root(x.symbol)];
      if (result.occurrences.empty()
          || result.occurrences.back().where.start != x.where.start)
        result.occurrences.push_back(x);
    }
    return result;
  }

  std::string_view text_;
  const schema::schema* schema_;
  token_list tokens_;
  std::vector<symbol> symbols_;
  std::vector<std::uint32_t> same_; // union-find
  std::map<const void*, std::uint32_t> declared_;
  std::vector<known_let> lets_;
  std::vector<occurrence> found_;
  std::vector<unnamed_column> unnamed_;
};

} // namespace

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
