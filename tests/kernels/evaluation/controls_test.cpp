#include "kernels/evaluation/controls.hpp"

#include "tests/kernels/evaluation/domain.hpp"

#include <gtest/gtest.h>

#include <set>

namespace aura::evaluation {

namespace {

const std::vector<const char*> golds = {
  "SOURCE readings |> AGGREGATE SUM(kwh) BY room",
  "SOURCE readings |> FILTER watt > 3 |> SELECT room, kwh",
  "SOURCE readings |> AGGREGATE COUNT() AS n BY room |> SORT n DESC",
  "SOURCE readings |> SELECT id |> SORT id DESC |> LIMIT 3",
  "SOURCE readings |> AGGREGATE MEDIAN(kwh), STDDEV(kwh)",
};

TEST(Controls, GoldsMatchThemselvesAlsoPrintedAndParsedAgain) {
  auto schema = meter_schema();
  auto suite = meter_suite();
  for (auto* x : golds) {
    auto gold = make_gold(x, schema, suite, meter_options());
    ASSERT_TRUE(gold) << x << ": " << gold.error().message;
    EXPECT_EQ(judge(*gold, x, schema, suite, meter_options()).strict,
              outcome::match);
    auto again = reprinted(x);
    ASSERT_TRUE(again);
    EXPECT_EQ(judge(*gold, *again, schema, suite, meter_options()).strict,
              outcome::match)
      << *again;
    EXPECT_EQ(judge_empty(*gold).strict, outcome::mismatch);
  }
}

TEST(Controls, PermutedGoldsMatchNothing) {
  auto schema = meter_schema();
  auto suite = meter_suite();
  std::vector<std::string_view> keys{golds.begin(), golds.end()};
  auto partners = permuted(keys, 7);
  for (std::size_t i = 0; i < golds.size(); ++i) {
    auto gold = make_gold(golds[i], schema, suite, meter_options());
    ASSERT_TRUE(gold);
    EXPECT_NE(
      judge(*gold, golds[partners[i]], schema, suite, meter_options()).strict,
      outcome::match);
  }
}

TEST(Controls, PermutedGivesNobodyHisOwnKey) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    random_stream random{seed, "keys"};
    std::vector<std::string_view> keys;
    const std::vector<std::string_view> names = {"a", "a", "a", "b", "c", "d"};
    for (auto i = 0; i < 30; ++i)
      keys.push_back(random.pick(names));
    keys.push_back("a");
    keys.push_back("b");
    auto partners = permuted(keys, seed);
    for (std::size_t i = 0; i < keys.size(); ++i)
      ASSERT_NE(keys[i], keys[partners[i]]) << seed;
  }
  std::vector<std::string_view> same = {"a", "a"};
  EXPECT_EQ(permuted(same, 1).size(), 2u);
  EXPECT_TRUE(permuted({}, 1).empty());
}

TEST(Memoriser, AnswersWithTheMostSimilarQuestion) {
  const std::vector<std::string_view> questions = {
    "What is the average humidity in the kitchen?",
    "How many devices are in the attic?",
    "What is the average temperature in the attic?",
    "Show the ten largest orders",
  };
  const std::vector<std::string_view> queries = {"q0", "q1", "q2", "q3"};
  memoriser x{questions, queries};
  for (std::size_t i = 0; i < questions.size(); ++i)
    EXPECT_EQ(x.answer(questions[i]), queries[i]);
  EXPECT_EQ(x.answer("average humidity of the bath"), "q0");
  EXPECT_EQ(x.answer("number of devices in the bath?"), "q1");
  EXPECT_EQ(x.answer(""), "q0");
  EXPECT_EQ((memoriser{{}, {}}.answer("anything")), "");
}

} // namespace

} // namespace aura::evaluation
