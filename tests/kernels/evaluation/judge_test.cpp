#include "kernels/evaluation/judge.hpp"

#include "tests/kernels/evaluation/domain.hpp"

#include <gtest/gtest.h>

namespace aura::evaluation {

namespace {

struct judge_case {
  const char* gold;
  const char* prediction;
  outcome strict;
};

TEST(Judge, GivesTheOutcomesOfItsTable) {
  constexpr auto sums = "SOURCE readings |> AGGREGATE SUM(kwh) BY room";
  constexpr auto sorted
    = "SOURCE readings |> SELECT room, kwh |> SORT kwh DESC";
  const std::vector<judge_case> cases = {
    {sums, sums, outcome::match},
    {sums, "SOURCE readings |> AGGREGATE SUM(kwh) AS total BY room",
     outcome::match},
    {sums, "SOURCE readings |> AGGREGATE SUM(kwh) BY room |> SORT room DESC",
     outcome::match},
    {sums, "SOURCE readings |> AGGREGATE AVG(kwh) BY room", outcome::mismatch},
    {sums, "SOURCE readings |> AGGREGATE SUM(kwh)", outcome::mismatch},
    {sums, "SOURCE readings |> AGGREGATE SUM(kwh) BY rooom",
     outcome::resolve_error},
    {sums, "SOURCE readings |> AGGREGATE", outcome::parse_error},
    {sums, "SELECT room, SUM(kwh) FROM readings GROUP BY room",
     outcome::parse_error},
    {sums, " \n", outcome::refusal},
    {sorted, sorted, outcome::match},
    {sorted, "SOURCE readings |> SELECT room, kwh |> SORT kwh DESC, room DESC",
     outcome::match},
    {sorted, "SOURCE readings |> SELECT room, kwh |> SORT kwh",
     outcome::mismatch},
    {sorted, "SOURCE readings |> SELECT room, kwh", outcome::mismatch},
    {"SOURCE readings |> FILTER kwh > 100", sums, outcome::gold_invalid},
    {"SOURCE readings |> SELECT room |> LIMIT 1", sums, outcome::gold_invalid},
    {"SOURCE", sums, outcome::gold_invalid},
  };
  auto schema = meter_schema();
  auto suite = meter_suite();
  for (auto& x : cases) {
    auto verdict = judge(x.gold, x.prediction, schema, suite, meter_options());
    EXPECT_STREQ(to_string(verdict.strict), to_string(x.strict))
      << x.gold << "\n"
      << x.prediction << "\n"
      << verdict.detail;
  }
}

TEST(Judge, MatchesAnOrderThatTheGoldHides) {
  auto schema = meter_schema();
  auto suite = meter_suite();
  // The sort key is not among the columns, but the gold's rows carry it.
  constexpr auto gold = "SOURCE readings |> SORT watt |> SELECT room";
  EXPECT_EQ(judge(gold, gold, schema, suite, meter_options()).strict,
            outcome::match);
  EXPECT_EQ(judge(gold, "SOURCE readings |> SORT watt DESC |> SELECT room",
                  schema, suite, meter_options())
              .strict,
            outcome::mismatch);
}

TEST(Judge, TakesNowFromItsOptions) {
  auto schema = meter_schema();
  auto suite = meter_suite();
  constexpr auto gold = "SOURCE readings |> AGGREGATE COUNT() BY room";
  EXPECT_EQ(judge(gold,
                  "SOURCE readings |> FILTER YEAR(NOW()) == 2024 |> AGGREGATE "
                  "COUNT() BY room",
                  schema, suite, meter_options())
              .strict,
            outcome::match);
}

} // namespace

} // namespace aura::evaluation
