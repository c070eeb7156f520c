#include "kernels/dsl/codes.hpp"

#include <array>

namespace aura::dsl {

namespace {

constexpr auto error = severity::error;
constexpr auto warning = severity::warning;

// E0297 and E0298 have examples too long to stand here; E0299 has none, it is a
// bug.
constexpr auto codes = std::to_array<code_entry>({
  {"AUR-E0201", error, "no such table", "SOURCE device |> SELECT id"},
  {"AUR-E0202", error, "no such column here",
   "SOURCE energy_consumption |> FILTER room == 'Kitchen'"},
  {"AUR-E0203", error, "a name that means several columns",
   "SOURCE devices |> JOIN climate_stats |> SELECT room"},
  {"AUR-E0204", error, "no such table, alias or relation in scope",
   "SOURCE energy_consumption |> SELECT devise.room"},
  {"AUR-E0205", error, "no such function",
   "SOURCE devices |> SELECT UPERCASE(name) AS n"},
  {"AUR-E0206", error, "arguments that the function does not take",
   "SOURCE devices |> SELECT LOWER(name, room) AS n"},
  {"AUR-E0207", error, "a value of the wrong type",
   "SOURCE devices |> SELECT ABS(name) AS n"},
  {"AUR-E0208", error, "values that do not compare",
   "SOURCE devices |> FILTER rated_power == '100'"},
  {"AUR-E0209", error, "AS is needed",
   "SOURCE devices |> SELECT rated_power * 2"},
  {"AUR-E0210", error, "a name that is taken",
   "SOURCE devices |> EXTEND rated_power * 2 AS rated_power"},
  {"AUR-E0211", error, "an aggregate where none may stand",
   "SOURCE devices |> FILTER COUNT() > 1"},
  {"AUR-E0212", error, "neither a key nor an aggregate",
   "SOURCE devices |> AGGREGATE COUNT() + rated_power AS n"},
  {"AUR-E0213", error, "an aggregate inside another",
   "SOURCE devices |> AGGREGATE SUM(COUNT()) AS n"},
  {"AUR-E0214", error, "a comparison with NULL",
   "SOURCE devices |> FILTER battery_level BETWEEN NULL AND 5"},
  {"AUR-E0215", error, "NULL in a list",
   "SOURCE devices |> FILTER battery_level IN (1, NULL)"},
  {"AUR-E0216", error, "not a date",
   "SOURCE devices |> FILTER installed_on == '2024-02-30'"},
  {"AUR-E0217", error, "not a period",
   "SOURCE devices |> FILTER installed_on DURING '2024' TO '2023'"},
  {"AUR-E0218", error, "a value that was not given",
   "SOURCE devices |> FILTER rated_power > $least"},
  {"AUR-E0219", error, "not a condition", "SOURCE devices |> FILTER name"},
  {"AUR-E0220", error, "branches or operands of different types",
   "SOURCE devices |> SELECT IF(is_online, 1, 'no') AS x"},
  {"AUR-E0221", error, "a number out of range",
   "SOURCE devices |> FILTER rated_power < 99999999999999999999"},
  {"AUR-E0222", error, "a duration that does not fit",
   "SOURCE devices |> SELECT installed_on + 7 AS x"},
  {"AUR-E0223", error, "window functions stand in WINDOW, and only they",
   "SOURCE devices |> AGGREGATE ROW_NUMBER() AS n"},
  {"AUR-E0224", error, "a format that FORMAT_DATE does not know",
   "SOURCE devices |> SELECT FORMAT_DATE(installed_on, '%Q') AS x"},
  {"AUR-E0225", error, "a unit that does not fit",
   "SOURCE devices |> SELECT TRUNC(installed_on, 'moth') AS x"},
  {"AUR-E0226", error, "an argument that must be a certain literal",
   "SOURCE devices |> AGGREGATE PERCENTILE(rated_power, 90) AS p"},
  {"AUR-E0227", error, "ordering or grouping by a constant",
   "SOURCE devices |> SORT 1"},
  {"AUR-E0228", error, "columns that cannot be edited so",
   "SOURCE energy_consumption |> SET device.room = 'x'"},
  {"AUR-E0229", error, "set operators with different columns",
   "SOURCE devices |> SELECT id |> UNION (SOURCE devices |> SELECT name)"},
  {"AUR-E0230", error, "JOIN needs ON", "SOURCE devices |> JOIN devices AS d"},
  {"AUR-E0231", error, "USING takes columns of both sides",
   "SOURCE devices |> JOIN climate_stats USING (name)"},
  {"AUR-E0232", error, "a LET that is taken",
   "LET devices = SOURCE climate_stats; SOURCE devices"},
  {"AUR-E0233", error, "a LET that is used before it is defined",
   "LET a = SOURCE b; LET b = SOURCE devices; SOURCE a"},
  {"AUR-E0234", error, "a subquery of several columns",
   "SOURCE devices |> FILTER id IN (SOURCE climate_stats)"},
  {"AUR-E0235", error, "a value of several rows",
   "SOURCE devices |> FILTER rated_power > (SOURCE devices |> SELECT "
   "battery_level)"},
  {"AUR-E0236", error, "a correlated subquery",
   "SOURCE climate_stats |> FILTER device_id IN (SOURCE devices |> FILTER "
   "rated_power > humidity |> SELECT id)"},
  {"AUR-E0237", error, "a frame that cannot be",
   "SOURCE devices |> WINDOW COUNT() AS n RUNNING"},
  {"AUR-E0238", error, "a frame beside nothing it applies to",
   "SOURCE devices |> WINDOW RANK() AS r SORT id RUNNING"},
  {"AUR-E0239", error, "a path in ON",
   "SOURCE climate_stats AS c |> JOIN devices AS d ON c.device.room == d.room "
   "|> SELECT d.id"},
  {"AUR-E0240", error, "a LET that refers to itself: recursion",
   "LET a = SOURCE a; SOURCE a"},
  {"AUR-E0241", error, "the function of another language",
   "SOURCE devices |> SELECT IFNULL(battery_level, 0) AS level"},
  {"AUR-E0297", error, "more than 2,000 columns", ""},
  {"AUR-E0298", error, "the SQL would be too long", ""},
  {"AUR-W0301", warning, "a value that is not declared",
   "SOURCE devices |> FILTER room == 'kitchen'"},
  {"AUR-W0302", warning, "a comparison that is never true",
   "SOURCE climate_stats |> FILTER humidity > 100"},
  {"AUR-W0303", warning, "!= drops the rows without a value",
   "SOURCE devices |> FILTER battery_level != 5"},
  {"AUR-W0304", warning, "an order that does not decide",
   "SOURCE devices |> LIMIT 3"},
  {"AUR-W0305", warning, "a SORT without effect",
   "SOURCE devices |> SORT id |> AGGREGATE COUNT()"},
  {"AUR-W0306", warning, "BETWEEN loses the last day",
   "SOURCE climate_stats |> FILTER timestamp BETWEEN '2024-01-01' AND "
   "'2024-01-31'"},
  {"AUR-W0307", warning, "a column that is not used",
   "SOURCE devices |> EXTEND rated_power * 2 AS x |> SELECT id"},
  {"AUR-W0308", warning, "a JOIN of all with all",
   "SOURCE climate_stats AS c |> JOIN devices AS d ON d.is_online |> SELECT "
   "d.id"},
  {"AUR-W0309", warning, "a LET that is not used",
   "LET d = SOURCE devices; SOURCE climate_stats"},
  {"AUR-W0310", warning, "an aggregate over repeated rows",
   "SOURCE devices |> JOIN climate_stats |> AGGREGATE SUM(rated_power)"},
  {"AUR-W0311", warning, "PIVOT leaves out declared values",
   "SOURCE devices |> PIVOT COUNT() FOR room IN ('Kitchen' AS kitchen)"},
});

} // namespace

std::span<const code_entry> meaning_codes() {
  return codes;
}

} // namespace aura::dsl
