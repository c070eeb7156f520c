#pragma once

#include "kernels/dsl/compile.hpp"
#include "kernels/sql/connection.hpp"

#include <string>

namespace aura::tools {

enum class row_format { table, csv, json };

/// The answer to a query as text. `table` aligns columns for a person, `csv`
/// follows RFC 4180, `json` is `{"columns": […], "rows": [[…], …]}`. Booleans
/// print as true and false.
std::string print_rows(const sql::result& rows,
                       const std::vector<dsl::output_column>& columns,
                       row_format format);

/// `{"query", "sql", "columns", "rows"}`: what `aura ask --json` answers.
std::string print_answer_json(const std::string& query, const std::string& sql,
                              const sql::result& rows,
                              const std::vector<dsl::output_column>& columns);

} // namespace aura::tools
