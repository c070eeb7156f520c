#pragma once

#include "kernels/base/expected.hpp"
#include "kernels/schema/schema.hpp"
#include "kernels/sql/catalog.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace aura::schema {

/// Something in a schema or its data that deserves a look.
struct lint_finding {
  /// Of the schema: `no_key`, `wording`. Of the data: `missing_table`,
  /// `missing_column`, `duplicate_key`, `null`, `storage`, `not_a_date`,
  /// `undeclared_value`, `outside_range`, `orphans`.
  std::string code;
  /// Queries will fail or count wrongly; otherwise it is for a person to
  /// judge.
  bool error = false;
  /// `orders.customer`: the table and the column or relation.
  std::string where;
  std::string message;
  /// Rows it concerns; 0 for findings about the schema alone.
  std::int64_t rows = 0;
};

/// Looks at the schema alone: tables without a key, words that stand for two
/// columns of one table, or for two tables.
std::vector<lint_finding> lint(const schema& s);

/// Also holds the data against the schema: counts rows that share a key,
/// relations that match nothing, values that are not declared, NULLs where
/// there should be none. Fails only if the database cannot be read.
expected<std::vector<lint_finding>> lint(const schema& s,
                                         sql::catalog& database);

} // namespace aura::schema
