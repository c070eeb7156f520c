#pragma once

#include "kernels/base/value.hpp"
#include "kernels/dsl/diagnostic.hpp"
#include "kernels/dsl/syntax.hpp"
#include "kernels/schema/schema.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aura::dsl {

/// The database that SQL is written for.
enum class sql_target : std::uint8_t {
  sqlite, // 3.40, as executed here
  duckdb  // for export; literals always stand in the text
};

struct compile_options {
  /// The moment NOW() means, as `2024-01-31 08:00:00`, in UTC.
  std::string now;
  /// Values of `$name` parameters.
  std::map<std::string, datum> parameters;
  /// Appends the primary key, or all columns, to a SORT that LIMIT or TOP cut,
  /// so that ties cannot change the answer.
  bool deterministic = false;
  /// Literals stand in the SQL text instead of being bound.
  bool inline_literals = false;
  /// Adds the keys of the final order as result columns after the query's own,
  /// so that a comparison can tell which rows are tied.
  bool expose_order = false;
  sql_target target = sql_target::sqlite;
};

struct output_column {
  std::string name;
  schema::type type = schema::type::text;
  bool nullable = true;

  bool operator==(const output_column&) const = default;
};

/// A query ready to run.
struct compiled {
  std::string sql;
  std::vector<datum> parameters;
  std::vector<output_column> columns;
  /// Whether the rows come in an order that the query asked for.
  bool ordered = false;
  /// With `expose_order`: how many result columns after `columns` spell out
  /// the sort keys of that order, most significant first.
  std::size_t order_columns = 0;
};

struct compile_result {
  /// Absent if and only if there are errors.
  std::optional<dsl::compiled> compiled;
  dsl::diagnostics diagnostics;
};

/// Resolves `x` against `s` and translates it to SQLite 3.40. What cannot be
/// translated faithfully is an error with a place, never dropped.
compile_result compile(const query& x, const schema::schema& s,
                       const compile_options& options);

/// The same from text.
compile_result compile(std::string_view source, const schema::schema& s,
                       const compile_options& options);

} // namespace aura::dsl
