#include "kernels/dsl/sql_dialect.hpp"

#include "kernels/dsl/sql_duckdb.hpp"
#include "kernels/dsl/sql_sqlite.hpp"

namespace aura::dsl {

const sql_dialect& dialect_of(sql_target x) {
  static const auto sqlite = sqlite_dialect{};
  static const auto duckdb = duckdb_dialect{};
  if (x == sql_target::duckdb)
    return duckdb;
  return sqlite;
}

} // namespace aura::dsl
