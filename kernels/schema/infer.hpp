#pragma once

#include "kernels/base/expected.hpp"
#include "kernels/schema/import.hpp"
#include "kernels/schema/schema.hpp"
#include "kernels/sql/catalog.hpp"

#include <optional>
#include <string>
#include <vector>

namespace aura::schema {

/// A column as its declaration and its data suggest it.
struct inferred_column {
  /// Nothing if it had better be left out; the last note says why.
  std::optional<aura::schema::column> column;
  /// What was inferred and would not be plain from the declaration.
  std::vector<std::string> notes;
};

/// How a column stands in its table.
struct column_role {
  /// Part of a key or of a foreign key: its range and its values say nothing
  /// about the world.
  bool key = false;
  /// The rows of the table.
  std::int64_t rows = 0;
};

/// Decides type, nullability, declared values and range of a column by looking
/// at all its rows.
inferred_column infer_column(sql::catalog& database, const std::string& table,
                             const sql::catalog_column& declared,
                             const column_role& role,
                             const import_options& options);

} // namespace aura::schema
