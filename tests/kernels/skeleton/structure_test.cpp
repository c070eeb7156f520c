#include "kernels/skeleton/naming.hpp"
#include "kernels/skeleton/sampler.hpp"

#include "kernels/dsl/parser.hpp"

#include <gtest/gtest.h>

namespace aura::skeleton {
namespace {

dsl::query parse(const std::string& text) {
  auto result = dsl::parse(text);
  EXPECT_TRUE(result.query) << text;
  return result.query ? std::move(*result.query) : dsl::query{};
}

struct pair {
  const char* left;
  const char* right;
};

TEST(Structure, ForgetsTablesColumnsAndLiterals) {
  const pair pairs[] = {
    {"SOURCE a |> FILTER x > 3", "SOURCE b |> FILTER y > 4.5"},
    {"SOURCE a |> FILTER x IN ('u', 'v')",
     "SOURCE a |> FILTER y IN ('w', 'x', 'z')"},
    {"SOURCE a |> FILTER d DURING '2024-03'",
     "SOURCE a |> FILTER e DURING '2023-11'"},
    {"SOURCE a |> FILTER d DURING LAST 7 DAYS",
     "SOURCE a |> FILTER d DURING LAST 30 DAYS"},
    {"SOURCE a |> SORT x |> LIMIT 3", "SOURCE a |> SORT y |> LIMIT 20"},
    {"SOURCE a |> AGGREGATE SUM(x) BY r.y",
     "SOURCE b |> AGGREGATE SUM(z) BY q.w"},
    {"SOURCE a |> SELECT x * 2 AS n", "SOURCE a |> SELECT x * 2 AS m"},
    {"SOURCE a |> TOP 2 BY x DESC PER y", "SOURCE c |> TOP 3 BY z DESC PER w"},
  };
  for (const auto& x : pairs)
    EXPECT_EQ(structure(parse(x.left)), structure(parse(x.right))) << x.left;
}

TEST(Structure, KeepsOperatorsFunctionsAndUnits) {
  const pair pairs[] = {
    {"SOURCE a |> FILTER x > 3", "SOURCE a |> FILTER x >= 3"},
    {"SOURCE a |> FILTER x > 3", "SOURCE a |> FILTER x > 'a'"},
    {"SOURCE a |> FILTER x IN ('u')", "SOURCE a |> FILTER x NOT IN ('u')"},
    {"SOURCE a |> FILTER x AND y", "SOURCE a |> FILTER x OR y"},
    {"SOURCE a |> FILTER d DURING '2024'",
     "SOURCE a |> FILTER d DURING '2024-03'"},
    {"SOURCE a |> FILTER d DURING LAST 7 DAYS",
     "SOURCE a |> FILTER d DURING LAST 7 WEEKS"},
    {"SOURCE a |> FILTER d DURING LAST MONTH",
     "SOURCE a |> FILTER d DURING THIS MONTH"},
    {"SOURCE a |> SORT x", "SOURCE a |> SORT x DESC"},
    {"SOURCE a |> SORT x", "SOURCE a |> SORT x NULLS FIRST"},
    {"SOURCE a |> LIMIT 3", "SOURCE a |> LIMIT 3 OFFSET 1"},
    {"SOURCE a |> AGGREGATE SUM(x) BY y", "SOURCE a |> AGGREGATE AVG(x) BY y"},
    {"SOURCE a |> AGGREGATE SUM(x) BY y",
     "SOURCE a |> AGGREGATE SUM(x) BY r.y"},
    {"SOURCE a |> AGGREGATE COUNT(x)",
     "SOURCE a |> AGGREGATE COUNT(DISTINCT x)"},
    {"SOURCE a |> AGGREGATE COUNT()",
     "SOURCE a |> AGGREGATE COUNT(WHERE x) AS n"},
    {"SOURCE a |> AGGREGATE COUNT() BY TRUNC(d, 'month') AS k",
     "SOURCE a |> AGGREGATE COUNT() BY TRUNC(d, 'week') AS k"},
    {"SOURCE a |> TOP 2 BY x DESC PER y",
     "SOURCE a |> TOP 2 BY x DESC PER y WITH TIES"},
    {"SOURCE a |> SELECT x", "SOURCE a |> EXTEND x AS y"},
  };
  for (const auto& x : pairs)
    EXPECT_NE(structure(parse(x.left)), structure(parse(x.right)))
      << x.left << "  and  " << x.right;
}

TEST(Structure, ReadsLikeTheQuery) {
  EXPECT_EQ(
    structure(parse("SOURCE a |> FILTER x > 3 AND r.y == 'k' |> "
                    "AGGREGATE SUM(z), COUNT() BY w |> SORT count DESC "
                    "|> LIMIT 5")),
    "T|filter AND(>(C,n),==(C.,s))|aggregate SUM(C) COUNT() by C|sort C "
    "desc|limit");
}

TEST(Naming, FollowsTheOutermostOperation) {
  struct alias_case {
    const char* value;
    const char* alias;
  };
  const alias_case cases[] = {
    {"kwh", "kwh"},
    {"device.room", "room"},
    {"SUM(kwh)", "sum_kwh"},
    {"COUNT()", "count"},
    {"COUNT(DISTINCT device.room)", "count_room"},
    {"SUM(kwh WHERE cost > 1)", "sum_kwh"},
    {"COUNT(WHERE cost > 1)", "count"},
    {"SUM(a) / SUM(b)", "ratio"},
    {"100.0 * COUNT(WHERE a > 1) / COUNT()", "percentage"},
    {"a - b", "difference"},
    {"ROUND(AVG(kwh), 2)", "avg_kwh"},
    {"ROUND(kwh, 2)", "rounded"},
    {"MONTH(timestamp)", "month"},
    {"TRUNC(timestamp, 'month')", "month"},
    {"DAY_OF_WEEK(timestamp)", "weekday"},
    {"DATE_DIFF(a, b, 'day')", "days"},
    {"IF(a > 1, 'x', 'y')", "label"},
    {"a ?? 0", "filled"},
    {"UPPER(a)", "upper"},
    {"SUM(a * b)", "sum_product"},
  };
  for (const auto& x : cases) {
    const auto query
      = parse(std::string{"SOURCE t |> SELECT "} + x.value + " AS n");
    const auto* items = std::get_if<dsl::select>(&query.main.stages[0].what);
    ASSERT_NE(items, nullptr);
    EXPECT_EQ(alias_of(items->items[0].value), x.alias) << x.value;
  }
}

TEST(Naming, NumbersNamesThatAreTaken) {
  auto taken = taken_names{};
  taken.add("ratio");
  const auto query = parse("SOURCE t |> SELECT a / b AS n, kwh");
  const auto& items = std::get<dsl::select>(query.main.stages[0].what).items;
  EXPECT_EQ(taken.name(items[0].value).alias->text, "ratio_2");
  EXPECT_EQ(taken.name(items[0].value).alias->text, "ratio_3");
  EXPECT_FALSE(taken.name(items[1].value).alias);
  EXPECT_EQ(taken.name(items[1].value).alias->text, "kwh_2");
}

} // namespace
} // namespace aura::skeleton
