#include "kernels/retrieval/bm25.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace aura::retrieval {
namespace {

TEST(Bm25, GivesTheScoreOfTheFormula) {
  const auto index = bm25{{{"a", "a", "b"}, {"b", "c"}, {"c"}}};
  const auto scores = index.scores({"a"});
  // idf = ln(1 + 2.5/1.5), tf = 2, length 3 of a mean of 2.
  const auto expected
    = std::log(1 + 2.5 / 1.5) * 2 * 2.2 / (2 + 1.2 * (0.25 + 0.75 * 1.5));
  EXPECT_NEAR(scores[0], expected, 1e-12);
  EXPECT_EQ(scores[1], 0);
  EXPECT_EQ(scores[2], 0);
}

TEST(Bm25, PrefersRareTerms) {
  const auto index = bm25{{{"x", "rare"}, {"x", "common"}, {"x", "common"}}};
  const auto scores = index.scores({"rare", "common"});
  EXPECT_GT(scores[0], scores[1]);
  EXPECT_EQ(scores[1], scores[2]);
}

TEST(Bm25, SurvivesEmptyInput) {
  EXPECT_TRUE(bm25{{}}.scores({"a"}).empty());
  EXPECT_EQ((bm25{{{}, {"a"}}}.scores({})), (std::vector<double>{0, 0}));
}

} // namespace
} // namespace aura::retrieval
