#pragma once

#include "kernels/dsl/sql_dialect.hpp"

#include <string>
#include <string_view>

namespace aura::dsl {

/// SQLite 3.40 with the aggregates of kernels/sql. Dates are text or seconds,
/// truth values 0 and 1.
class sqlite_dialect final : public sql_dialect {
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

/// The functions of numbers and texts, in sql_sqlite_functions.cpp.
binding write_sqlite_function(expression_writer& w, std::string& out,
                              const plan::value& x);

/// YEAR to FORMAT_DATE, in sql_sqlite_dates.cpp.
binding write_sqlite_time(expression_writer& w, std::string& out,
                          const plan::value& x);

} // namespace aura::dsl
