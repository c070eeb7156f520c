#pragma once

#include "kernels/base/value.hpp"
#include "kernels/dsl/syntax.hpp"
#include "kernels/schema/schema.hpp"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

/// The resolved logical plan: what a query means in its schema, before any SQL.
/// Columns are numbers, fixed for the whole plan, so that hiding, renaming or
/// replacing a column never changes what an earlier expression meant.
namespace aura::dsl::plan {

using column_id = std::uint32_t;

inline constexpr column_id no_column = 0xffff'ffff;

/// The types of values. `unknown` is what an expression with an error has: it
/// fits everywhere, so that one mistake is reported once.
enum class data_type : std::uint8_t {
  unknown,
  null,
  integer,
  real,
  text,
  boolean,
  date,
  timestamp
};

/// `INTEGER`, `REAL`, … as messages and casts spell it.
const char* to_string(data_type x);

data_type from_schema(schema::type x);

/// @pre x is the type of a column: neither `unknown` nor `null`
schema::type to_schema(data_type x);

/// What a call computes. The names of functions are in functions.cpp.
enum class op : std::uint8_t {
  none,
  // Operators.
  negate,
  logical_not,
  multiply,
  divide,
  whole_divide,
  modulo,
  add,
  subtract,
  concat,
  coalesce,
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
  logical_and,
  logical_or,
  is_null,  // `negated`
  in_list,  // `negated`
  in_query, // `negated`; `query`
  between,  // `negated`
  like,     // `negated`
  during,   // `negated`; x, low, high: low <= x < high
  case_when,
  cast,      // to `type`
  normalise, // a date as stored to its ISO text
  scalar_query,
  // Numbers.
  absolute,
  sign,
  round,
  floor,
  ceil,
  sqrt,
  power,
  exp,
  ln,
  log10,
  // Text.
  lower,
  upper,
  trim,
  ltrim,
  rtrim,
  length,
  substr,
  replace,
  position,
  contains,
  starts_with,
  ends_with,
  // Time.
  now,
  today,
  year,
  quarter,
  month,
  week,
  day,
  hour,
  minute,
  day_of_week,
  day_of_year,
  trunc,       // to `unit`
  bin,         // in steps of `count` `unit`s
  bin_number,  // x, width
  date_diff,   // in `unit`s
  date_add,    // x, n; in `unit`s
  format_date, // x, literal
  null_if,
  // Aggregates.
  count,
  sum,
  avg,
  min,
  max,
  median,
  percentile,
  stddev,
  stddev_pop,
  variance,
  variance_pop,
  string_agg,
  arg_max,
  arg_min,
  any,
  all,
  any_value,
  // Window functions.
  row_number,
  rank,
  dense_rank,
  percent_rank,
  ntile,
  lag,
  lead,
  first,
  last,
  // Written in a query, but planned as another: IF is a CASE.
  iif
};

/// An expression whose names are resolved and whose type is known.
struct value {
  enum class kind : std::uint8_t { literal, column, call };

  kind form = kind::literal;
  op what = op::none;
  data_type type = data_type::null;
  /// How a date or timestamp is represented.
  schema::date_format format = schema::date_format::iso_space;
  bool nullable = true;
  bool negated = false;
  dsl::unit unit = dsl::unit::day;
  column_id column = no_column; // of a column
  std::uint32_t query = 0;      // of in_query, scalar_query: plan::pipelines
  /// Of ROUND its digits, of BIN its units, of a literal moment 1 where only
  /// its day was written.
  std::int64_t count = 0;
  datum literal;
  std::vector<value> arguments;
  span where;
};

/// A column of the plan, whatever defines it.
struct column {
  std::string name;
  data_type type = data_type::unknown;
  schema::date_format format = schema::date_format::iso_space;
  bool nullable = true;
  /// The declared column that it is a copy of, if any.
  const schema::column* origin = nullptr;
};

/// One use of a table. A path is an instance with a parent: the LEFT JOIN of
/// one step along `relation`, which can neither drop nor double a row.
struct instance {
  static constexpr std::uint32_t none = 0xffff'ffff;

