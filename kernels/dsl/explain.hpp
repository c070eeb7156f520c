#pragma once

#include "kernels/dsl/compile.hpp"
#include "kernels/dsl/diagnostic.hpp"
#include "kernels/dsl/plan.hpp"
#include "kernels/dsl/syntax.hpp"
#include "kernels/schema/schema.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What a query has after each of its operators: the columns with their types,
/// the order, and what is known of the number of rows.
namespace aura::dsl {

struct explained_column {
  std::string name;
  /// What may stand before the name; empty where nothing may.
  std::string alias;
  plan::data_type type = plan::data_type::unknown;
  bool nullable = true;
  /// The unit the schema declares, if it is a copy of a declared column.
  std::string unit;

  bool operator==(const explained_column&) const = default;
};

struct explained_key {
  std::string column; // a name, or the expression
  bool descending = false;
  bool nulls_first = false;

  bool operator==(const explained_key&) const = default;
};

struct explained_stage {
  /// The operator in canonical spelling, without `|>`.
  std::string text;
  span where;
  std::vector<explained_column> columns;
  /// The order in force; none if the query asked for none.
  std::vector<explained_key> order;
  /// Sets of visible columns of which no two rows agree.
  std::vector<std::vector<std::string>> unique;
  /// At most so many rows, if that is certain whatever the data.
  std::optional<std::int64_t> at_most;
};

struct explained_pipeline {
  /// `LET x`, `query`, or `pipeline at 3:12` for one in parentheses.
  std::string title;
  std::vector<explained_stage> stages;
};

struct explanation {
  /// Those that others use come first, the query itself last. Empty if there
  /// are errors.
  std::vector<explained_pipeline> pipelines;
  dsl::diagnostics diagnostics;
};

/// Explains `source` over `s`.
explanation explain(std::string_view source, const schema::schema& s,
                    const compile_options& options);

/// For a person: what an operator does not change is not said again.
std::string render(const explanation& x);

/// `{"pipelines": [{"title", "stages": [{"operator", "span", "columns":
/// [{"name", "alias", "type", "nullable", "unit"}], "order": [{"column",
/// "descending", "nulls_first"}], "unique": [[…]], "at_most"}]}]}`.
std::string render_json(const explanation& x);

} // namespace aura::dsl
