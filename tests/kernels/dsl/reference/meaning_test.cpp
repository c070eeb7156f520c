#include "kernels/dsl/parser.hpp"
#include "kernels/dsl/reference/interpret.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

// What the design page of the language says, in small: the answers are worked
// out by hand.

namespace aura::dsl::interpreter {

namespace {

schema::column column(std::string name, schema::type type) {
  auto result = schema::column{};
  result.name = std::move(name);
  result.type = type;
  result.nullable = true;
  return result;
}

// Draws of water: a day as text, a moment as epoch, a relation to a room.
schema::schema house() {
  using schema::type;
  auto rooms = schema::table{};
  rooms.name = "rooms";
  rooms.columns = {column("id", type::integer), column("title", type::text),
                   column("parent", type::integer)};
  rooms.primary_key = {"id"};
  rooms.relations = {{"above", "rooms", {{"parent", "id"}}}};
  auto draws = schema::table{};
  draws.name = "draws";
  draws.columns
    = {column("id", type::integer),     column("room_id", type::integer),
       column("litres", type::real),    column("day", type::date),
       column("seen", type::timestamp), column("hot", type::boolean)};
  draws.columns[4].format = schema::date_format::epoch_seconds;
  draws.primary_key = {"id"};
  draws.relations = {{"room", "rooms", {{"room_id", "id"}}}};
  auto result = schema::schema{};
  result.name = "house";
  result.tables = {rooms, draws};
  return result;
}

record cells(std::initializer_list<datum> x) {
  return x;
}

const auto null = datum{};

datum whole(std::int64_t x) {
  return x;
}

database state() {
  return {
    {{"rooms",
      {cells({whole(1), "Küche", null}), cells({whole(2), "Bad", whole(1)}),
       cells({whole(3), "bad", whole(9)})}},
     {"draws",
      {cells(
         {whole(1), whole(1), 2.5, "2024-01-31", whole(1706688000), whole(1)}),
       cells(
         {whole(2), whole(2), 2.5, "2024-02-29", whole(1709251199), whole(0)}),
       cells({whole(3), whole(2), null, "2024-03-01", null, null}),
       cells({whole(4), null, -1.0, null, whole(-1), whole(1)})}}}};
}

expected<answer> ask(const std::string& text) {
  const auto tree = parse(text);
  EXPECT_TRUE(tree.query) << text;
  if (!tree.query)
    return fault{errc::syntax_error, text};
  auto options = interpret_options{};
  options.now = "2024-03-01 12:00:00";
  options.parameters["least"] = std::int64_t{2};
  options.parameters["day"] = std::string{"2024-02-29"};
  return interpret(*tree.query, house(), state(), options);
}

// Rows as `1|NULL|'x'`, separated by blanks.
std::string rows_of(const std::string& text) {
  const auto found = ask(text);
  if (!found)
    return found.error().message;
  auto result = std::string{};
  for (const auto& row : found->rows) {
    result += result.empty() ? "" : " ";
    for (std::size_t i = 0; i < row.size(); ++i)
      result += (i > 0 ? "|" : "") + to_literal(row[i]);
  }
  return result;
}

// What one expression gives for the first draw.
std::string value_of(const std::string& x) {
  return rows_of("SOURCE draws |> FILTER id == 1 |> SELECT " + x + " AS x");
}

struct entry {
  const char* what;
  const char* means;
};

TEST(Reference, WorksOutExpressions) {
  const auto table = std::vector<entry>{
    // Arithmetic.
    {"7 / 2", "3.5"},
    {"7 // 2", "3"},
    {"-7 // 2", "-3"},
    {"7.0 // 2", "3.0"},
    {"-7 % 3", "-1"},
    {"5.5 % 2", "1.5"},
    {"1 / 0", "NULL"},
    {"1 // 0", "NULL"},
    {"1.5 % 0", "NULL"},
    {"2 + 3 * 4", "14"},
    {"-9223372036854775808", "-9223372036854775808"},
    {"ROUND(2.5)", "3.0"},
    {"ROUND(-2.5)", "-3.0"},
    {"ROUND(2.675, 2)", "2.68"},
    {"ROUND(1250, -2)", "1300"},
    {"FLOOR(-1.5)", "-2.0"},
    {"SIGN(-0.5)", "-1"},
    {"SQRT(-1)", "NULL"},
    {"LN(0)", "NULL"},
    {"POWER(0, -1)", "NULL"},
    {"BIN(-7, 5)", "-10"},
    {"BIN(7.5, 2)", "6.0"},
    // Three values.
    {"NULL AND FALSE", "0"},
    {"NULL AND TRUE", "NULL"},
    {"NULL OR TRUE", "1"},
    {"NOT NULL", "NULL"},
    {"1 IN (1, 2)", "1"},
    {"NULLIF(1, 1)", "NULL"},
    {"IF(NULL, 1, 2.5)", "2.5"},
    {"IF(TRUE, 1, 2.5)", "1.0"},
    {"CASE WHEN FALSE THEN 1 END", "NULL"},
    {"2 BETWEEN 1 AND 2", "1"},
    // Text in characters, ASCII case.
    {"LENGTH('Köln')", "4"},
    {"SUBSTR('Köln', 2, 2)", "'öl'"},
    {"POSITION('l', 'Köln')", "3"},
    {"POSITION('L', 'Köln')", "0"},
    {"UPPER('Köln')", "'KöLN'"},
    {"'KÖLN' LIKE 'kÖl_'", "1"},
    {"'50%' LIKE '50\\%'", "1"},
    {"'501' LIKE '50\\%'", "0"},
    {"CONTAINS('50% OFF', '% off')", "1"},
    {"STARTS_WITH('abc', 'AB')", "1"},
    {"ENDS_WITH('abc', '')", "1"},
    {"'a' || NULL", "NULL"},
    {"REPLACE('aXbX', 'X', '')", "'ab'"},
    {"TRIM('  x ')", "'x'"},
    // Casts.
    {"CAST('12abc' AS INTEGER)", "12"},
    {"CAST('x' AS REAL)", "0.0"},
    {"CAST(2.9 AS INTEGER)", "2"},
    {"CAST(2.0 AS TEXT)", "'2.0'"},
    {"CAST(0.1 + 0.2 AS TEXT)", "'0.3'"},
    {"CAST(TRUE AS TEXT)", "'true'"},
    {"CAST('Yes' AS BOOLEAN)", "1"},
    {"CAST('maybe' AS BOOLEAN)", "NULL"},
    {"CAST('2024-02-30' AS DATE)", "NULL"},
    {"CAST('2024-02-29 10:00:00.5Z' AS TIMESTAMP)", "'2024-02-29 10:00:00'"},
    {"CAST(seen AS DATE)", "'2024-01-31'"},
    // Time.
    {"seen", "'2024-01-31 08:00:00'"},
    {"day + 1 MONTH", "'2024-02-29'"},
    {"day - 1 HOUR", "'2024-01-30 23:00:00'"},
    {"seen + 1 YEAR", "'2025-01-31 08:00:00'"},
    {"TRUNC(seen, 'week')", "'2024-01-29 00:00:00'"},
    {"TRUNC(day, 'quarter')", "'2024-01-01'"},
    {"BIN(seen, 3 HOURS)", "'2024-01-31 06:00:00'"},
    {"BIN(day, 2 WEEKS)", "'2024-01-22'"},
    {"WEEK(DATE '2021-01-03')", "53"},
    {"WEEK(DATE '2018-12-31')", "1"},
    {"DAY_OF_WEEK(DATE '2024-06-16')", "7"},
    {"DAY_OF_YEAR(DATE '2024-12-31')", "366"},
    {"DATE_DIFF(DATE '2024-02-29', DATE '2024-01-31', 'month')", "1"},
    {"DATE_DIFF(DATE '2024-02-28', DATE '2024-01-31', 'month')", "0"},
    {"DATE_DIFF(DATE '2024-01-29', DATE '2024-02-29', 'month')", "-1"},
    {"DATE_DIFF(NOW(), seen, 'day')", "30"},
    {"DATE_ADD(day, -1, 'quarter')", "'2023-10-31'"},
    {"FORMAT_DATE(seen, '%a %d. %b %Y %j%%')", "'Wed 31. Jan 2024 031%'"},
    {"TODAY() - 1 DAY", "'2024-02-29'"},
    {"day == '2024-01-31'", "1"},
    {"seen > '2024-01-31'", "1"},
    {"seen DURING '2024-Q1'", "1"},
    {"day DURING LAST 30 DAYS", "1"},
    {"day DURING LAST 29 DAYS", "0"},
    {"seen DURING LAST MONTH TO TODAY", "0"},
    {"seen DURING LAST YEAR TO TODAY", "1"},
    // Parameters, paths, subqueries.
    {"$least + 1", "3"},
    {"day < $day", "1"},
    {"room.title", "'Küche'"},
    {"room.above.title", "NULL"},
    {"(SOURCE draws |> AGGREGATE MAX(litres))", "2.5"},
    {"(SOURCE draws |> FILTER FALSE |> SORT id |> LIMIT 1 |> SELECT id)",
     "NULL"},
    {"room_id NOT IN (SOURCE rooms |> SELECT parent)", "0"},
    {"NULL IN (SOURCE rooms |> SELECT parent)", "0"},
  };
  for (const auto& [what, means] : table)
    EXPECT_EQ(value_of(what), means) << what;
}

TEST(Reference, WorksOutOperators) {
  const auto table = std::vector<entry>{
    {"SOURCE draws |> SORT litres |> SELECT id", "4 1 2 3"},
    {"SOURCE draws |> SORT litres DESC NULLS FIRST, id DESC |> SELECT id",
     "3 2 1 4"},
    {"SOURCE draws |> SORT id DESC |> SET id = -id |> LIMIT 2 OFFSET 1 |> "
     "SELECT id",
     "-3 -2"},
    {"SOURCE rooms |> RENAME id AS parent, parent AS id |> SELECT id, parent",
     "NULL|1 1|2 9|3"},
    {"SOURCE rooms |> SET id = parent, parent = id |> SELECT id, parent",
     "NULL|1 1|2 9|3"},
    {"SOURCE draws |> AGGREGATE COUNT(), SUM(litres), COUNT(litres), "
     "COUNT(WHERE hot) AS h",
     "4|4.0|3|2"},
    {"SOURCE draws |> FILTER FALSE |> AGGREGATE COUNT(), SUM(litres), ANY(hot) "
     "AS a, ALL(hot) AS b",
     "0|NULL|0|1"},
    {"SOURCE draws |> AGGREGATE room_id * 10 + COUNT() AS x BY room_id |> SORT "
     "x",
     "1|11 2|22 NULL|NULL"},
    {"SOURCE draws |> AGGREGATE MEDIAN(litres), PERCENTILE(litres, 0.25), "
     "VARIANCE_POP(id), STDDEV(id WHERE id == 1) AS s",
     "2.5|0.75|1.25|NULL"},
    {"SOURCE rooms |> AGGREGATE STRING_AGG(title, ','), STRING_AGG(title, ',' "
     "SORT id DESC) AS d, STRING_AGG(DISTINCT LOWER(title), ',') AS u",
     "'Bad,Küche,bad'|'bad,Bad,Küche'|'bad,küche'"},
    {"SOURCE draws |> AGGREGATE ARG_MAX(id, litres) AS most, ARG_MIN(id, seen) "
     "AS first",
     "1|4"},
    {"SOURCE draws |> TOP 1 BY litres DESC WITH TIES |> SELECT id", "1 2"},
    {"SOURCE draws |> TOP 1 BY id DESC PER room_id |> SORT id |> SELECT id",
     "1 3 4"},
    {"SOURCE draws |> SELECT litres |> DISTINCT |> SORT litres",
     "-1.0 2.5 NULL"},
    {"SOURCE rooms |> JOIN draws |> SORT draws.id |> SELECT draws.id, title",
     "1|'Küche' 2|'Bad' 3|'Bad'"},
    {"SOURCE rooms |> ANTI JOIN draws |> SELECT id", "3"},
    {"SOURCE draws |> SELECT id, room_id |> FULL JOIN (SOURCE rooms |> SELECT "
     "id AS room_id, title) USING (room_id) |> SORT room_id, id",
     "1|1|'Küche' 2|2|'Bad' 3|2|'Bad' NULL|3|'bad' 4|NULL|NULL"},
    {"SOURCE rooms AS a |> RIGHT JOIN rooms AS b ON a.id == b.parent |> SORT "
     "b.id |> SELECT a.id AS x, b.id AS y",
     "NULL|1 1|2 NULL|3"},
    {"SOURCE rooms |> SELECT id AS x |> UNION (SOURCE draws |> SELECT litres "
     "AS "
     "x) |> SORT x",
     "-1.0 1.0 2.0 2.5 3.0 NULL"},
    {"SOURCE draws |> SELECT litres |> INTERSECT ALL (SOURCE draws |> FILTER "
     "id "
     "< 4 |> SELECT litres) |> SORT litres",
     "2.5 2.5 NULL"},
    {"SOURCE draws |> SELECT litres |> EXCEPT ALL (SOURCE draws |> FILTER id "
     "== 1 |> SELECT litres) |> SORT litres",
     "-1.0 2.5 NULL"},
    {"SOURCE draws |> SELECT litres |> EXCEPT (SOURCE draws |> FILTER id == 1 "
     "|> SELECT litres) |> SORT litres",
     "-1.0 NULL"},
    {"SOURCE draws |> WINDOW SUM(id) AS s SORT id ROLLING 2 |> SORT id |> "
     "SELECT s",
     "1 3 5 7"},
    {"SOURCE draws |> WINDOW SUM(id) AS s SORT id ROWS 1 TO 2 |> SORT id |> "
     "SELECT s",
     "5 7 4 NULL"},
    {"SOURCE draws |> WINDOW COUNT() AS n SORT day ROLLING 1 MONTH |> SORT id "
     "|> SELECT n",
     "1 2 2 1"},
    {"SOURCE draws |> WINDOW COUNT() AS n SORT day ROLLING 30 DAYS |> SORT id "
     "|> SELECT n",
     "1 2 2 1"},
    {"SOURCE draws |> WINDOW RANK() AS r, DENSE_RANK() AS d, PERCENT_RANK() AS "
     "p SORT litres |> SORT id |> SELECT r, d, p",
     "2|2|0.3333333333333333 2|2|0.3333333333333333 4|3|1.0 1|1|0.0"},
    {"SOURCE draws |> WINDOW LAG(id, 1, 0) AS a, LEAD(id) AS b, NTILE(3) AS t "
     "PER hot SORT id |> SORT id |> SELECT a, b, t",
     "0|4|1 0|NULL|1 0|NULL|1 1|NULL|2"},
    {"SOURCE draws |> PIVOT SUM(id) FOR room.title IN ('Bad', 'Keller' AS k)",
     "5|NULL"},
    {"SOURCE draws |> PIVOT COUNT() FOR hot IN (TRUE AS yes, FALSE AS no) BY "
     "litres > 0 AS wet |> SORT wet",
     "0|1|0 1|1|1 NULL|0|0"},
    {"SOURCE rooms |> UNPIVOT v FOR k IN (id, parent) |> FILTER title == "
     "'Küche'",
     "'Küche'|'id'|1 'Küche'|'parent'|NULL"},
    {"LET a = SOURCE rooms |> SELECT id; SOURCE a |> JOIN a AS b ON a.id < "
     "b.id "
     "|> AGGREGATE COUNT()",
     "3"},
    {"SOURCE rooms |> FILTER above.title IS NOT NULL |> DROP parent |> SELECT "
     "above.title",
     "'Küche'"},
  };
  for (const auto& [what, means] : table)
    EXPECT_EQ(rows_of(what), means) << what;
}

TEST(Reference, SaysWhatTheLanguageLeavesOpen) {
  const auto open = [](const std::string& text) {
    const auto found = ask(text);
    EXPECT_TRUE(found) << text;
    return found && !found->open.empty();
  };
  EXPECT_TRUE(open("SOURCE draws |> LIMIT 1"));
  EXPECT_TRUE(open("SOURCE draws |> SORT litres DESC |> LIMIT 1"));
  EXPECT_TRUE(open("SOURCE draws |> TOP 1 BY litres DESC"));
  EXPECT_TRUE(open("SOURCE draws |> WINDOW ROW_NUMBER() AS n SORT litres"));
  EXPECT_TRUE(open("SOURCE draws |> WINDOW SUM(id) AS n SORT litres RUNNING"));
  EXPECT_TRUE(open("SOURCE draws |> SELECT 9223372036854775807 + id AS x"));
  EXPECT_TRUE(open("SOURCE draws |> SELECT day + 9000 YEARS AS x"));
  EXPECT_FALSE(open("SOURCE draws |> SORT litres DESC |> LIMIT 2"));
  EXPECT_FALSE(open("SOURCE draws |> LIMIT 4"));
  EXPECT_FALSE(open("SOURCE draws |> TOP 1 BY litres DESC WITH TIES"));
  EXPECT_FALSE(open("SOURCE draws |> WINDOW RANK() AS n SORT litres"));
  EXPECT_FALSE(open("SOURCE draws |> WINDOW FIRST(litres) AS n SORT litres"));
  // Rows that nobody can tell apart may be cut anywhere.
  EXPECT_FALSE(open("SOURCE draws |> SELECT litres |> FILTER litres > 0 |> "
                    "SORT litres |> LIMIT 1"));
}

TEST(Reference, RefusesWhatMeansNothing) {
  for (const auto* text :
       {"SOURCE nothing", "SOURCE draws |> FILTER nothing == 1",
        "SOURCE draws |> AGGREGATE AVG(litres) |> SORT id",
        "SOURCE draws |> WINDOW LAG() AS x SORT id",
        "SOURCE draws |> FILTER SUM(id) > 1", "SOURCE draws |> JOIN draws AS b",
        "SOURCE rooms |> SELECT id |> UNION rooms",
        "SOURCE rooms |> JOIN draws |> SELECT id",
        "SOURCE draws |> SELECT $nothing AS x",
        "SOURCE draws |> SELECT (SOURCE rooms |> SELECT id) AS x"}) {
    const auto found = ask(text);
    ASSERT_FALSE(found) << text;
    EXPECT_EQ(found.error().code, errc::resolve_error) << text;
  }
}

TEST(Reference, KeepsToItsLimitsAndToCanonicalCells) {
  const auto tree = parse("SOURCE draws |> CROSS JOIN rooms |> AGGREGATE "
                          "COUNT()");
  ASSERT_TRUE(tree.query);
  auto options = interpret_options{};
  options.max_rows = 11;
  EXPECT_EQ(interpret(*tree.query, house(), state(), options).error().code,
            errc::resource_limit);
  options.max_rows = 12;
  EXPECT_TRUE(interpret(*tree.query, house(), state(), options));
  options.max_steps = 20;
  EXPECT_EQ(interpret(*tree.query, house(), state(), options).error().code,
            errc::resource_limit);
  auto damaged = state();
  damaged.tables[1].rows[0][3] = "2024-1-31";
  EXPECT_EQ(interpret(*tree.query, house(), damaged, {}).error().code,
            errc::damaged_file);
}

TEST(Reference, ComparesAnswersUpToTies) {
  auto x = answer{};
  x.rows = {{whole(1), 0.5}, {whole(2), 0.5}, {whole(3), 0.25}};
  auto same = x.rows;
  std::swap(same[0], same[2]);
  EXPECT_EQ(difference(x, same), "");
  x.ordered = true;
  x.ranks = {0, 0, 1};
  EXPECT_NE(difference(x, same), "");
  same = x.rows;
  std::swap(same[0], same[1]);
  EXPECT_EQ(difference(x, same), "");
  same[0][1] = 0.5 + 1e-12;
  EXPECT_EQ(difference(x, same), "");
  same[0][1] = 0.5001;
  EXPECT_NE(difference(x, same), "");
  // Equally often, too.
  same = {x.rows[0], x.rows[0], x.rows[2]};
  EXPECT_NE(difference(x, same), "");
  same.pop_back();
  EXPECT_EQ(difference(x, same), "2 rows instead of 3");
}

} // namespace

} // namespace aura::dsl::interpreter
