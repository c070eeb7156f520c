#pragma once

#include "kernels/base/expected.hpp"
#include "kernels/base/value.hpp"
#include "kernels/schema/schema.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aura::schema {

/// What a state of a database is good at finding out. Constraints (keys, NOT
/// NULL) hold in every kind, declared values and ranges in all but
/// `boundaries`, relations in all but `orphans`.
enum class state_kind : std::uint8_t {
  realistic,    // plausible data, every to-one match exists
  nearly_empty, // two or three rows a table
  ties,         // two or three values a column, rows equal but for their key
  nulls,        // most of what may be NULL is NULL
  orphans,      // keys that match nothing, rows that match many
  boundaries,   // the ends of ranges and periods, one step on either side
  skewed,       // one value dominates, a few lie far out
  extremes      // the largest, smallest and strangest values
};

inline constexpr std::size_t state_kinds = 8;

/// `realistic`, `nearly_empty`, … as configurations and file names spell it.
const char* to_string(state_kind x);

/// Nothing if no kind is called `name`.
std::optional<state_kind> state_kind_named(std::string_view name);

/// A value that queries over a state will ask for.
struct literal {
  std::string table;
  std::string column;
  datum value;
  /// Literals of one query share a number: there will be a row of the table
  /// with all of them, and for each a row that differs in nothing else.
  std::size_t group = 0;
};

struct state_options {
  /// Equal options give equal bytes.
  std::uint64_t seed = 1;
  state_kind kind = state_kind::realistic;
  /// Tells states of one kind apart.
  std::uint64_t variant = 0;
  /// Rows of the largest tables; 0 leaves it to the kind (at most 160 in a
  /// realistic state, 60 in others). Tables that others refer to have fewer.
  std::size_t rows = 0;
  /// The moment that queries will take for NOW(), `2024-12-31 12:00:00`. Dates
  /// gather before it where the declared range allows.
  std::string now = "2024-12-31 12:00:00";
  /// Planted on top of the random rows, at most 60 rows a table.
  std::vector<literal> literals;
  /// Not 0: the same rows in another order.
  std::uint64_t shuffle = 0;
};

/// The rows of every table of a schema, in its order.
using rows_by_table = std::vector<std::vector<record>>;

/// CREATE TABLE statements for all of `s`. Types have the affinity that the
/// stored form needs; relations are foreign keys, which SQLite does not
/// enforce unless asked.
std::string create_table_sql(const schema& s);

/// Invents rows for every table: at least two each. Fails with
/// `invalid_option` if `now` is no moment, and with `invalid_schema` if some
/// key allows fewer than two rows.
expected<rows_by_table> seed_rows(const schema& s,
                                  const state_options& options);

/// The same as the image of an SQLite database. All states of one schema have
/// one layout, as `sql::image_set` wants.
expected<std::string> seed(const schema& s, const state_options& options);

/// The image of a database with the tables of `s` and these rows.
expected<std::string> image_of(const schema& s, const rows_by_table& rows);

/// The rows of `image`, which `seed` or `sample_database` made for `s`, in
/// another order.
expected<std::string> row_shuffled(const schema& s, std::string_view image,
                                   std::uint64_t seed);

} // namespace aura::schema
