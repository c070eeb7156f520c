#include "kernels/evaluation/mutants.hpp"

#include "kernels/dsl/parser.hpp"
#include "kernels/dsl/printer.hpp"
#include "tests/kernels/evaluation/domain.hpp"

#include <gtest/gtest.h>

#include <set>

namespace aura::evaluation {

namespace {

std::set<std::string> mutants_of(const char* text, mutation kind) {
  auto parsed = dsl::parse(text);
  EXPECT_TRUE(parsed.query) << text;
  std::set<std::string> out;
  for (auto& x : make_mutants(*parsed.query, meter_schema()))
    if (x.kind == kind)
      out.insert(dsl::print(dsl::canonical(x.query)));
  return out;
}

struct mutant_case {
  mutation kind;
  const char* query;
  std::set<std::string> mutants;
};

TEST(Mutants, AreOneEditAway) {
  const std::vector<mutant_case> cases = {
    {mutation::aggregate,
     "SOURCE readings |> AGGREGATE MIN(kwh) |> SORT min_kwh",
     {"SOURCE readings |> AGGREGATE MAX(kwh) AS min_kwh |> SORT min_kwh"}},
    {mutation::comparison,
     "SOURCE readings |> FILTER kwh > 2.5",
     {"SOURCE readings |> FILTER kwh < 2.5"}},
    {mutation::boundary,
     "SOURCE readings |> FILTER kwh > 2.5",
     {"SOURCE readings |> FILTER kwh >= 2.5"}},
    {mutation::boundary,
     "SOURCE readings |> FILTER kwh BETWEEN 1 AND 2",
     {"SOURCE readings |> FILTER kwh >= 1 AND kwh < 2"}},
    {mutation::connective,
     "SOURCE readings |> FILTER kwh > 1 AND watt > 2",
     {"SOURCE readings |> FILTER kwh > 1 OR watt > 2"}},
    {mutation::dropped_part,
     "SOURCE readings |> FILTER kwh > 1 AND watt > 2",
     {"SOURCE readings", "SOURCE readings |> FILTER kwh > 1",
      "SOURCE readings |> FILTER watt > 2"}},
    {mutation::literal,
     "SOURCE readings |> FILTER watt == 3",
     {"SOURCE readings |> FILTER watt == 2",
      "SOURCE readings |> FILTER watt == 4"}},
    {mutation::column,
     "SOURCE readings |> FILTER watt == 3",
     {"SOURCE readings |> FILTER id == 3",
      "SOURCE readings |> FILTER fee == 3"}},
    {mutation::limit,
     "SOURCE readings |> LIMIT 3",
     {"SOURCE readings", "SOURCE readings |> LIMIT 2",
      "SOURCE readings |> LIMIT 4"}},
    {mutation::direction,
     "SOURCE readings |> SORT kwh",
     {"SOURCE readings |> SORT kwh DESC",
      "SOURCE readings |> SORT kwh NULLS FIRST"}},
    {mutation::group_key,
     "SOURCE readings |> AGGREGATE COUNT() AS n BY watt",
     {"SOURCE readings |> AGGREGATE COUNT() AS n",
      "SOURCE readings |> AGGREGATE COUNT() AS n BY watt, room"}},
    {mutation::count_form,
     "SOURCE readings |> AGGREGATE COUNT(fee) AS n",
     {"SOURCE readings |> AGGREGATE COUNT() AS n",
      "SOURCE readings |> AGGREGATE COUNT(DISTINCT fee) AS n"}},
    {mutation::condition,
     "SOURCE readings |> AGGREGATE SUM(kwh WHERE watt > 1) AS n",
     {"SOURCE readings |> AGGREGATE SUM(kwh) AS n"}},
    {mutation::operator_order,
     "SOURCE readings |> SORT kwh |> LIMIT 3",
     {"SOURCE readings |> LIMIT 3 |> SORT kwh"}},
    {mutation::negation,
     "SOURCE readings |> FILTER fee IS NULL",
     {"SOURCE readings |> FILTER fee IS NOT NULL"}},
    {mutation::granularity,
     "SOURCE readings |> FILTER at DURING '2024-03'",
     {"SOURCE readings |> FILTER at DURING '2024'"}},
    {mutation::arithmetic,
     "SOURCE readings |> SELECT kwh + watt AS x",
     {"SOURCE readings |> SELECT kwh - watt AS x"}},
  };
  for (auto& x : cases) {
    auto made = mutants_of(x.query, x.kind);
    for (auto& expected_mutant : x.mutants)
      EXPECT_TRUE(made.contains(expected_mutant))
        << x.query << " gives no " << expected_mutant;
    EXPECT_EQ(made.size(), x.mutants.size())
      << x.query << " " << to_string(x.kind) << " "
      << testing::PrintToString(made);
  }
}

TEST(Mutants, AreNeverTheirGoldAndAlwaysTheSame) {
  auto parsed = dsl::parse("SOURCE readings |> FILTER kwh > 1 AND room IN "
                           "('Attic', 'Bath') |> AGGREGATE AVG(kwh), COUNT() "
                           "BY room |> SORT avg_kwh DESC |> LIMIT 3");
  ASSERT_TRUE(parsed.query);
  auto schema = meter_schema();
  auto first = make_mutants(*parsed.query, schema);
  auto second = make_mutants(*parsed.query, schema);
  ASSERT_EQ(first.size(), second.size());
  EXPECT_GT(first.size(), 20u);
  for (std::size_t i = 0; i < first.size(); ++i) {
    EXPECT_EQ(first[i].query, second[i].query);
    EXPECT_FALSE(first[i].query == *parsed.query);
  }
}

TEST(KillMutants, CountsWhatEachStateTells) {
  auto schema = meter_schema();
  kill_report weak;
  kill_report strong;
  auto one_state = state_suite::make({meter_state(2, 2)});
  ASSERT_TRUE(one_state);
  auto suite = meter_suite();
  for (auto* gold :
       {"SOURCE readings |> FILTER kwh > 2.0 AND watt >= 3 |> SELECT id, kwh",
        "SOURCE readings |> AGGREGATE AVG(kwh), COUNT(fee) AS n BY room |> "
        "SORT avg_kwh DESC",
        "SOURCE readings |> SELECT id, watt |> SORT watt, id |> LIMIT 5"}) {
    auto done = kill_mutants(gold, schema, *one_state, meter_options(), weak);
    ASSERT_TRUE(done) << done.error().message;
    done = kill_mutants(gold, schema, suite, meter_options(), strong);
    ASSERT_TRUE(done) << done.error().message;
  }
  EXPECT_EQ(weak.total().made, strong.total().made);
  EXPECT_GT(strong.total().made, 40u);
  EXPECT_LT(weak.kill_rate(), 0.7);
  EXPECT_GE(strong.kill_rate(), 0.9);
  EXPECT_EQ(strong.survivors.size(),
            strong.total().made - strong.total().killed);
}

TEST(KillMutants, KnowsWhatNoStateCanTell) {
  auto schema = meter_schema();
  auto suite = meter_suite();
  kill_report report;
  ASSERT_TRUE(kill_mutants("SOURCE readings |> AGGREGATE COUNT(id) AS n",
                           schema, suite, meter_options(), report));
  auto& forms = report.by_kind[static_cast<std::size_t>(mutation::count_form)];
  EXPECT_EQ(forms.made, 2u);
  EXPECT_EQ(forms.killed, 0u);
  EXPECT_EQ(forms.equivalent, 2u);
  ASSERT_TRUE(kill_mutants("SOURCE readings |> SELECT id, room", schema, suite,
                           meter_options(), report));
  ASSERT_TRUE(kill_mutants("SOURCE readings |> SELECT id, watt |> SORT watt",
                           schema, suite, meter_options(), report));
  ASSERT_TRUE(kill_mutants("SOURCE readings |> FILTER watt > 2 |> FILTER kwh > "
                           "1.0 |> SELECT id",
                           schema, suite, meter_options(), report));
  std::set<std::string> rules;
  for (auto& x : report.survivors)
    rules.insert(x.rule);
  EXPECT_TRUE(rules.contains("id is never NULL"));
  EXPECT_TRUE(rules.contains("watt is never NULL"));
  EXPECT_TRUE(rules.contains("rows keep their key"));
  EXPECT_TRUE(rules.contains("the two operators commute"));
  EXPECT_TRUE(rules.contains("id is a key"));
}

TEST(KillMutants, RefusesWhatIsNoGold) {
  auto schema = meter_schema();
  auto suite = meter_suite();
  kill_report report;
  EXPECT_FALSE(kill_mutants("SOURCE", schema, suite, meter_options(), report));
  EXPECT_FALSE(
    kill_mutants("SOURCE nowhere", schema, suite, meter_options(), report));
}

} // namespace

} // namespace aura::evaluation
