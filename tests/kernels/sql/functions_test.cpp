#include "tests/kernels/sql/house.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace aura::sql {

namespace {

struct aggregate_case {
  const char* sql;
  const char* answer;
};

// `v` holds NULL, 1, 2, 4 and 10.
constexpr auto over = " FROM (SELECT NULL AS x UNION ALL SELECT 4 UNION ALL "
                      "SELECT 1 UNION ALL SELECT 10 UNION ALL SELECT 2)";

TEST(Functions, AggregateAsTheirTableSays) {
  const std::vector<aggregate_case> cases = {
    {"aura_median(x)", "3.0"},
    {"aura_percentile(x, 0)", "1.0"},
    {"aura_percentile(x, 0.25)", "1.75"},
    {"aura_percentile(x, 1)", "10.0"},
    {"aura_percentile(x, 1.5)", "sql_error: a percentile lies from 0 to 1"},
    {"aura_percentile(x, NULL)", "sql_error: a percentile lies from 0 to 1"},
    {"aura_variance(x)", "16.25"},
    {"aura_variance_pop(x)", "12.1875"},
    {"aura_stddev_pop(x)", "3.491060010942235"},
    {"aura_string_agg(x, '-')", "'1-2-4-10'"},
    {"aura_string_agg(x, '-', x % 4, 0)", "'4-1-2-10'"},
    {"aura_string_agg(x, '-', x % 4, 1)", "'2-10-1-4'"},
    {"aura_string_agg(x % 2, '-', x, 2)", "'1-0'"},
    {"aura_string_agg(x, '-', nullif(x, 4), 4)", "'4-1-2-10'"},
    {"aura_string_agg(x, '-', nullif(x, 1), 0)", "'2-4-10-1'"},
    {"aura_count_distinct(x % 2)", "2"},
    {"aura_count_distinct(nullif(x, 4))", "3"},
    {"aura_count_distinct(x) FILTER (WHERE x > 99)", "0"},
    {"aura_arg_max(x, x % 4)", "2"},
    {"aura_arg_min(x, x % 4)", "4"},
    {"aura_arg_max(CASE x WHEN 10 THEN NULL ELSE x END, x)", "NULL"},
    {"aura_median(x) FILTER (WHERE x > 2)", "7.0"},
    // One row, and none.
    {"aura_variance(x) FILTER (WHERE x = 4)", "NULL"},
    {"aura_variance_pop(x) FILTER (WHERE x = 4)", "0.0"},
    {"aura_median(x) FILTER (WHERE x = 4)", "4.0"},
    {"aura_median(x) FILTER (WHERE x > 99)", "NULL"},
    {"aura_stddev(x) FILTER (WHERE x > 99)", "NULL"},
    {"aura_string_agg(x, ',') FILTER (WHERE x > 99)", "NULL"},
    {"aura_arg_max(x, x) FILTER (WHERE x > 99)", "NULL"},
    {"aura_median(x) FILTER (WHERE x IS NULL)", "NULL"},
  };
  auto db = open_house();
  for (auto& x : cases)
    EXPECT_EQ(only(db.run(std::string{"SELECT "} + x.sql + over, {})), x.answer)
      << x.sql;
}

TEST(Functions, MomentsAreReadStrictly) {
  const std::vector<std::pair<const char*, const char*>> cases = {
    {"2024-02-29", "'2024-02-29 00:00:00'"},
    {"2024-02-29 10:30", "'2024-02-29 10:30:00'"},
    {"2024-02-29T10:30:15", "'2024-02-29 10:30:15'"},
    {"2024-02-29T10:30:15.250Z", "'2024-02-29 10:30:15'"},
    {"2024-02-29 10:30Z", "'2024-02-29 10:30:00'"},
    {"0000-01-01", "'0000-01-01 00:00:00'"},
    {"9999-12-31 23:59:59", "'9999-12-31 23:59:59'"},
  };
  auto db = open_house();
  for (auto& [text, moment] : cases)
    EXPECT_EQ(only(db.run("SELECT aura_moment(?)", {std::string{text}})),
              moment)
      << text;
  for (auto* text :
       {"", "2.5", "10:30", "2024-02-30", "2023-02-29", "2024-2-9",
        "2024-02-29 ", " 2024-02-29", "2024-02-29 24:00", "2024-02-29 10",
        "2024-02-29 10:30+02:00", "2024-02-29 10:30:60", "2024-02-29  10:30",
        "2024-02-29 10:30:15.", "2024-02-29Z", "now", "-2024-02-29"})
    EXPECT_EQ(only(db.run("SELECT aura_moment(?)", {std::string{text}})),
              "NULL")
      << text;
  EXPECT_EQ(only(db.run("SELECT aura_moment(NULL)", {})), "NULL");
}

TEST(Functions, PowersOfTenHaveWholeLogarithms) {
  auto db = open_house();
  for (auto n = -9; n <= 18; ++n)
    EXPECT_EQ(
      only(db.run("SELECT aura_log10(1e" + std::to_string(n) + ")", {})),
      std::to_string(n) + ".0");
  for (auto* x : {"0", "-1", "NULL", "'x'", "9e999"})
    EXPECT_EQ(only(db.run(std::string{"SELECT aura_log10("} + x + ")", {})),
              "NULL")
      << x;
}

TEST(Functions, SpreadDoesNotCancel) {
  auto db = open_house();
  // The sum of squares loses all digits of such a variance.
  auto x = db.run("SELECT aura_variance_pop(1e9 + hour % 2) FROM readings", {});
  EXPECT_EQ(only(x), "0.25");
}

TEST(Functions, WindowsAgreeWithAggregatesOverTheirFrames) {
  auto db = open_house();
  for (auto* call :
       {"aura_median(kwh)", "aura_percentile(kwh, 0.3)", "aura_stddev(kwh)",
        "aura_variance_pop(kwh)", "aura_string_agg(hour, ' ')",
        "aura_count_distinct(hour % 5)", "aura_arg_max(hour, hour % 7)",
        "aura_arg_min(hour, kwh)"})
    for (auto [before, after] :
         {std::pair{6, 0}, std::pair{2, 2}, std::pair{0, 40}}) {
      auto b = std::to_string(before);
      auto a = std::to_string(after);
      auto window = db.run(
        std::string{"SELECT "} + call + " OVER (ORDER BY hour ROWS BETWEEN " + b
          + " PRECEDING AND " + a + " FOLLOWING) FROM readings ORDER BY hour",
        {});
      auto plain
        = db.run(std::string{"SELECT (SELECT "} + call
                   + " FROM readings b WHERE b.hour BETWEEN a.hour - " + b
                   + " AND a.hour + " + a + ") FROM readings a ORDER BY hour",
                 {});
      ASSERT_TRUE(window) << window.error().message;
      ASSERT_TRUE(plain) << plain.error().message;
      EXPECT_EQ(window->rows, plain->rows) << call << " " << b << " " << a;
    }
}

TEST(Functions, WindowsWorkWhenPartitionsAreMany) {
  auto db = open_house();
  auto x = db.run("SELECT count(DISTINCT m) FROM (SELECT aura_median(hour) "
                  "OVER (PARTITION BY hour % 20) AS m FROM readings)",
                  {});
  EXPECT_EQ(only(x), "20");
}

} // namespace

} // namespace aura::sql
