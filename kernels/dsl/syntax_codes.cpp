#include "kernels/dsl/codes.hpp"

#include <array>

namespace aura::dsl {

namespace {

constexpr auto error = severity::error;

// E0120 and E0122 have examples too long to stand here.
constexpr auto codes = std::to_array<code_entry>({
  {"AUR-E0101", error, "a text is not closed", "SOURCE t |> FILTER a == 'b"},
  {"AUR-E0102", error, "a comment is not closed", "SOURCE t /* all of it"},
  {"AUR-E0103", error, "a name in backticks is not closed", "SOURCE `my table"},
  {"AUR-E0104", error, "a character that begins nothing",
   "SOURCE t |> FILTER a == @b"},
  {"AUR-E0105", error, "bytes that are not UTF-8",
   "SOURCE t |> FILTER a == '\xff'"},
  {"AUR-E0106", error, "a number runs into letters",
   "SOURCE t |> FILTER a == 12kwh"},
  {"AUR-E0107", error, "a number of rows beyond 64 bits",
   "SOURCE t |> LIMIT 99999999999999999999"},
  {"AUR-E0108", error, "double quotes", "SOURCE t |> FILTER a == \"b\""},
  {"AUR-E0109", error, "the symbol of another language",
   "SOURCE t |> FILTER a = 'b'"},
  {"AUR-E0110", error, "something else is expected here",
   "SOURCE t |> FILTER a >"},
  {"AUR-E0111", error, "a pipeline does not begin with SOURCE",
   "FROM t |> LIMIT 1"},
  {"AUR-E0112", error, "no such operator", "SOURCE t |> FLITER a"},
  {"AUR-E0113", error, "the operator of another language",
   "SOURCE t |> WHERE a > 1"},
  {"AUR-E0114", error, "comparisons in a chain",
   "SOURCE t |> FILTER 1 < a < 3"},
  {"AUR-E0115", error, "NOT behind an operator that binds tighter",
   "SOURCE t |> FILTER a == NOT b"},
  {"AUR-E0116", error, "`*` for all columns", "SOURCE t |> SELECT *"},
  {"AUR-E0117", error, "a reserved word as a name", "SOURCE t |> SELECT end"},
  {"AUR-E0118", error, "a name without AS", "SOURCE t |> AGGREGATE SUM(a) b"},
  {"AUR-E0119", error, "TOP without a direction", "SOURCE t |> TOP 3 BY a"},
  {"AUR-E0120", error, "more than 1 MB of text", ""},
  {"AUR-E0121", error, "nested too deeply", ""},
  {"AUR-E0122", error, "more than 500 operators", ""},
  {"AUR-E0124", error, "`|>` is missing", "SOURCE t LIMIT 3"},
  {"AUR-E0125", error, "`|` instead of `|>`", "SOURCE t | LIMIT 3"},
  {"AUR-E0126", error, "text after the query", "SOURCE t; SOURCE u"},
  {"AUR-E0127", error, "an empty query", ""},
  {"AUR-E0128", error, "a period that does not exist",
   "SOURCE t |> FILTER a DURING '2024-13'"},
  {"AUR-E0130", error, "a regular expression",
   "SOURCE t |> FILTER a REGEXP 'b'"},
  {"AUR-E0131", error, "no such type",
   "SOURCE t |> SELECT CAST(a AS VARCHAR) AS b"},
  {"AUR-E0132", error, "a comparison with NULL",
   "SOURCE t |> FILTER a == NULL"},
  {"AUR-E0133", error, "recursion", "SOURCE t |> LOOP"},
  {"AUR-E0134", error, "sampling", "SOURCE t |> SAMPLE 10"},
  {"AUR-E0135", error, "literal rows", "SOURCE (VALUES (1))"},
  {"AUR-E0136", error, "a change of data or tables", "SOURCE t |> INSERT u"},
  {"AUR-E0137", error, "raw SQL", "SOURCE t |> SELECT s\"a\" AS b"},
  {"AUR-E0138", error, "EXISTS",
   "SOURCE t |> FILTER EXISTS (SOURCE u |> FILTER b > 1)"},
  {"AUR-E0139", error, "a CASE over a value",
   "SOURCE t |> SELECT CASE a WHEN 1 THEN 'b' END AS c"},
  {"AUR-E0140", error, "a duration as SQL writes it",
   "SOURCE t |> FILTER a > NOW() - INTERVAL '7' DAY"},
  {"AUR-E0141", error, "OVER beside a window function",
   "SOURCE t |> EXTEND SUM(a) OVER (PARTITION BY b) AS c"},
});

} // namespace

std::span<const code_entry> syntax_codes() {
  return codes;
}

} // namespace aura::dsl
