#include "kernels/dsl/sql_dialect.hpp"

#include "kernels/dsl/sql_sqlite.hpp"

namespace aura::dsl {

const sql_dialect& dialect_of(sql_target) {
  static const auto sqlite = sqlite_dialect{};
  return sqlite;
}

} // namespace aura::dsl
