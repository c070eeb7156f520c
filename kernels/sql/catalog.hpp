#pragma once

#include "kernels/base/expected.hpp"
#include "kernels/base/value.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aura::sql {

/// A column as a database declares it.
struct catalog_column {
  std::string name;
  /// The declared type as it is spelled there; may be empty or unknown.
  std::string declared_type;
  bool not_null = false;
  /// Its place in the primary key, from 1; 0 if it is not part of it.
  int key_position = 0;
  bool generated = false;
};

/// A foreign key. `to_columns` may be empty: then the parent's primary key is
/// meant. Neither the parent nor its columns need exist.
struct catalog_foreign_key {
  std::vector<std::string> columns;
  std::string to;
  std::vector<std::string> to_columns;
};

/// A key: a primary key or a unique, unconditional index over columns.
using catalog_key = std::vector<std::string>;

enum class catalog_kind : std::uint8_t {
  table,
  view,
  virtual_table,
  shadow // holds the data of a virtual table
};

struct catalog_table {
  std::string name;
  catalog_kind kind = catalog_kind::table;
  std::vector<catalog_column> columns;
  /// In key order; empty if none is declared.
  catalog_key primary_key;
  std::vector<catalog_key> unique;
  std::vector<catalog_foreign_key> foreign_keys;
  /// Why columns could not be read (a broken view); empty if they could.
  std::string trouble;
};

/// How often the storage classes occur in a column, and what lies in it.
struct column_profile {
  std::int64_t rows = 0;
  std::int64_t nulls = 0;
  std::int64_t integers = 0;
  std::int64_t reals = 0;
  std::int64_t texts = 0;
  std::int64_t blobs = 0;
  /// Distinct values that are neither NULL nor BLOB, over the whole column.
  std::int64_t distinct = 0;
  /// In SQLite's order (numbers before texts); NULL if there are none.
  datum low;
  datum high;
  /// The most frequent values with their counts, most frequent first, equal
  /// counts by value.
  std::vector<std::pair<datum, std::int64_t>> frequent;
  /// Texts that are not UTF-8; their values stand nowhere above.
  std::int64_t not_utf8 = 0;
};

/// Reads what a database declares and what lies in it, for schema import and
/// lint. Read-only and hardened like `connection`, but it may read the
/// schema, and its statements are our own. Not thread-safe.
class catalog {
public:
  catalog(catalog&&) noexcept;
  catalog& operator=(catalog&&) noexcept;
  ~catalog(); // closes the handle that only the source knows

  /// Fails with `missing_file`, `damaged_file` (not a database, or one whose
  /// header lies) or `io_error`.
  static expected<catalog> open(const std::filesystem::path& file);
  static expected<catalog> open_image(std::string_view image);

  /// Limits every later call to so many steps of SQLite's machine; beyond them
  /// it fails with `resource_limit`. Two thousand million at first, which is
  /// some hundred million rows, since a view may never end.
  void limit_steps(std::uint64_t steps);

  /// All tables and views but SQLite's own, by name.
  expected<std::vector<catalog_table>> tables();

  /// Fails with `sql_error` if a view is broken.
  expected<std::int64_t> count_rows(std::string_view table);

  /// Looks at all rows of one column. `frequent` values are kept.
  expected<column_profile> profile(std::string_view table,
                                   std::string_view column,
                                   std::size_t frequent = 50);

  /// The first rows of a table in rowid or key order, as they are stored;
  /// BLOBs and text that is not UTF-8 read as NULL.
  expected<std::vector<record>> sample_rows(std::string_view table,
                                            std::size_t count);

  /// Whether no two rows agree on `columns`; rows with a NULL among them are
  /// not compared, as in a UNIQUE index.
  expected<bool> unique(std::string_view table, const catalog_key& columns);

  /// Rows of `from` whose non-NULL `columns` match no row of `to`.
  expected<std::int64_t> orphans(std::string_view from,
                                 const catalog_key& columns,
                                 std::string_view to,
                                 const catalog_key& to_columns);

private:
  struct state;
  explicit catalog(std::unique_ptr<state> s);
  std::unique_ptr<state> state_;
};

} // namespace aura::sql
