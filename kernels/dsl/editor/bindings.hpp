#pragma once

#include "kernels/dsl/syntax.hpp"
#include "kernels/schema/schema.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// Which names of a query mean the same thing. Where the resolver knows what
/// columns compute, this knows where their names come from, also in a query
/// with errors.
namespace aura::dsl::editor {

enum class symbol_kind : std::uint8_t {
  let,
  alias,  // AS after a source or as an operator
  column, // that the query makes
  table,  // of the schema, as are the following
  table_column,
  relation
};

inline constexpr std::uint32_t no_symbol = 0xffff'ffff;

struct symbol {
  symbol_kind kind = symbol_kind::column;
  std::string name;
  /// Where the query makes it: the name itself, or the expression that has a
  /// name without AS. Empty for what the schema declares.
  span where;
  const schema::table* table = nullptr;
  const schema::column* column = nullptr;
  const schema::relation* relation = nullptr;
};

struct occurrence {
  span where;
  std::uint32_t symbol = no_symbol;
  bool defines = false;
};

/// An expression that names a column without AS: `SUM(kwh)` is `sum_kwh`.
struct unnamed_column {
  span where;
  std::string name;
  std::uint32_t symbol = no_symbol;
  /// The symbol whose name is the end of this one's, if any.
  std::uint32_t base = no_symbol;
};

struct bindings {
  /// Symbols that must share a name, as those that UNION or USING match, have
  /// become one.
  std::vector<editor::symbol> symbols;
  /// By place.
  std::vector<occurrence> occurrences;
  std::vector<unnamed_column> unnamed;
};

/// Finds what each name in `text` means. Operators that cannot be read change
/// no columns; the names in them are looked up all the same. `s` may be null:
/// then only LETs and aliases are known.
bindings bind(std::string_view text, const schema::schema* s);

/// The occurrence at `offset` or ending there; null if there is none.
const occurrence* find(const bindings& x, std::size_t offset);

} // namespace aura::dsl::editor
