#include "kernels/dsl/editor/help.hpp"

#include "kernels/dsl/words.hpp"

#include <algorithm>
#include <array>

namespace aura::dsl::editor {

namespace {

constexpr auto join_form = std::string_view{
  "[INNER|LEFT|RIGHT|FULL|CROSS|SEMI|ANTI] JOIN ref [AS a] [ON pred | USING "
  "(c, …)]"};

constexpr auto operators = std::to_array<help_entry>({
  {"SOURCE", "SOURCE table|let|(pipeline) [AS alias]",
   "Where rows come from: a table, a LET or a pipeline.",
   "SOURCE devices AS d"},
  {"FILTER", "FILTER predicate",
   "Keeps the rows for which the predicate is true. After AGGREGATE it is what "
   "SQL calls HAVING.",
   "FILTER kwh > 5 AND NOT is_estimated"},
  {"SELECT", "SELECT expression [AS name], …",
   "These columns, in this order, and no others.",
   "SELECT name, room, cost / kwh AS price"},
  {"EXTEND", "EXTEND expression AS name, …",
   "Adds columns; later ones see earlier ones.", "EXTEND cost / kwh AS price"},
  {"DROP", "DROP column, …", "Removes columns.", "DROP cost, tariff"},
  {"RENAME", "RENAME column AS name, …",
   "Gives columns another name; they keep their place.",
   "RENAME kwh AS energy"},
  {"SET", "SET column = expression, …",
   "Replaces the values of columns; they keep their place.",
   "SET cost = cost * 1.2"},
  {"AGGREGATE", "AGGREGATE expression [AS name], … [BY key [AS name], …]",
   "One row for each group of equal keys, with the keys first; without BY one "
   "row. An item is an expression over aggregate calls, keys and constants.",
   "AGGREGATE SUM(kwh) AS total BY device.room"},
  {"SORT", "SORT expression [DESC] [NULLS FIRST|LAST], …",
   "Orders the rows. NULLs come last in both directions unless said "
   "otherwise.",
   "SORT total DESC, room"},
  {"LIMIT", "LIMIT n [OFFSET m]", "The first n rows, after the first m.",
   "LIMIT 10 OFFSET 20"},
  {"DISTINCT", "DISTINCT", "Each row once.", "DISTINCT"},
  {"TOP", "TOP n BY expression ASC|DESC, … [PER key, …] [WITH TIES]",
   "The first n rows by an order, within each group of PER. WITH TIES keeps "
   "rows equal to the last.",
   "TOP 3 BY kwh DESC PER device_id"},
  {"AS", "AS name", "A name for the rows as they stand.", "AS readings"},
  {"JOIN", join_form,
   "Rows of both sides that match. Without ON it follows the one declared "
   "relation between them.",
   "JOIN devices AS d ON e.device_id == d.id"},
  {"INNER", join_form, "Rows of both sides that match; the same as JOIN.",
   "JOIN devices"},
  {"LEFT", join_form,
   "All rows of the left side, with NULLs where the right has no match.",
   "LEFT JOIN devices"},
  {"RIGHT", join_form,
   "All rows of the right side, with NULLs where the left has no match.",
   "RIGHT JOIN devices"},
  {"FULL", join_form,
   "All rows of both sides, with NULLs where the other has no match.",
   "FULL JOIN devices ON e.device_id == devices.id"},
  {"CROSS", "CROSS JOIN ref [AS a]", "Every row with every row.",
   "CROSS JOIN devices"},
  {"SEMI", join_form,
   "The rows of the left side that have a match; only its columns.",
   "SEMI JOIN energy_consumption"},
  {"ANTI", join_form,
   "The rows of the left side that have no match; only its columns.",
   "ANTI JOIN energy_consumption"},
  {"UNION", "UNION [ALL] ref",
   "Rows of either side. Columns are matched by name; ALL keeps equal rows.",
   "UNION ALL (SOURCE devices |> SELECT id)"},
  {"INTERSECT", "INTERSECT [ALL] ref",
   "Rows of both sides. Columns are matched by name.",
   "INTERSECT (SOURCE devices |> SELECT id)"},
  {"EXCEPT", "EXCEPT [ALL] ref",
   "Rows of the left side that are not in the right. Columns are matched by "
   "name.",
   "EXCEPT (SOURCE devices |> SELECT id)"},
  {"WINDOW",
   "WINDOW call [AS name], … [PER key, …] [SORT expression, …] [RUNNING | "
   "ROLLING n | ROWS a TO b]",
   "Adds columns computed over the rows around each row. No frame means the "
   "whole partition.",
   "WINDOW SUM(kwh) AS so_far PER device_id SORT timestamp RUNNING"},
  {"PIVOT", "PIVOT aggregate FOR column IN (value [AS name], …) [BY key, …]",
   "One column for each listed value of a column.",
   "PIVOT SUM(kwh) FOR tariff IN ('day', 'night') BY device_id"},
  {"UNPIVOT", "UNPIVOT value FOR label IN (column, …)",
   "One row for each row and listed column.",
   "UNPIVOT amount FOR what IN (kwh, cost)"},
});

constexpr auto functions = std::to_array<help_entry>({
  {"ABS", "ABS(x)", "The absolute value.", ""},
  {"SIGN", "SIGN(x)", "-1, 0 or 1.", ""},
  {"ROUND", "ROUND(x[, digits])", "Rounds; halves away from zero.", ""},
  {"FLOOR", "FLOOR(x)", "The greatest whole number that is not above x.", ""},
  {"CEIL", "CEIL(x)", "The least whole number that is not below x.", ""},
  {"SQRT", "SQRT(x)", "The square root; NULL of a negative number.", ""},
  {"POWER", "POWER(x, y)", "x to the power of y; NULL outside the domain.", ""},
  {"EXP", "EXP(x)", "e to the power of x.", ""},
  {"LN", "LN(x)", "The natural logarithm; NULL unless x is above 0.", ""},
  {"LOG10", "LOG10(x)", "The logarithm to base 10; NULL unless x is above 0.",
   ""},
  {"LOWER", "LOWER(x)", "ASCII letters in lower case.", ""},
  {"UPPER", "UPPER(x)", "ASCII letters in upper case.", ""},
  {"TRIM", "TRIM(x)", "Without blanks at both ends.", ""},
  {"LTRIM", "LTRIM(x)", "Without blanks at the start.", ""},
  {"RTRIM", "RTRIM(x)", "Without blanks at the end.", ""},
  {"LENGTH", "LENGTH(x)", "The number of characters.", ""},
  {"SUBSTR", "SUBSTR(x, start[, length])",
   "Characters of a text; the first is number 1.", "SUBSTR(name, 1, 3)"},
  {"REPLACE", "REPLACE(x, old, new)", "Every `old` in x becomes `new`.", ""},
  {"POSITION", "POSITION(needle, x)",
   "Where `needle` begins in x, from 1; 0 if it does not.", ""},
  {"CONCAT", "CONCAT(x, y, …)", "Texts one after the other.", ""},
  {"CONTAINS", "CONTAINS(x, y)",
   "Whether x contains the text y; ignores ASCII case.",
   "CONTAINS(name, 'lamp')"},
  {"STARTS_WITH", "STARTS_WITH(x, y)",
   "Whether x begins with the text y; ignores ASCII case.", ""},
  {"ENDS_WITH", "ENDS_WITH(x, y)",
   "Whether x ends with the text y; ignores ASCII case.", ""},
  {"NOW", "NOW()", "The moment of the query, in UTC.", ""},
  {"TODAY", "TODAY()", "The day of the query, in UTC.", ""},
  {"YEAR", "YEAR(x)", "The year of a date or timestamp.", ""},
  {"QUARTER", "QUARTER(x)", "The quarter, from 1 to 4.", ""},
  {"MONTH", "MONTH(x)", "The month, from 1 to 12.", ""},
  {"WEEK", "WEEK(x)", "The ISO week, from 1 to 53.", ""},
  {"DAY", "DAY(x)", "The day of the month.", ""},
  {"HOUR", "HOUR(x)", "The hour, from 0 to 23.", ""},
  {"MINUTE", "MINUTE(x)", "The minute, from 0 to 59.", ""},
  {"DAY_OF_WEEK", "DAY_OF_WEEK(x)", "The day of the week; 1 is Monday.", ""},
  {"DAY_OF_YEAR", "DAY_OF_YEAR(x)", "The day of the year, from 1.", ""},
  {"TRUNC", "TRUNC(x, unit)",
   "The start of the unit that x is in: 'day', 'week', 'month', …",
   "TRUNC(timestamp, 'month')"},
  {"BIN", "BIN(x, width)", "Rounds down to a multiple of a duration or number.",
   "BIN(timestamp, 15 MINUTES)"},
  {"DATE_DIFF", "DATE_DIFF(a, b, unit)", "a − b in whole units.",
   "DATE_DIFF(NOW(), timestamp, 'day')"},
  {"DATE_ADD", "DATE_ADD(x, n, unit)", "x and n units, which may be a column.",
   "DATE_ADD(installed_on, 30, 'day')"},
  {"FORMAT_DATE", "FORMAT_DATE(x, format)",
   "x as text, with %Y %m %d %H %M %S %j %y %B %b %A %a.",
   "FORMAT_DATE(timestamp, '%Y-%m')"},
  {"IF", "IF(condition, then, otherwise)",
   "`then` where the condition is true, else `otherwise`.",
   "IF(kwh > 3, 'high', 'low')"},
  {"COALESCE", "COALESCE(x, y, …)", "The first that is not NULL.", ""},
  {"NULLIF", "NULLIF(x, y)", "NULL where x equals y, else x.", ""},
  {"COUNT", "COUNT([DISTINCT] [x] [WHERE condition])",
   "The number of rows, of values that are not NULL, or of different values.",
   "COUNT(DISTINCT device_id)"},
  {"SUM", "SUM(x [WHERE condition])", "The sum; NULL over no rows.",
   "SUM(kwh WHERE is_estimated)"},
  {"AVG", "AVG(x [WHERE condition])", "The mean; NULL over no rows.", ""},
  {"MIN", "MIN(x [WHERE condition])", "The least value.", ""},
  {"MAX", "MAX(x [WHERE condition])", "The greatest value.", ""},
  {"MEDIAN", "MEDIAN(x [WHERE condition])", "The median.", ""},
  {"PERCENTILE", "PERCENTILE(x, p [WHERE condition])",
   "The continuous percentile; p is from 0 to 1.", "PERCENTILE(kwh, 0.9)"},
  {"STDDEV", "STDDEV(x [WHERE condition])", "The sample standard deviation.",
   ""},
  {"STDDEV_POP", "STDDEV_POP(x [WHERE condition])",
   "The standard deviation of a population.", ""},
  {"VARIANCE", "VARIANCE(x [WHERE condition])", "The sample variance.", ""},
  {"VARIANCE_POP", "VARIANCE_POP(x [WHERE condition])",
   "The variance of a population.", ""},
  {"STRING_AGG", "STRING_AGG([DISTINCT] x, separator [WHERE c] [SORT e])",
   "The texts one after the other, ordered by themselves if not said.",
   "STRING_AGG(name, ', ')"},
  {"ARG_MAX", "ARG_MAX(x, by [WHERE condition])",
   "x of the row with the greatest `by`.", "ARG_MAX(name, rated_power)"},
  {"ARG_MIN", "ARG_MIN(x, by [WHERE condition])",
   "x of the row with the least `by`.", ""},
  {"ANY", "ANY(condition)", "Whether it holds in some row.", ""},
  {"ALL", "ALL(condition)", "Whether it holds in every row.", ""},
  {"ANY_VALUE", "ANY_VALUE(x)", "Some value of the group.", ""},
  {"ROW_NUMBER", "ROW_NUMBER()", "1, 2, 3 … in the order of WINDOW.", ""},
  {"RANK", "RANK()", "The place, with gaps after equal rows.", ""},
  {"DENSE_RANK", "DENSE_RANK()", "The place, without gaps.", ""},
  {"PERCENT_RANK", "PERCENT_RANK()", "The place from 0 to 1.", ""},
  {"NTILE", "NTILE(n)", "The number of the n equal parts that a row is in.",
   ""},
  {"LAG", "LAG(x[, n[, default]])", "x of the row n rows before.",
   "LAG(kwh, 1)"},
  {"LEAD", "LEAD(x[, n[, default]])", "x of the row n rows after.", ""},
  {"FIRST", "FIRST(x)", "x of the first row of the frame.", ""},
  {"LAST", "LAST(x)", "x of the last row of the frame.", ""},
});

constexpr auto keywords = std::to_array<help_entry>({
  {"LET", "LET name = pipeline ;",
   "Names a pipeline, which what follows may use like a table. It is "
   "evaluated once.",
   "LET lights = SOURCE devices |> FILTER kind == 'light'; SOURCE lights"},
  {"AND", "a AND b", "Both hold.", ""},
  {"OR", "a OR b", "One of them holds.", ""},
  {"NOT", "NOT a", "It does not hold.", ""},
  {"IN", "x [NOT] IN (a, b, …) or x [NOT] IN (pipeline)",
   "Whether x is one of the values, or of the only column of a pipeline.", ""},
  {"IS", "x IS [NOT] NULL", "Whether x is missing.", ""},
  {"LIKE", "x [NOT] LIKE pattern",
   "`%` stands for any text and `_` for one character; ignores ASCII case.",
   ""},
  {"BETWEEN", "x [NOT] BETWEEN a AND b", "Both ends included.", ""},
  {"DURING", "x [NOT] DURING period",
   "Whether a date or timestamp is in a period: '2024', '2024-03', '2024-Q1', "
   "'2024-03-05', TODAY, YESTERDAY, THIS MONTH, LAST YEAR, LAST 7 DAYS, or a "
   "TO b.",
   "timestamp DURING '2024-01' TO '2024-03'"},
  {"CASE", "CASE WHEN condition THEN value … [ELSE value] END",
   "The value of the first condition that holds.", ""},
  {"WHEN", "CASE WHEN condition THEN value …", "A condition of CASE.", ""},
  {"THEN", "CASE WHEN condition THEN value …", "What the condition gives.", ""},
  {"ELSE", "CASE … ELSE value END", "What CASE gives if nothing holds.", ""},
  {"END", "CASE … END", "Ends CASE.", ""},
  {"CAST", "CAST(x AS INTEGER|REAL|TEXT|BOOLEAN|DATE|TIMESTAMP)",
   "The value as another type.", "CAST(rated_power AS REAL)"},
  {"NULL", "NULL", "No value.", ""},
  {"TRUE", "TRUE", "The boolean that holds.", ""},
  {"FALSE", "FALSE", "The boolean that does not hold.", ""},
  {"DATE", "DATE '2024-01-31'", "A day.", ""},
  {"TIMESTAMP", "TIMESTAMP '2024-01-31 08:00:00'", "A moment.", ""},
  {"BY", "AGGREGATE … BY key, …", "What makes a group, or what TOP compares.",
   ""},
  {"PER", "TOP … PER key, … or WINDOW … PER key, …",
   "Within each group of equal keys.", ""},
  {"ON", "JOIN ref ON predicate", "Which rows match.", ""},
  {"USING", "JOIN ref USING (column, …)",
   "Rows match that are equal in columns which both sides have; one column "
   "stays.",
   ""},
  {"DESC", "SORT expression DESC", "Greatest first.", ""},
  {"ASC", "TOP n BY expression ASC", "Least first.", ""},
  {"NULLS", "SORT expression NULLS FIRST|LAST", "Where NULLs come.", ""},
  {"OFFSET", "LIMIT n OFFSET m", "Leaves out the first m rows.", ""},
  {"WITH", "TOP … WITH TIES", "Keeps rows equal to the last.", ""},
  {"WHERE", "SUM(x WHERE condition)",
   "Only rows for which the condition holds count.", ""},
  {"RUNNING", "WINDOW … SORT … RUNNING", "All rows up to this one.", ""},
  {"ROLLING", "WINDOW … SORT … ROLLING n [unit]",
   "This row and the n − 1 before, or those of a span of time.",
   "ROLLING 7 DAYS"},
  {"ROWS", "WINDOW … SORT … ROWS a TO b",
   "The rows from a to b, counted from this one; those before are negative.",
   "ROWS -2 TO 2"},
  {"FOR", "PIVOT … FOR column IN (…)", "The column that is spread.", ""},
  {"THIS", "DURING THIS unit", "The calendar unit of now.", "THIS MONTH"},
  {"LAST", "DURING LAST unit or LAST n units",
   "The calendar unit before this one, or the time up to now.", "LAST 7 DAYS"},
  {"NEXT", "DURING NEXT unit or NEXT n units",
   "The calendar unit after this one, or the time from now.", "NEXT WEEK"},
  {"TODAY", "DURING TODAY", "The day of the query, in UTC.", ""},
  {"YESTERDAY", "DURING YESTERDAY", "The day before, in UTC.", ""},
  {"TO", "DURING a TO b or ROWS a TO b", "Both ends included.", ""},
  {"ALL", "UNION ALL", "Equal rows are kept.", ""},
  {"DISTINCT", "COUNT(DISTINCT x)", "Each value once.", ""},
});

const help_entry* find(std::span<const help_entry> table,
                       std::string_view word) {
  const auto i = std::find_if(table.begin(), table.end(), [&](const auto& x) {
    return is_keyword(word, x.word);
  });
  return i == table.end() ? nullptr : &*i;
}

} // namespace

std::span<const help_entry> operator_help() {
  return operators;
}

std::span<const help_entry> function_help() {
  return functions;
}

std::span<const help_entry> keyword_help() {
  return keywords;
}

const help_entry* find_operator_help(std::string_view word) {
  return find(operators, word);
}

const help_entry* find_function_help(std::string_view word) {
  return find(functions, word);
}

const help_entry* find_keyword_help(std::string_view word) {
  return find(keywords, word);
}

} // namespace aura::dsl::editor
