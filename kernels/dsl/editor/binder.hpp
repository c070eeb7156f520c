#pragma once

#include "kernels/dsl/editor/bindings.hpp"
#include "kernels/dsl/scope.hpp"
#include "kernels/dsl/tokens.hpp"

#include <map>
#include <utility>

/// The inside of `bind`; see bindings.hpp.
namespace aura::dsl::editor {

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

/// Walks over one query and notes what its names mean.
class binder {
public:
  binder(std::string_view text, const schema::schema* s)
    : text_{text}, schema_{s}, tokens_{tokenize(text)} {
  }

  bindings run();

private:
  struct known_let {
    std::string name;
    std::uint32_t symbol;
    std::vector<named_column> columns;
  };
  struct looked_up {
    std::uint32_t symbol = no_symbol;
    /// Of a column in scope its index.
    std::size_t index = static_cast<std::size_t>(-1);
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
  void unite(std::uint32_t a, std::uint32_t b);

  // bindings.cpp: pipelines and names
  names bind_pipeline(const pipeline& x);
  void bind_reference(const reference& x, names& here);
  // Looks `path` up and records what its parts mean.
  looked_up look_up(const std::vector<name>& path, const names& here);
  looked_up bind_expression(const expr& x, const names& here);
  void bind_keys(const std::vector<sort_key>& keys, const names& here);
  // The column that an item makes.
  named_column bind_item(const item& x, const names& here);
  std::uint32_t new_unnamed(const std::string& name, span where,
                            std::uint32_t base);
  std::uint32_t new_column(const name& x);
  // An operator that could not be read: what its words would mean.
  void bind_unread(std::uint32_t start, std::uint32_t end, const names& here);
  bindings finish();

  // bind_stages.cpp: what each operator does to the names
  void bind_stage(const filter& x, names& here);
  void bind_stage(const select& x, names& here);
  void bind_stage(const extend& x, names& here);
  void bind_stage(const window& x, names& here);
  void bind_stage(const drop& x, names& here);
  static void erase(names& here, const std::vector<std::size_t>& gone);
  void bind_stage(const rename& x, names& here);
  void bind_stage(const set& x, names& here);
  void bind_stage(const aggregate& x, names& here);
  void bind_groups(const std::vector<item>& keys,
                   const std::vector<item>& items, names& here);
  void bind_stage(const sort& x, names& here);
  void bind_stage(const limit&, names&);
  void bind_stage(const distinct&, names& here);
  void bind_stage(const top& x, names& here);
  void bind_stage(const rename_rows& x, names& here);
  void bind_stage(const join& x, names& here);
  void bind_stage(const set_operation& x, names& here);
  void bind_stage(const pivot& x, names& here);
  void bind_stage(const unpivot& x, names& here);

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

} // namespace aura::dsl::editor
