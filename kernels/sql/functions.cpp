#include "kernels/sql/functions.hpp"

#include "kernels/sql/aggregate.hpp"

namespace aura::sql {

int add_functions(sqlite3* db) {
  auto code = add_spreads(db);
  return code == SQLITE_OK ? add_choices(db) : code;
}

} // namespace aura::sql
