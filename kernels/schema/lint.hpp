#pragma once

#include "kernels/base/expected.hpp"
#include "kernels/schema/schema.hpp"
#include "kernels/sql/catalog.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace aura::schema {

/// Something in a schema or its data that deserves a look.
struct lint_finding {
  /// `missing_table`, `missing_column`, `duplicate_key`, `orphans`,
  /// `undeclared_value`, `outside_range`, `null`, `unused_type`, `wording`, …
  std::string code;
  /// Queries will give wrong answers or none; otherwise it is a matter of
  /// taste.
  bool error = false;
  /// `orders.customer`: the table and the column or relation.
  std::string where;
  std::string message;
  /// Rows it concerns; 0 for findings about the schema alone.
  std::int64_t rows = 0;
};

/// Looks at the schema alone: words that two columns share, columns nobody
/// describes, and so on.
std::vector<lint_finding> lint(const schema& s);

/// Also holds the data against the schema: counts key duplicates, relations
/// that match nothing, values outside the declared ones, NULLs where there
/// should be none.
expected<std::vector<lint_finding>> lint(const schema& s,
                                         sql::catalog& database);

} // namespace aura::schema
