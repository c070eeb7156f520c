#include "kernels/dsl/functions.hpp"

#include <algorithm>
#include <array>

namespace aura::dsl {

namespace {

using plan::op;
constexpr auto scalar = function_group::scalar;
constexpr auto group = function_group::aggregate;
constexpr auto over = function_group::window;

std::vector<function_entry> sorted_functions() {
  auto result = std::vector<function_entry>{
    {"ABS", op::absolute, scalar, 1, 1, "ABS(x)"},
    {"SIGN", op::sign, scalar, 1, 1, "SIGN(x)"},
    {"ROUND", op::round, scalar, 1, 2, "ROUND(x[, digits])"},
    {"FLOOR", op::floor, scalar, 1, 1, "FLOOR(x)"},
    {"CEIL", op::ceil, scalar, 1, 1, "CEIL(x)"},
    {"SQRT", op::sqrt, scalar, 1, 1, "SQRT(x)"},
    {"POWER", op::power, scalar, 2, 2, "POWER(x, y)"},
    {"EXP", op::exp, scalar, 1, 1, "EXP(x)"},
    {"LN", op::ln, scalar, 1, 1, "LN(x)"},
    {"LOG10", op::log10, scalar, 1, 1, "LOG10(x)"},
    {"LOWER", op::lower, scalar, 1, 1, "LOWER(x)"},
    {"UPPER", op::upper, scalar, 1, 1, "UPPER(x)"},
    {"TRIM", op::trim, scalar, 1, 1, "TRIM(x)"},
    {"LTRIM", op::ltrim, scalar, 1, 1, "LTRIM(x)"},
    {"RTRIM", op::rtrim, scalar, 1, 1, "RTRIM(x)"},
    {"LENGTH", op::length, scalar, 1, 1, "LENGTH(x)"},
    {"SUBSTR", op::substr, scalar, 2, 3, "SUBSTR(x, start[, length])"},
    {"REPLACE", op::replace, scalar, 3, 3, "REPLACE(x, old, new)"},
    {"POSITION", op::position, scalar, 2, 2, "POSITION(needle, x)"},
    {"CONCAT", op::concat, scalar, 1, 255, "CONCAT(x, y, …)"},
    {"CONTAINS", op::contains, scalar, 2, 2, "CONTAINS(x, y)"},
    {"STARTS_WITH", op::starts_with, scalar, 2, 2, "STARTS_WITH(x, y)"},
    {"ENDS_WITH", op::ends_with, scalar, 2, 2, "ENDS_WITH(x, y)"},
    {"NOW", op::now, scalar, 0, 0, "NOW()"},
    {"TODAY", op::today, scalar, 0, 0, "TODAY()"},
    {"YEAR", op::year, scalar, 1, 1, "YEAR(x)"},
    {"QUARTER", op::quarter, scalar, 1, 1, "QUARTER(x)"},
    {"MONTH", op::month, scalar, 1, 1, "MONTH(x)"},
    {"WEEK", op::week, scalar, 1, 1, "WEEK(x)"},
    {"DAY", op::day, scalar, 1, 1, "DAY(x)"},
    {"HOUR", op::hour, scalar, 1, 1, "HOUR(x)"},
    {"MINUTE", op::minute, scalar, 1, 1, "MINUTE(x)"},
    {"DAY_OF_WEEK", op::day_of_week, scalar, 1, 1, "DAY_OF_WEEK(x)"},
    {"DAY_OF_YEAR", op::day_of_year, scalar, 1, 1, "DAY_OF_YEAR(x)"},
    {"TRUNC", op::trunc, scalar, 2, 2, "TRUNC(x, 'month')"},
    {"BIN", op::bin, scalar, 2, 2, "BIN(x, 15 MINUTES) or BIN(x, 10)"},
    {"DATE_DIFF", op::date_diff, scalar, 3, 3, "DATE_DIFF(a, b, 'day')"},
    {"DATE_ADD", op::date_add, scalar, 3, 3, "DATE_ADD(x, n, 'day')"},
    {"FORMAT_DATE", op::format_date, scalar, 2, 2, "FORMAT_DATE(x, '%Y-%m')"},
    {"IF", op::iif, scalar, 3, 3, "IF(condition, then, otherwise)"},
    {"COALESCE", op::coalesce, scalar, 1, 255, "COALESCE(x, y, …)"},
    {"NULLIF", op::null_if, scalar, 2, 2, "NULLIF(x, y)"},
    {"COUNT", op::count, group, 0, 1, "COUNT([DISTINCT] [x])"},
    {"SUM", op::sum, group, 1, 1, "SUM(x)"},
    {"AVG", op::avg, group, 1, 1, "AVG(x)"},
    {"MIN", op::min, group, 1, 1, "MIN(x)"},
    {"MAX", op::max, group, 1, 1, "MAX(x)"},
    {"MEDIAN", op::median, group, 1, 1, "MEDIAN(x)"},
    {"PERCENTILE", op::percentile, group, 2, 2, "PERCENTILE(x, 0.9)"},
    {"STDDEV", op::stddev, group, 1, 1, "STDDEV(x)"},
    {"STDDEV_POP", op::stddev_pop, group, 1, 1, "STDDEV_POP(x)"},
    {"VARIANCE", op::variance, group, 1, 1, "VARIANCE(x)"},
    {"VARIANCE_POP", op::variance_pop, group, 1, 1, "VARIANCE_POP(x)"},
    {"STRING_AGG", op::string_agg, group, 2, 2, "STRING_AGG(x, ', ')"},
    {"ARG_MAX", op::arg_max, group, 2, 2, "ARG_MAX(x, by)"},
    {"ARG_MIN", op::arg_min, group, 2, 2, "ARG_MIN(x, by)"},
    {"ANY", op::any, group, 1, 1, "ANY(condition)"},
    {"ALL", op::all, group, 1, 1, "ALL(condition)"},
    {"ANY_VALUE", op::any_value, group, 1, 1, "ANY_VALUE(x)"},
    {"ROW_NUMBER", op::row_number, over, 0, 0, "ROW_NUMBER()"},
    {"RANK", op::rank, over, 0, 0, "RANK()"},
    {"DENSE_RANK", op::dense_rank, over, 0, 0, "DENSE_RANK()"},
    {"PERCENT_RANK", op::percent_rank, over, 0, 0, "PERCENT_RANK()"},
    {"NTILE", op::ntile, over, 1, 1, "NTILE(n)"},
    {"LAG", op::lag, over, 1, 3, "LAG(x[, n[, default]])"},
    {"LEAD", op::lead, over, 1, 3, "LEAD(x[, n[, default]])"},
    {"FIRST", op::first, over, 1, 1, "FIRST(x)"},
    {"LAST", op::last, over, 1, 1, "LAST(x)"},
  };
  std::sort(result.begin(), result.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return result;
}

constexpr std::array<std::pair<op, std::string_view>, 26> operators = {{
  {op::negate, "-"},        {op::logical_not, "NOT"},
  {op::multiply, "*"},      {op::divide, "/"},
  {op::whole_divide, "//"}, {op::modulo, "%"},
  {op::add, "+"},           {op::subtract, "-"},
  {op::concat, "||"},       {op::coalesce, "??"},
  {op::equal, "=="},        {op::not_equal, "!="},
  {op::less, "<"},          {op::less_equal, "<="},
  {op::greater, ">"},       {op::greater_equal, ">="},
  {op::logical_and, "AND"}, {op::logical_or, "OR"},
  {op::is_null, "IS NULL"}, {op::in_list, "IN"},
  {op::in_query, "IN"},     {op::between, "BETWEEN"},
  {op::like, "LIKE"},       {op::during, "DURING"},
  {op::case_when, "CASE"},  {op::cast, "CAST"},
}};

} // namespace

const std::vector<function_entry>& functions() {
  static const auto table = sorted_functions();
  return table;
}

const function_entry* find_function(std::string_view name) {
  const auto& table = functions();
  const auto found = std::lower_bound(
    table.begin(), table.end(), name,
    [](const auto& entry, std::string_view x) { return entry.name < x; });
  return found != table.end() && found->name == name ? &*found : nullptr;
}

std::string_view to_string(plan::op x) {
  for (const auto& [what, spelling] : operators)
    if (what == x)
      return spelling;
  for (const auto& entry : functions())
    if (entry.what == x)
      return entry.name;
  return x == op::bin_number     ? "BIN"
         : x == op::normalise    ? "normalise"
         : x == op::scalar_query ? "query"
                                 : "none";
}

} // namespace aura::dsl
