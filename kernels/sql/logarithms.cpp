#include "kernels/sql/aggregate.hpp"

#include <cmath>

namespace aura::sql {

namespace {

/// aura_log10(x)
void logarithm(sqlite3_context* context, int, sqlite3_value** x) {
  const auto type = sqlite3_value_numeric_type(x[0]);
  if (type != SQLITE_INTEGER && type != SQLITE_FLOAT)
    return;
  const auto number = sqlite3_value_double(x[0]);
  if (number > 0 && std::isfinite(number))
    sqlite3_result_double(context, std::log10(number));
}

} // namespace

int add_logarithms(sqlite3* db) {
  return sqlite3_create_function_v2(
    db, "aura_log10", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS,
    nullptr, logarithm, nullptr, nullptr, nullptr);
}

} // namespace aura::sql
