#include "kernels/dsl/codes.hpp"

#include <array>

namespace aura::dsl {

namespace {

constexpr auto error = severity::error;

// E0120, E0121 and E0122 have examples too long to be read.
constexpr auto codes = std::to_array<code_entry>({
  {"AUR-E0101", error, "a text is not closed",
   "A text begins and ends with a single quote; a quote inside of it is "
   "written twice: `'it''s'`.",
   "SOURCE devices |> FILTER room == 'Kitchen"},
  {"AUR-E0102", error, "a comment is not closed",
   "What begins with `/*` ends with `*/`.", "SOURCE devices /* all of them"},
  {"AUR-E0103", error, "a name in backticks is not closed",
   "A name that is reserved, or is not one word, stands between two backticks.",
   "SOURCE `devices"},
  {"AUR-E0104", error, "a character that begins nothing",
   "Outside of texts, comments and names in backticks there are letters, "
   "digits and the symbols of the language.",
   "SOURCE devices |> FILTER rated_power > #5"},
  {"AUR-E0105", error, "bytes that are not UTF-8",
   "A query is text in UTF-8. These bytes are in another encoding, or no text "
   "at all.",
   "SOURCE devices |> FILTER name == 'caf\xe9'"},
  {"AUR-E0106", error, "a number runs into letters",
   "A unit stands apart from its number, `7 DAYS`; digits are not grouped.",
   "SOURCE climate_stats |> FILTER timestamp > NOW() - 7d"},
  {"AUR-E0107", error, "a number of rows beyond 64 bits",
   "Numbers of rows go up to 9223372036854775807.",
   "SOURCE devices |> LIMIT 99999999999999999999"},
  {"AUR-E0108", error, "double quotes",
   "Texts stand in single quotes; names stand alone or in backticks. Double "
   "quotes mean one thing in SQL and another one elsewhere, so they mean "
   "nothing here.",
   "SOURCE devices |> FILTER room == \"Kitchen\""},
  {"AUR-E0109", error, "the spelling of another language",
   "The thing exists, and is written otherwise.",
   "SOURCE devices |> FILTER room = 'Kitchen' && is_online"},
  {"AUR-E0110", error, "something else is expected here",
   "The query ends too early, or goes on with what cannot stand at this place.",
   "SOURCE devices |> FILTER rated_power >"},
  {"AUR-E0111", error, "a pipeline does not begin with SOURCE",
   "Rows come from somewhere first: `SOURCE table`. A whole query of SQL, "
   "PRQL, "
   "KQL or pandas gets a fix that says all of it, where there is an "
   "equivalent.",
   "SELECT room, COUNT(*) AS n FROM devices GROUP BY room"},
  {"AUR-E0112", error, "no such operator",
   "After `|>` comes one of the operators.",
   "SOURCE devices |> FLITER is_online"},
  {"AUR-E0113", error, "the operator of another language",
   "The operator exists under another name, or takes its arguments in another "
   "way.",
   "SOURCE devices |> SUMMARIZE AVG(rated_power) BY room"},
  {"AUR-E0114", error, "comparisons in a chain",
   "`1 < a < 3` compares a truth value with 3 in some languages, and is a "
   "range "
   "in others. AND says which.",
   "SOURCE devices |> FILTER 100 < rated_power < 500"},
  {"AUR-E0115", error, "NOT behind an operator that binds tighter",
   "NOT binds weaker than comparisons, so it cannot stand to their right "
   "without parentheses.",
   "SOURCE devices |> FILTER is_online == NOT TRUE"},
  {"AUR-E0116", error, "`*` for all columns",
   "The columns are always listed. A pipeline without SELECT has all of them.",
   "SOURCE devices |> FILTER is_online |> SELECT *"},
  {"AUR-E0117", error, "a reserved word as a name",
   "About twenty words are reserved. In backticks each of them is a name.",
   "SOURCE devices |> SELECT name AS end"},
  {"AUR-E0118", error, "a name without AS",
   "A new name always stands behind AS, so that a missing comma cannot rename "
   "a "
   "column.",
   "SOURCE devices |> AGGREGATE SUM(rated_power) total"},
  {"AUR-E0119", error, "TOP without a direction",
   "Whether the top is the largest or the smallest is always written: ASC or "
   "DESC.",
   "SOURCE devices |> TOP 3 BY rated_power"},
  {"AUR-E0120", error, "more than 1 MB of text",
   "A query may have 1,048,576 bytes. Long lists of values belong into a "
   "table.",
   ""},
  {"AUR-E0121", error, "nested too deeply",
   "Parentheses and subqueries go 200 levels deep, chains of operators 600 "
   "long. A LET takes a part out.",
   ""},
  {"AUR-E0122", error, "more than 500 operators",
   "A query may have 500 operators behind `|>`.", ""},
  {"AUR-E0123", error, "more than 20,000 items in lists",
   "All lists of a query together may have 20,000 items. Long lists of values "
   "belong into a table: JOIN it, or write IN (SOURCE …).",
   ""},
  {"AUR-E0124", error, "`|>` is missing", "Each operator stands behind a `|>`.",
   "SOURCE devices LIMIT 3"},
  {"AUR-E0125", error, "`|` instead of `|>`",
   "Operators are separated by `|>`, as in the pipe syntax of SQL.",
   "SOURCE devices | FILTER is_online"},
  {"AUR-E0126", error, "text after the query",
   "A text holds one query; only a `;` may follow it. What is to be used twice "
   "is named by LET.",
   "SOURCE devices; SOURCE climate_stats"},
  {"AUR-E0127", error, "an empty query", "There is nothing to be answered.",
   " "},
  {"AUR-E0128", error, "a period that does not exist",
   "DURING takes a year, a quarter, a month or a day, such as '2024-Q1', and "
   "periods relative to now.",
   "SOURCE devices |> FILTER installed_on DURING '2024-13'"},
  {"AUR-E0130", error, "a regular expression",
   "SQLite has none, and dialects differ. LIKE, CONTAINS, STARTS_WITH and "
   "ENDS_WITH compare parts of a text.",
   "SOURCE devices |> FILTER name REGEXP '^Lamp'"},
  {"AUR-E0131", error, "no such type",
   "There are INTEGER, REAL, TEXT, BOOLEAN, DATE and TIMESTAMP.",
   "SOURCE devices |> SELECT CAST(rated_power AS VARCHAR(20)) AS power"},
  {"AUR-E0132", error, "a comparison with NULL",
   "`x == NULL` is never true, not even for NULL; IS NULL asks for it.",
   "SOURCE devices |> FILTER battery_level == NULL"},
  {"AUR-E0133", error, "recursion",
   "Not in version 1. A hierarchy of a known depth is a chain of paths.",
   "SOURCE devices |> LOOP"},
  {"AUR-E0134", error, "sampling",
   "Not in version 1: an answer would not be repeatable.",
   "SOURCE devices |> SAMPLE 10"},
  {"AUR-E0135", error, "literal rows",
   "Not in version 1. A list of values stands in `x IN (1, 2, 3)`.",
   "SOURCE (VALUES (1))"},
  {"AUR-E0136", error, "a change of data or tables",
   "Queries read, they change nothing.",
   "SOURCE devices |> DELETE room == 'Kitchen'"},
  {"AUR-E0137", error, "raw SQL",
   "Not in version 1: what cannot be checked cannot be promised.",
   "SOURCE devices |> SELECT s\"version()\" AS version"},
  {"AUR-E0138", error, "EXISTS",
   "Rows that have a match, or none, in another table are kept by SEMI JOIN "
   "and "
   "ANTI JOIN; IN compares one column.",
   "SOURCE devices |> FILTER EXISTS (SOURCE climate_stats |> FILTER humidity > "
   "80)"},
  {"AUR-E0139", error, "a CASE over a value",
   "CASE is followed by WHEN and a whole condition.",
   "SOURCE devices |> SELECT CASE kind WHEN 'light' THEN 'lamp' ELSE kind END "
   "AS kind"},
  {"AUR-E0140", error, "a duration as SQL writes it",
   "A duration is a number and a unit.",
   "SOURCE climate_stats |> FILTER timestamp > NOW() - INTERVAL '7' DAY"},
  {"AUR-E0141", error, "OVER beside a window function",
   "Windows are an operator of their own: PER cuts the rows into groups, SORT "
   "orders each, a frame says how far a function sees.",
   "SOURCE devices |> EXTEND RANK() OVER (PARTITION BY room ORDER BY "
   "rated_power DESC) AS place"},
});

} // namespace

std::span<const code_entry> syntax_codes() {
  return codes;
}

} // namespace aura::dsl
