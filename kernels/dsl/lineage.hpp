#pragma once

#include "kernels/dsl/plan.hpp"

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

/// Where the columns of an answer come from, read off a resolved plan. The
/// kinds of influence are those of the OpenLineage column-level facet.
namespace aura::dsl {

/// How a source column bears on a column of the answer. The first three are
/// how a value becomes another value, the strongest step of the way; the others
/// decide which value or which rows there are.
enum class influence : std::uint8_t {
  identity,       // it is the value
  transformation, // an expression computes the value from it
  aggregation,    // an aggregate or window function does
  conditional,    // CASE, IF, or WHERE inside a call chooses by it
  window,         // PER or SORT of a WINDOW, SORT of STRING_AGG
  group,          // BY of an AGGREGATE or PIVOT, PER of a TOP
  filter,         // FILTER, also inside a subquery
  join,           // ON, USING, or the key that a path follows
  sort,           // SORT, TOP
  distinct        // DISTINCT and the set operators compare it
};

/// `identity`, `transformation`, …
const char* to_string(influence x);

/// A declared column, and what it does.
struct lineage_source {
  std::string table;
  std::string column;
  influence how = influence::identity;

  auto operator<=>(const lineage_source&) const = default;
};

struct lineage_output {
  std::string column;
  plan::data_type type = plan::data_type::unknown;
  /// What the value is made of, each column once; none for a constant and for
  /// what only counts rows.
  std::vector<lineage_source> values;
  /// What else decides this column's value.
  std::vector<lineage_source> influences;
};

struct lineage {
  /// In the order of the answer.
  std::vector<lineage_output> outputs;
  /// What decides which rows there are and how they are grouped and ordered,
  /// for all columns alike.
  std::vector<lineage_source> rows;
  /// Every table that is read, also by a path.
  std::vector<std::string> tables;
};

/// Follows every column of the answer through expressions, aggregates, windows,
/// joins, set operators, pivots, LETs and subqueries to declared columns.
/// Everything is sorted but the outputs.
lineage lineage_of(const plan::query& x);

/// For a person: one line for each output and source.
std::string render(const lineage& x);

/// `{"outputs": [{"column", "type", "values": [{"table", "column", "how"}],
/// "influences": […]}], "rows": […], "tables": […]}`.
std::string render_json(const lineage& x);

} // namespace aura::dsl
