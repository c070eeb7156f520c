#pragma once

#include "kernels/schema/schema.hpp"

#include <string>

namespace aura::schema {

/// CREATE TABLE statements of DuckDB for the tables that SQL written for it
/// expects: integer is BIGINT, real DOUBLE, text VARCHAR; boolean, date and
/// timestamp are what they are called, however SQLite stores them. Keys are
/// declared, relations are not, since DuckDB would refuse a row without a match
/// at once. A comment tells how to convert a column that is stored otherwise.
std::string duckdb_tables_sql(const schema& s);

} // namespace aura::schema
