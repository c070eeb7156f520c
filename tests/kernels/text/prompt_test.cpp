#include "kernels/text/prompt.hpp"

#include "kernels/base/random.hpp"

#include <gtest/gtest.h>

namespace aura::text {
namespace {

schema::schema house() {
  schema::schema s;
  schema::table devices;
  devices.name = "devices";
  for (auto name : {"id", "room"}) {
    schema::column c;
    c.name = name;
    devices.columns.push_back(c);
  }
  devices.columns[1].values.push_back({std::string{"Living Room"}, ""});
  auto energy = devices;
  energy.name = "energy";
  energy.columns[1].name = "kwh";
  energy.columns[1].values.clear();
  energy.relations.push_back({"device", "devices", {{"id", "id"}}});
  s.tables = {devices, energy};
  return s;
}

TEST(RenderPrompt, ShowsTheTablesInTheirOrder) {
  EXPECT_EQ(render_prompt(house(), {"ENERGY", "devices"}, "").context,
            " devices : id room ; energy : id kwh . device devices ;");
  EXPECT_EQ(render_prompt(house(), {"energy"}, "").context,
            " energy : id kwh . device devices ;");
  EXPECT_EQ(render_prompt(house(), {}, "").context,
            render_prompt(house(), {"devices", "energy"}, "").context);
}

TEST(RenderPrompt, PutsSlotsForLiterals) {
  const auto p = render_prompt(
    house(), {},
    "Over 24 kWh  in March 2024 in the living room, or 24 (or 3)?");
  EXPECT_EQ(p.question,
            " Over #1 kWh in @1 in the living room $1, or #1 ( or #2)?");
  EXPECT_EQ(p.literals,
            (std::vector<std::string>{"24", "2024-03", "Living Room", "3"}));
  EXPECT_EQ(p.slots, (std::vector<std::string>{"#1", "@1", "$1", "#2"}));
}

TEST(RenderPrompt, LeavesLiteralsInTheTextWhenSlotsRunOut) {
  const auto p = render_prompt(house(), {}, "11 12 13 14 15 16 17 18 19 20 21");
  EXPECT_EQ(p.question, " #1 #2 #3 #4 #5 #6 #7 #8 #9 20 21");
  EXPECT_EQ(p.literals.size(), 9u);
}

struct answer_case {
  const char* question;
  const char* query;
  const char* answer;
};

TEST(RenderAnswer, WritesWordsApartAndLiteralsAsSlots) {
  const answer_case cases[] = {
    {"", "SOURCE devices |> AGGREGATE COUNT(), AVG(kwh) BY device.room",
     " SOURCE devices |> AGGREGATE COUNT( ) , AVG( kwh ) BY device . room"},
    {"over 24 in Living Room", "FILTER kwh > 24 AND room == 'Living Room'",
     " FILTER kwh > #1 AND room == $1"},
    {"over 24", "FILTER kwh > 24.0", " FILTER kwh > #1 .0"},
    {"", "FILTER kwh > 24.5 AND room != 'Attic'",
     " FILTER kwh > 24.5 AND room != ' Attic '"},
    {"in 2024", "FILTER t DURING '2024' OR YEAR(t) == 2024",
     " FILTER t DURING @1 OR YEAR( t ) == #@1"},
    {"2024 of them", "FILTER t DURING '2024'", " FILTER t DURING ' #1 '"},
    {"March 2024", "FILTER t DURING '2024-03' TO TODAY",
     " FILTER t DURING @1 TO TODAY"},
    {"", "FILTER x IN ('a', 'b') AND NOT (y OR z)",
     " FILTER x IN ( ' a ' , ' b ' ) AND NOT ( y OR z )"},
    {"above 5", "FILTER x > -5 AND y - 5 < -z",
     " FILTER x > ~ #1 AND y - #1 < ~ z"},
    {"", "SELECT `order date` AS `a``b`, x || '' AS s",
     " SELECT `order date` AS `a``b` , x || '  ' AS s"},
    {"", "FILTER x == 'it''s' AND y == ' ' AND z == '#1'",
     " FILTER x == ' it''s ' AND y == '   ' AND z == ' ##1 '"},
    {"\"it's\" 7", "FILTER x == 'it''s' AND z == '#1'",
     " FILTER x == $1 AND z == ' ##1 '"},
    {"", "LET a = SOURCE t; SOURCE a |> LIMIT 1e3",
     " LET a = SOURCE t ; SOURCE a |> LIMIT 1e3"},
  };
  for (const auto& x : cases) {
    const auto p = render_prompt(house(), {}, x.question);
    EXPECT_EQ(render_answer(p, x.query), x.answer);
    EXPECT_EQ(read_answer(p, x.answer), x.query);
  }
}

TEST(ReadAnswer, OfABeginningBeginsTheQuery) {
  const std::string query
    = "SOURCE t |> FILTER room == 'Living Room' AND x DURING '2024' AND "
      "y IN ('a b', 'it''s') |> AGGREGATE SUM(device.kwh WHERE z > 24) AS s";
  const auto p = render_prompt(house(), {}, "24 and 2024 in the living room");
  const auto answer = render_answer(p, query);
  ASSERT_EQ(read_answer(p, answer), query);
  for (std::size_t n = 0; n <= answer.size(); ++n) {
    // A token ends before a space, never inside a slot.
    if (n < answer.size() && answer[n] != ' ')
      continue;
    const auto read = read_answer(p, answer.substr(0, n));
    EXPECT_EQ(query.substr(0, read.size()), read) << answer.substr(0, n);
  }
}

TEST(ReadAnswer, LeavesOutASlotThatHasNotItsNumberYet) {
  const auto p = render_prompt(house(), {}, "in 2024");
  EXPECT_EQ(read_answer(p, " LIMIT #@"), "LIMIT");
  EXPECT_EQ(read_answer(p, " LIMIT #@1"), "LIMIT 2024");
  EXPECT_EQ(read_answer(p, " x == $"), "x ==");
}

TEST(ReadAnswer, GivesBackRandomQueries) {
  const std::vector<std::string> atoms{"SOURCE",   "climate_stats", "|>",
                                       "==",       "'a b'",         "'it''s'",
                                       "''",       "'#1'",          "'##1'",
                                       "24",       "3.5",           "100.0",
                                       "7",        "'7'",           "(x OR y)",
                                       "AVG(kwh)", "a.b.c",         "COUNT()",
                                       "-7",       "- 7",           "'2024-03'",
                                       "`a b`",    "IN ('x', 'y')", "||",
                                       "??",       "'~ .'",         "' '"};
  for (std::uint64_t row = 0; row < 3000; ++row) {
    random_stream random{1, "query", row};
    std::string query, question;
    for (auto n = 1 + random.below(12); n > 0; --n)
      query += (query.empty() ? "" : " ") + random.pick(atoms);
    for (auto n = random.below(5); n > 0; --n)
      question += " "
                  + random.pick(std::vector<std::string>{
                    "7", "24", "100", "March 2024", "'a b'", "\"it's\"", "'#1'",
                    "3.5"});
    const auto p = render_prompt(house(), {}, question);
    ASSERT_EQ(read_answer(p, render_answer(p, query)), query)
      << question << " -> " << render_answer(p, query);
  }
}

} // namespace
} // namespace aura::text
