#pragma once

#include "kernels/base/expected.hpp"
#include "kernels/base/value.hpp"
#include "kernels/dsl/syntax.hpp"
#include "kernels/schema/schema.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

/// What a query means, worked out over rows in memory: slow, obvious, and
/// written from the language reference alone. It knows neither the resolver nor
/// the SQL writer, so that it can tell when they are wrong.
namespace aura::dsl::interpreter {

/// The rows of one table as a database stores them: cells in the order of the
/// schema's columns, booleans as 0 and 1, dates in their declared format.
struct table_data {
  std::string table;
  std::vector<record> rows;
};

/// A state of a whole database. A table that is not listed is empty.
struct database {
  std::vector<table_data> tables;
};

struct interpret_options {
  /// The moment NOW() means, as `2024-01-31 08:00:00`, in UTC.
  std::string now;
  /// Values of `$name` parameters.
  std::map<std::string, datum> parameters;
  /// How many rows any stage may hold, and how many expressions may be worked
  /// out in all; beyond them the outcome is `resource_limit`.
  std::size_t max_rows = 200'000;
  std::uint64_t max_steps = 50'000'000;
};

struct answer_column {
  std::string name;
  schema::type type = schema::type::text;

  bool operator==(const answer_column&) const = default;
};

/// What a query gives. Cells are as a translated query leaves them: dates as
/// ISO text, booleans as 0 and 1.
struct answer {
  std::vector<answer_column> columns;
  std::vector<record> rows;
  /// Whether the query asks for an order. Then `ranks` counts up from 0 along
  /// the rows; rows of one rank are tied and may come in any order.
  bool ordered = false;
  std::vector<std::size_t> ranks;
  /// Not empty where the language leaves open what the rows are: a LIMIT cut
  /// tied rows, ROW_NUMBER counted them. Each entry says what was left open.
  std::vector<std::string> open;
};

/// Works out `x`. Fails with `resolve_error` (a query that means nothing here;
/// not every such query is recognised), `sql_error` (an integer sum beyond 64
/// bits), `damaged_file` (a cell that its column's type does not allow),
/// `unsupported`, or `resource_limit`.
expected<answer> interpret(const query& x, const schema::schema& s,
                           const database& state,
                           const interpret_options& options);

/// Says how rows found elsewhere differ from `expected`, or nothing if they are
/// the same answer: the same rows equally often, and in the same order up to
/// ties if `expected` is ordered. Numbers are equal if they differ by less than
/// one part in 10^9. What the language left open is not looked at: ask
/// `expected.open` first.
std::string difference(const answer& expected, const std::vector<record>& rows);

} // namespace aura::dsl::interpreter
