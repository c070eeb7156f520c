#pragma once

#include "kernels/base/expected.hpp"
#include "kernels/schema/schema.hpp"
#include "kernels/sql/catalog.hpp"

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace aura::schema {

/// How a database is turned into a schema.
struct import_options {
  /// What the schema is called; empty means after the file.
  std::string name;
  /// A text column becomes one with declared values if it has at most so many
  /// different ones, …
  std::size_t most_values = 30;
  /// … none longer than this, in bytes, …
  std::size_t longest_value = 60;
  /// … and each stands in this many rows on average.
  double rows_per_value = 3;
};

/// A schema as a database suggests it.
struct imported {
  aura::schema::schema schema;
  /// The schema file, with what was inferred and left out as comments.
  std::string yaml;
  /// Those remarks one by one: `Track.Bytes: …`.
  std::vector<std::string> notes;
  std::size_t tables_left_out = 0;
  std::size_t columns_left_out = 0;
};

/// Reads tables, types, keys, relations, values and ranges out of an SQLite
/// database, from its declarations and from every row. Never guesses in
/// silence. Views, virtual tables and BLOBs are left out. The result loads and
/// passes `lint`. Fails as `sql::catalog::open`, and with `invalid_schema` if
/// nothing is left to ask about.
expected<imported> import_database(const std::filesystem::path& file,
                                   const import_options& options = {});

/// The same from an open database.
expected<imported> import_catalog(sql::catalog& database,
                                  const import_options& options);

} // namespace aura::schema