  const schema::table* table = nullptr;
  std::uint32_t parent = none;
  const schema::relation* relation = nullptr;
  /// Parallel to the table's columns; `no_column` where nobody asked.
  std::vector<column_id> columns;
};

struct definition {
  column_id id = no_column;
  value expression;
};

struct order_key {
  column_id id = no_column;
  bool descending = false;
  bool nulls_first = false;

  bool operator==(const order_key&) const = default;
};

struct direction {
  bool descending = false;
  bool nulls_first = false;

  bool operator==(const direction&) const = default;
};

/// One aggregate or window function; a condition inside it is `condition`.
struct function_call {
  column_id id = no_column;
  op what = op::count;
  bool distinct = false;
  std::vector<value> arguments;
  std::vector<value> condition; // none or one
  /// STRING_AGG … SORT: its keys, and how each sorts.
  std::vector<value> sort;
  std::vector<direction> directions;
  span where;
};

struct output {
  std::string name;
  column_id id = no_column;
};

/// The rows of a table, with the paths that start there.
struct scan {
  std::uint32_t instance = 0;
};

/// The rows of another pipeline; `columns` are parallel to its output.
struct derived {
  std::uint32_t pipeline = 0;
  std::vector<column_id> columns;
};

struct filter {
  value predicate;
};

struct compute {
  std::vector<definition> definitions;
};

/// The columns in view from here on.
struct project {
  std::vector<output> columns;
};

struct aggregate {
  std::vector<definition> keys;
  std::vector<function_call> calls;
};

struct sort {
  std::vector<order_key> keys;
};

struct limit {
  std::int64_t count = 0;
  std::int64_t offset = 0;
  /// The order in force, most significant first.
  std::vector<order_key> order;
  /// Whether that order leaves no ties.
  bool total = false;
};

struct distinct {
  std::vector<column_id> columns;
};

struct top {
  std::int64_t count = 0;
  std::vector<order_key> order;
  std::vector<column_id> per;
  bool with_ties = false;
  bool total = false;
};

struct join {
  dsl::join::kind how = dsl::join::kind::inner;
  std::variant<scan, derived> other;
  std::vector<value> on; // none or one
};

struct set_operation {
  dsl::set_operation::kind how = dsl::set_operation::kind::union_rows;
  bool all = false;
  std::uint32_t other = 0;        // plan::pipelines
  std::vector<column_id> left;    // what the rows so far give
  std::vector<std::size_t> right; // the same from the other's output
  std::vector<column_id> columns; // the result
};

struct window {
  std::vector<function_call> calls;
  std::vector<column_id> per;
  std::vector<order_key> order;
  std::optional<dsl::frame> frame;
};

/// One row per row and column of `columns`.
struct unpivot {
  std::vector<column_id> columns;
  std::vector<std::string> labels;
  column_id value = no_column;
  column_id label = no_column;
};

struct step {
  std::variant<scan, derived, filter, compute, project, aggregate, sort, limit,
               distinct, top, join, set_operation, window, unpivot>
    what;
  span where;
};

/// Steps from a source to an output.
struct pipeline {
  std::vector<step> steps;
  std::vector<output> columns;
  /// The order of the rows, if the query asked for one.
  std::vector<order_key> order;
  /// The name a LET gave it; such a pipeline is evaluated once.
  std::string name;
};

struct query {
  std::vector<column> columns;
  std::vector<instance> instances;
  /// LETs, operands and subqueries before those that use them; the main
  /// pipeline is the last.
  std::vector<pipeline> pipelines;
};

/// The plan as text, one step per line: for people, golden files and bug
/// reports.
std::string dump(const query& x);

} // namespace aura::dsl::plan
