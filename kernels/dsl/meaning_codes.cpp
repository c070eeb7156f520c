#include "kernels/dsl/codes.hpp"

#include <array>

namespace aura::dsl {

namespace {

constexpr auto error = severity::error;
constexpr auto warning = severity::warning;

// E0297 and E0298 have examples too long to be read; E0299 has none, it is a
// bug.
constexpr auto codes = std::to_array<code_entry>({
  {"AUR-E0201", error, "no such table",
   "SOURCE and JOIN take a table of the schema, a LET of this query, or a "
   "pipeline in parentheses.",
   "SOURCE device |> SELECT id"},
  {"AUR-E0202", error, "no such column here",
   "After every operator the list of columns is known and closed. A column may "
   "have existed before, may be reachable through a relation, or may be a "
   "value without its quotes.",
   "SOURCE energy_consumption |> FILTER room == 'Kitchen'"},
  {"AUR-E0203", error, "a name that means several columns",
   "Columns of one name may stand side by side while each has an alias; the "
   "alias says which.",
   "SOURCE devices |> JOIN climate_stats |> SELECT room"},
  {"AUR-E0204", error, "no such table, alias or relation in scope",
   "What stands before a dot is an alias first, then a relation of a table in "
   "scope. Aliases end at SELECT, AGGREGATE, DISTINCT, PIVOT and set "
   "operators.",
   "SOURCE energy_consumption |> SELECT devise.room"},
  {"AUR-E0205", error, "no such function",
   "What stands before `(` is one of the functions.",
   "SOURCE devices |> SELECT UPER(name) AS n"},
  {"AUR-E0206", error, "arguments that the function does not take",
   "The number of arguments, or DISTINCT, WHERE or SORT among them, does not "
   "belong to this function.",
   "SOURCE devices |> SELECT LOWER(name, room) AS n"},
  {"AUR-E0207", error, "a value of the wrong type",
   "Types are never guessed: a number where a text is needed is an error, and "
   "CAST says that it is meant.",
   "SOURCE devices |> SELECT name || rated_power AS label"},
  {"AUR-E0208", error, "values that do not compare",
   "Both sides of a comparison are numbers, texts, booleans, or dates. A plain "
   "text beside a date column is read as a date.",
   "SOURCE devices |> FILTER rated_power == '100'"},
  {"AUR-E0209", error, "AS is needed",
   "Anything but a column, a path or an aggregate of one column needs a name.",
   "SOURCE devices |> SELECT rated_power * 2"},
  {"AUR-E0210", error, "a name that is taken",
   "Two columns of one name cannot be told apart where aliases end. SET "
   "replaces a column, AS names another one.",
   "SOURCE devices |> EXTEND rated_power * 2 AS rated_power"},
  {"AUR-E0211", error, "an aggregate where none may stand",
   "Aggregates stand in AGGREGATE, WINDOW and PIVOT. A FILTER behind AGGREGATE "
   "is what SQL calls HAVING.",
   "SOURCE devices |> FILTER COUNT() > 1"},
  {"AUR-E0212", error, "neither a key nor an aggregate",
   "Within a group a column has many values: an aggregate makes one of them, "
   "or "
   "BY makes it a key.",
   "SOURCE devices |> AGGREGATE COUNT() + rated_power AS n"},
  {"AUR-E0213", error, "an aggregate inside another",
   "Aggregate twice: a second AGGREGATE works on the rows of the first.",
   "SOURCE devices |> AGGREGATE SUM(COUNT()) AS n"},
  {"AUR-E0214", error, "NULL where a value is compared",
   "Every comparison with NULL is neither true nor false; IS NULL asks for it.",
   "SOURCE devices |> FILTER battery_level BETWEEN NULL AND 5"},
  {"AUR-E0215", error, "NULL in a list",
   "NULL in a list matches nothing, and makes NOT IN match nothing at all; OR "
   "x "
   "IS NULL asks for it.",
   "SOURCE devices |> FILTER battery_level IN (1, NULL)"},
  {"AUR-E0216", error, "not a date",
   "Dates have the form 2024-01-31, timestamps 2024-01-31 08:00:00, and exist "
   "in the calendar.",
   "SOURCE devices |> FILTER installed_on == '2024-02-30'"},
  {"AUR-E0217", error, "not a period",
   "A period begins before it ends, and stands beside a DATE or TIMESTAMP.",
   "SOURCE devices |> FILTER installed_on DURING '2024' TO '2023'"},
  {"AUR-E0218", error, "a value that was not given",
   "A parameter gets its value from outside: `--param name=value`; NOW() gets "
   "it from `--now`.",
   "SOURCE devices |> FILTER rated_power > $least"},
  {"AUR-E0219", error, "not a condition",
   "FILTER, ON, WHERE and CASE WHEN take something that is true or false.",
   "SOURCE devices |> FILTER name"},
  {"AUR-E0220", error, "branches or operands of different types",
   "All results of IF, CASE, `??` and COALESCE have one type; NULL fits any, "
   "INTEGER gives way to REAL.",
   "SOURCE devices |> SELECT IF(is_online, 1, 'no') AS x"},
  {"AUR-E0221", error, "a number out of range",
   "Integers go from -9223372036854775808 to 9223372036854775807.",
   "SOURCE devices |> FILTER rated_power < 99999999999999999999"},
  {"AUR-E0222", error, "a duration that does not fit",
   "A date moves by a duration, such as 7 DAYS; a bare number has no unit.",
   "SOURCE devices |> SELECT installed_on + 7 AS x"},
  {"AUR-E0223", error, "window functions stand in WINDOW, and only they",
   "ROW_NUMBER, RANK, LAG and their like need an order of rows, which WINDOW "
   "has.",
   "SOURCE devices |> AGGREGATE ROW_NUMBER() AS n"},
  {"AUR-E0224", error, "a format that FORMAT_DATE does not know",
   "FORMAT_DATE knows %Y %m %d %H %M %S %j %y %B %b %A %a and %%.",
   "SOURCE devices |> SELECT FORMAT_DATE(installed_on, '%Q') AS x"},
  {"AUR-E0225", error, "a unit that does not fit",
   "Units are second, minute, hour, day, week, month, quarter and year; BIN "
   "takes those of a fixed length.",
   "SOURCE devices |> SELECT TRUNC(installed_on, 'moth') AS x"},
  {"AUR-E0226", error, "an argument that must be a certain literal",
   "Some arguments decide what is computed, so they are literals within "
   "bounds.",
   "SOURCE devices |> AGGREGATE PERCENTILE(rated_power, 90) AS p"},
  {"AUR-E0227", error, "ordering or grouping by a constant",
   "A number in SORT or BY is not the place of a column: it is the same for "
   "every row, so it orders and groups nothing.",
   "SOURCE devices |> SORT 1"},
  {"AUR-E0228", error, "columns that cannot be edited so",
   "DROP, RENAME and SET change columns of the rows here: no paths, and one "
   "column at least stays.",
   "SOURCE energy_consumption |> SET device.room = 'x'"},
  {"AUR-E0229", error, "set operators with different columns",
   "UNION, INTERSECT and EXCEPT match columns by name, and both sides have the "
   "same names.",
   "SOURCE devices |> SELECT id |> UNION (SOURCE devices |> SELECT name)"},
  {"AUR-E0230", error, "JOIN needs ON",
   "Without ON the one declared relation between both sides is followed. Here "
   "is none, or more than one.",
   "SOURCE devices |> JOIN devices AS d"},
  {"AUR-E0231", error, "USING takes columns of both sides",
   "A column of USING has the same name on both sides.",
   "SOURCE devices |> JOIN climate_stats USING (name)"},
  {"AUR-E0232", error, "a LET that is taken",
   "The name of a LET may neither hide a table nor stand for two pipelines.",
   "LET devices = SOURCE climate_stats; SOURCE devices"},
  {"AUR-E0233", error, "a LET that is used before it is defined",
   "A LET sees those above it.",
   "LET a = SOURCE b; LET b = SOURCE devices; SOURCE a"},
  {"AUR-E0234", error, "a subquery of several columns",
   "What IN or a comparison takes from a pipeline is one column; SELECT picks "
   "it.",
   "SOURCE devices |> FILTER id IN (SOURCE climate_stats)"},
  {"AUR-E0235", error, "a value of several rows",
   "A pipeline in place of a value has one row by construction: AGGREGATE "
   "without BY, or LIMIT 1.",
   "SOURCE devices |> FILTER rated_power > (SOURCE devices |> SELECT "
   "battery_level)"},
  {"AUR-E0236", error, "a correlated subquery",
   "A subquery sees the tables and LETs, not the row around it. JOIN, SEMI "
   "JOIN "
   "and WINDOW say the same.",
   "SOURCE climate_stats |> FILTER device_id IN (SOURCE devices |> FILTER "
   "rated_power > humidity |> SELECT id)"},
  {"AUR-E0237", error, "a frame that cannot be",
   "A frame needs SORT, ends after it begins, and ROLLING by time has one key "
   "that is a date.",
   "SOURCE devices |> WINDOW COUNT() AS n SORT id ROWS 2 TO 1"},
  {"AUR-E0238", error, "a frame beside nothing it applies to",
   "Frames apply to aggregates, FIRST and LAST; ranks see all rows anyway.",
   "SOURCE devices |> WINDOW RANK() AS r SORT id RUNNING"},
  {"AUR-E0239", error, "a path in ON",
   "On the right side of a JOIN the path would be a join inside the join; an "
   "operand in parentheses can follow it first.",
   "SOURCE climate_stats AS c |> JOIN devices AS d ON c.device.room == d.room "
   "|> SELECT d.id"},
  {"AUR-E0240", error, "a LET that refers to itself: recursion",
   "Recursion is not in version 1.", "LET a = SOURCE a; SOURCE a"},
  {"AUR-E0241", error, "the function of another language",
   "The function exists under another name, takes its arguments in another "
   "order, or is an expression here.",
   "SOURCE devices |> SELECT IFNULL(battery_level, 0) AS level"},
  {"AUR-E0297", error, "more than 2,000 columns",
   "That is as many as SQLite can return. SELECT names those that are wanted.",
   ""},
  {"AUR-E0298", error, "the SQL would be too long",
   "Some expressions name their operand twice in SQL; nested dozens of times "
   "they grow without bounds. EXTEND names a part of them.",
   ""},
  {"AUR-W0301", warning, "a value that is not declared",
   "The schema lists the values of this column, and this one is not among "
   "them, "
   "so that the comparison finds nothing.",
   "SOURCE devices |> FILTER room == 'kitchen'"},
  {"AUR-W0302", warning, "a comparison that is never true",
   "The schema declares the range of this column, and the number is outside of "
   "it. Units may be mixed up.",
   "SOURCE climate_stats |> FILTER humidity > 100"},
  {"AUR-W0303", warning, "!= drops the rows without a value",
   "NULL != 5 is neither true nor false, so rows without a value go. If they "
   "are to stay, OR x IS NULL keeps them; if not, AND x IS NOT NULL says so.",
   "SOURCE devices |> FILTER battery_level != 5"},
  {"AUR-W0304", warning, "an order that does not decide",
   "Which of several equal rows LIMIT, TOP or a frame takes is not defined. A "
   "key at the end of SORT decides, and so does `--deterministic`.",
   "SOURCE devices |> SORT room |> LIMIT 3"},
  {"AUR-W0305", warning, "a SORT without effect",
   "What follows has no order, or another one.",
   "SOURCE devices |> SORT id |> AGGREGATE COUNT()"},
  {"AUR-W0306", warning, "BETWEEN loses the last day",
   "A day beside a timestamp is its midnight, so BETWEEN ends as the last day "
   "begins. DURING includes all of it.",
   "SOURCE climate_stats |> FILTER timestamp BETWEEN '2024-01-01' AND "
   "'2024-01-31'"},
  {"AUR-W0307", warning, "a column that is not used",
   "It is computed, and then neither shown nor used.",
   "SOURCE devices |> EXTEND rated_power * 2 AS x |> SELECT id"},
  {"AUR-W0308", warning, "a JOIN of all with all",
   "ON does not compare the two sides, so that every row meets every other. "
   "CROSS JOIN says that this is meant.",
   "SOURCE climate_stats AS c |> JOIN devices AS d ON d.is_online |> SELECT "
   "d.id"},
  {"AUR-W0309", warning, "a LET that is not used",
   "It is named, and nothing reads it.",
   "LET d = SOURCE devices; SOURCE climate_stats"},
  {"AUR-W0310", warning, "an aggregate over repeated rows",
   "A JOIN to many repeats the rows of the left side, and each repetition "
   "counts. Aggregate before the JOIN, or follow a path from the many side.",
   "SOURCE devices |> JOIN climate_stats |> AGGREGATE SUM(rated_power)"},
  {"AUR-W0311", warning, "PIVOT leaves out declared values",
   "Rows with the other declared values are in no column.",
   "SOURCE devices |> PIVOT COUNT() FOR room IN ('Kitchen' AS kitchen)"},
});

} // namespace

std::span<const code_entry> meaning_codes() {
  return codes;
}

} // namespace aura::dsl
