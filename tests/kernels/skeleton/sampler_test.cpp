#include "kernels/skeleton/sampler.hpp"

#include "kernels/dsl/compile.hpp"
#include "kernels/dsl/parser.hpp"
#include "kernels/dsl/printer.hpp"
#include "kernels/schema/load.hpp"
#include "kernels/skeleton/coverage.hpp"
#include "kernels/skeleton/effort.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace aura::skeleton {
namespace {

constexpr auto now = "2024-12-31 12:00:00";

schema::schema load(const std::string& name) {
  auto result = schema::load(AURA_SOURCE_DIR "/configs/schemas/" + name);
  EXPECT_TRUE(result) << (result ? "" : result.error().message);
  return result ? std::move(*result) : schema::schema{};
}

sampler_options with_clock() {
  auto options = sampler_options{};
  options.now = now;
  return options;
}

dsl::query draw_one(const schema::schema& s, std::uint64_t row,
                    const sampler_options& options) {
  auto random = random_stream{42, "sampler test", row};
  return sample(s, options, random);
}

class Sampler : public testing::TestWithParam<const char*> {};

TEST_P(Sampler, DrawsCanonicalQueriesThatCompileWithoutAWarning) {
  const auto s = load(GetParam());
  auto compiling = dsl::compile_options{};
  compiling.now = now;
  compiling.deterministic = true;
  for (auto row = 0u; row < 2000; ++row) {
    const auto query = draw_one(s, row, with_clock());
    const auto text = dsl::print(query);
    const auto parsed = dsl::parse(text);
    ASSERT_TRUE(parsed.query) << text;
    EXPECT_EQ(dsl::print(*parsed.query), text);
    EXPECT_TRUE(dsl::canonical(*parsed.query) == query) << text;
    const auto result = dsl::compile(query, s, compiling);
    EXPECT_TRUE(result.compiled) << text;
    EXPECT_TRUE(result.diagnostics.empty())
      << dsl::render(result.diagnostics, text, "query");
  }
}

TEST_P(Sampler, MentionsEveryColumnAndOperator) {
  const auto s = load(GetParam());
  auto seen = coverage{s};
  for (auto row = 0u; row < 20000; ++row)
    seen.add(draw_one(s, row, with_clock()));
  const auto report = seen.report();
  EXPECT_EQ(report.queries, 20000u);
  EXPECT_EQ(report.unused_columns, std::vector<std::string>{});
  for (const auto* name : {"FILTER",
                           "SELECT",
                           "EXTEND",
                           "AGGREGATE",
                           "SORT",
                           "LIMIT",
                           "DISTINCT",
                           "TOP",
                           "IN",
                           "NOT IN",
                           "BETWEEN",
                           "IS NULL",
                           "NOT IS NULL",
                           "DURING",
                           "CONTAINS",
                           "STARTS_WITH",
                           "ENDS_WITH",
                           "LIKE",
                           "NOT",
                           "AND",
                           "OR",
                           "==",
                           "!=",
                           "<",
                           "<=",
                           ">",
                           ">=",
                           "COUNT",
                           "COUNT DISTINCT",
                           "COUNT WHERE",
                           "SUM",
                           "AVG",
                           "MIN",
                           "MAX",
                           "MEDIAN",
                           "TRUNC",
                           "MONTH",
                           "YEAR",
                           "IF",
                           "??",
                           "CONCAT",
                           "ROUND",
                           "path of 2",
                           "period literal",
                           "period rolling",
                           "period calendar",
                           "period range"})
    EXPECT_GT(report.productions.count(name), 0u) << name;
}

TEST_P(Sampler, TotalOrdersLeaveNoTieAtTheCut) {
  const auto s = load(GetParam());
  auto options = with_clock();
  options.total_order = 1;
  auto compiling = dsl::compile_options{};
  compiling.now = now;
  auto warned = 0;
  auto cuts = 0;
  for (auto row = 0u; row < 4000; ++row) {
    const auto query = draw_one(s, row, options);
    const auto cut
      = std::ranges::any_of(query.main.stages, [](const dsl::stage& x) {
          return std::holds_alternative<dsl::limit>(x.what);
        });
    cuts += cut;
    if (cut)
      warned += !dsl::compile(query, s, compiling).diagnostics.empty();
  }
  EXPECT_GT(cuts, 200);
  EXPECT_EQ(warned, 0);
}

INSTANTIATE_TEST_SUITE_P(Schemas, Sampler,
                         testing::Values("smart_home.yaml", "shop.yaml"),
                         [](const auto& x) {
                           return std::string{x.param}.substr(
                             0, std::string{x.param}.find('.'));
                         });

TEST(Sampling, DependsOnItsStreamOnly) {
  const auto s = load("smart_home.yaml");
  for (auto row = 0u; row < 50; ++row)
    EXPECT_TRUE(draw_one(s, row, with_clock())
                == draw_one(s, row, with_clock()));
  EXPECT_FALSE(draw_one(s, 1, with_clock()) == draw_one(s, 2, with_clock()));
}

TEST(Sampling, KeepsToItsNumberOfOperators) {
  const auto s = load("smart_home.yaml");
  for (std::size_t most = 1; most <= 5; ++most) {
    auto options = with_clock();
    options.max_operators = most;
    for (auto row = 0u; row < 500; ++row)
      EXPECT_LE(draw_one(s, row, options).main.stages.size(), most);
  }
}

TEST(Sampling, KeepsToItsEffort) {
  const auto s = load("smart_home.yaml");
  for (auto most : {2.5, 4.0, 6.0}) {
    auto options = with_clock();
    options.max_effort = most;
    for (auto row = 0u; row < 500; ++row)
      EXPECT_LE(effort(draw_one(s, row, options)), most);
  }
}

TEST(Sampling, CountsEffort) {
  const std::pair<const char*, double> cases[] = {
    {"SOURCE t", 0},
    {"SOURCE t |> FILTER a > 3", 1},
    {"SOURCE t |> FILTER a > 3 AND b == 'x'", 2},
    {"SOURCE t |> FILTER a > 3 OR r.b == 'x'", 2.75},
    {"SOURCE t |> SELECT a, b", 1},
    {"SOURCE t |> AGGREGATE SUM(a) BY b", 2},
    {"SOURCE t |> AGGREGATE SUM(a WHERE b > 3) AS x", 3},
    {"SOURCE t |> SORT a |> LIMIT 3", 1.25},
  };
  for (const auto& [text, wanted] : cases)
    EXPECT_DOUBLE_EQ(effort(*dsl::parse(text).query), wanted) << text;
}

TEST(Sampling, KnowsNoRelativePeriodWithoutAClock) {
  const auto s = load("smart_home.yaml");
  auto seen = coverage{s};
  for (auto row = 0u; row < 3000; ++row)
    seen.add(draw_one(s, row, {}));
  const auto report = seen.report();
  EXPECT_GT(report.productions.count("period literal"), 0u);
  EXPECT_EQ(report.productions.count("period rolling"), 0u);
  EXPECT_EQ(report.productions.count("period TODAY"), 0u);
}

TEST(Sampling, FindsTensOfThousandsOfStructures) {
  const auto s = load("smart_home.yaml");
  auto seen = coverage{s};
  for (auto row = 0u; row < 30000; ++row)
    seen.add(draw_one(s, row, with_clock()));
  EXPECT_GT(seen.report().structures, 12000u);
}

// A table with nothing but a key offers little, and must not hang.
TEST(Sampling, MakesDoWithPoorTables) {
  auto column = schema::column{};
  column.name = "id";
  auto table = schema::table{};
  table.name = "things";
  table.columns = {column};
  table.primary_key = {"id"};
  auto s = schema::schema{};
  s.tables = {table};
  auto compiling = dsl::compile_options{};
  compiling.now = now;
  compiling.deterministic = true;
  for (auto row = 0u; row < 500; ++row) {
    const auto query = draw_one(s, row, with_clock());
    EXPECT_TRUE(dsl::compile(query, s, compiling).compiled)
      << dsl::print(query);
  }
}

} // namespace
} // namespace aura::skeleton
