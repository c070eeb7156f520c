#pragma once

#include "kernels/dsl/compile.hpp"
#include "kernels/dsl/plan.hpp"
#include "kernels/dsl/scope.hpp"
#include "kernels/dsl/syntax.hpp"
#include "kernels/schema/schema.hpp"

#include <optional>
#include <string>
#include <vector>

namespace aura::dsl {

struct resolved {
  /// Absent if and only if there are errors.
  std::optional<plan::query> query;
  dsl::diagnostics diagnostics;
};

/// Finds out what `x` means in `s`: every name, type and order. Before: syntax
/// alone; after: a plan whose column lists are known, typed and closed after
/// every step. Reports the independent errors of all stages, and lints.
resolved resolve(const query& x, const schema::schema& s,
                 const compile_options& options,
                 resolve_notes* notes = nullptr);

/// A column that the next operator may name.
struct visible_column {
  std::string name;
  schema::type type = schema::type::text;
  bool nullable = true;
  /// Empty when it belongs to none.
  std::string alias;
  /// The declared column it is a copy of, or null.
  const schema::column* origin = nullptr;
  /// False for NULL, and after an error: `type` is a guess.
  bool typed = true;
};

/// A table whose relations the next operator may follow.
struct visible_table {
  std::string alias;
  const schema::table* table = nullptr;
};

struct visible {
  std::vector<visible_column> columns;
  std::vector<visible_table> tables;
};

/// What an operator after the last one of `q.main` may name; nothing if `q`
/// has errors so far. Leaves out the checks of a query's end. The moment of
/// NOW() decides which ranges of periods are empty, and nothing else.
std::optional<visible> visible_after(const query& q, const schema::schema& s,
                                     const std::string& now
                                     = "2000-01-01 00:00:00");

/// The same for an editor, which has to say something of a query with errors:
/// what could not be found out is left out. What is wrong goes to `found`.
visible visible_so_far(const query& q, const schema::schema& s,
                       dsl::diagnostics& found,
                       const std::string& now = "2000-01-01 00:00:00");

} // namespace aura::dsl
