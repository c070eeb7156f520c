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

} // namespace aura::tools
