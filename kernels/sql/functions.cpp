#include "kernels/sql/functions.hpp"

#include "kernels/sql/aggregate.hpp"

namespace aura::sql {

int add_functions(sqlite3* db) {
  auto code = add_spreads(db);
  if (code == SQLITE_OK)
    code = add_choices(db);
  if (code == SQLITE_OK)
    code = add_logarithms(db);
  return code == SQLITE_OK ? add_moments(db) : code;
}

} // namespace aura::sql
