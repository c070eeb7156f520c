#include "kernels/dsl/compile.hpp"
#include "kernels/dsl/parser.hpp"
#include "kernels/dsl/printer.hpp"
#include "kernels/schema/load.hpp"
#include "kernels/skeleton/coverage.hpp"
#include "kernels/skeleton/grammar_sampler.hpp"
#include "kernels/skeleton/productions.hpp"
#include "kernels/skeleton/shrink.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace aura::skeleton {
namespace {

schema::schema load(const std::string& name) {
  auto result = schema::load(std::string{AURA_SOURCE_DIR} + "/" + name);
  EXPECT_TRUE(result) << (result ? "" : result.error().message);
  return result ? std::move(*result) : schema::schema{};
}

grammar_query draw_one(const schema::schema& s, std::uint64_t row) {
  auto random = random_stream{5, "grammar test", row};
  return sample_grammar(s, {}, random);
}

class Grammar : public testing::TestWithParam<const char*> {};

TEST_P(Grammar, DrawsEveryProductionThereIs) {
  const auto s = load(GetParam());
  auto seen = coverage{s};
  for (auto row = 0u; row < 6000; ++row)
    seen.add(draw_one(s, row).query);
  const auto choices = seen.report().choices;
  auto missing = std::vector<std::string>{};
  for (const auto& name : every_production())
    if (!choices.contains(name))
      missing.push_back(name);
  EXPECT_EQ(missing, std::vector<std::string>{});
  // And names nothing that the list does not know.
  const auto known = every_production();
  for (const auto& [name, count] : choices)
    EXPECT_TRUE(std::binary_search(known.begin(), known.end(), name)
                || name.starts_with("path of "))
      << name;
}

TEST_P(Grammar, DrawsQueriesThatResolveAndReadBack) {
  const auto s = load(GetParam());
  auto refused = 0;
  for (auto row = 0u; row < 3000; ++row) {
    const auto drawn = draw_one(s, row);
    const auto text = dsl::print(drawn.query);
    const auto parsed = dsl::parse(text);
    ASSERT_TRUE(parsed.query) << text;
    EXPECT_TRUE(*parsed.query == dsl::canonical(drawn.query)) << text;
    EXPECT_EQ(dsl::print(*parsed.query), text);
    auto options = dsl::compile_options{};
    options.now = "2024-06-15 10:30:00";
    options.parameters = drawn.parameters;
    refused += !dsl::compile(drawn.query, s, options).compiled;
  }
  EXPECT_LE(refused, 15);
}

TEST_P(Grammar, DrawsTheSameFromTheSameStream) {
  const auto s = load(GetParam());
  for (auto row = 0u; row < 100; ++row) {
    const auto a = draw_one(s, row);
    const auto b = draw_one(s, row);
    EXPECT_TRUE(a.query == b.query);
    EXPECT_EQ(a.parameters, b.parameters);
  }
}

INSTANTIATE_TEST_SUITE_P(Schemas, Grammar,
                         testing::Values("tests/golden/dsl/atlas.yaml",
                                         "configs/schemas/shop.yaml"),
                         [](const auto& file) {
                           const auto name = std::string{file.param};
                           const auto from = name.rfind('/') + 1;
                           return name.substr(from, name.rfind('.') - from);
                         });

std::string shrunk(std::string_view text, std::string_view needle) {
  const auto parsed = dsl::parse(text);
  EXPECT_TRUE(parsed.query) << text;
  return dsl::print(shrink(*parsed.query, [&](const dsl::query& x) {
    const auto again = dsl::print(x);
    return dsl::parse(again).query && again.find(needle) != std::string::npos;
  }));
}

TEST(Shrink, LeavesWhatTheFailureNeeds) {
  EXPECT_EQ(shrunk("LET a = SOURCE t |> FILTER x > 1; SOURCE (SOURCE t |> "
                   "EXTEND ROUND(x + LENGTH(y), 2) AS z |> SORT z) |> SELECT "
                   "a, UPPER(b) AS c |> LIMIT 3",
                   "LENGTH"),
            "SOURCE t |> EXTEND LENGTH(y) AS z");
  EXPECT_EQ(shrunk("SOURCE t |> AGGREGATE SUM(x WHERE y > 2) AS s, COUNT() AS "
                   "n BY a, b |> WINDOW RANK() AS r PER a SORT s DESC NULLS "
                   "FIRST, n",
                   "RANK"),
            "SOURCE t |> WINDOW RANK() AS r");
  EXPECT_EQ(shrunk("SOURCE t |> FILTER CASE WHEN a IN (1, 2, 3) THEN b ELSE "
                   "NOT c LIKE 'x' END",
                   "IN ("),
            "SOURCE t |> FILTER a IN (2)");
}

TEST(Shrink, AsksNoMoreThanItMay) {
  const auto parsed = dsl::parse("SOURCE t |> SORT a, b, c, d |> LIMIT 3");
  ASSERT_TRUE(parsed.query);
  auto asked = 0;
  const auto left = shrink(
    *parsed.query,
    [&](const dsl::query&) {
      ++asked;
      return false;
    },
    4);
  EXPECT_EQ(asked, 4);
  EXPECT_TRUE(left == *parsed.query);
}

} // namespace
} // namespace aura::skeleton
