#pragma once

#include "kernels/dsl/sql_dialect.hpp"

#include <string>
#include <string_view>

namespace aura::dsl {

/// DuckDB 1.3 and later, over tables whose columns have its own types: BIGINT,
/// DOUBLE, VARCHAR, BOOLEAN, DATE, TIMESTAMP (schema::duckdb_tables_sql). A
/// plan for it comes of a schema in which every moment is stored as
/// `iso_space`, so that no format is left in it. Each expression has exactly
/// the type that the plan says, whatever DuckDB would choose.
class duckdb_dialect final : public sql_dialect {
public:
  std::string literal(const datum& x, plan::data_type type) const override;
  binding call(expression_writer& w, std::string& out,
               const plan::value& x) const override;
  binding aggregate(expression_writer& w, std::string& out,
                    const plan::function_call& x,
                    std::string_view over) const override;
  std::string readable(const plan::column& x,
                       std::string_view text) const override;
  std::string calendar(const plan::column& x,
                       std::string_view text) const override;
  std::string seconds(const plan::column& x,
                      std::string_view text) const override;
  bool ranges_by(std::string_view text) const override;
  std::string_view direction(bool descending, bool nulls_first) const override;
  std::string group_key(const std::string& text) const override;
  std::string sort_key(const std::string& text) const override;
  bool has_multisets() const override;
};

/// `$1` with the letters A to Z in lower case, those that LIKE ignores the case
/// of; DuckDB's own lower() knows all of Unicode.
inline constexpr std::string_view duckdb_ascii_lower
  = "translate($1, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', "
    "'abcdefghijklmnopqrstuvwxyz')";

/// The functions of numbers and texts, in sql_duckdb_functions.cpp.
binding write_duckdb_function(expression_writer& w, std::string& out,
                              const plan::value& x);

/// YEAR to FORMAT_DATE, in sql_duckdb_dates.cpp.
binding write_duckdb_time(expression_writer& w, std::string& out,
                          const plan::value& x);

} // namespace aura::dsl
