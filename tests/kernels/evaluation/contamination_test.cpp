#include "kernels/evaluation/contamination.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace aura::evaluation {

namespace {

constexpr auto thirteen = "one two three four five six seven eight nine ten "
                          "eleven twelve thirteen";

TEST(Contamination, CountsEachKindByItself) {
  const std::vector<split_row> rows = {
    {split::train, "How warm is it?", "q1", "s1"},
    {split::train, thirteen, "q2", "s2"},
    {split::eval, "What does the eval split ask about the kitchen?", "q3",
     "s3"},
    {split::l1, "how WARM is it", "q9", "s9"},
    {split::l0, "how WARM is it", "q9", "s9"},
    {split::l0, "x one two three four five six seven eight y", "q1", "s8"},
    {split::l0,
     "x one two three four five six seven eight nine ten eleven "
     "twelve thirteen y",
     "q8", "s2"},
    {split::l0, "What does the eval split ask about the kitchen today?", "q7",
     "s7"},
    {split::l0, "nothing of this", "q6", "s6"},
  };
  auto x = find_contamination(rows, split::l0);
  EXPECT_EQ(x.rows, 5u);
  EXPECT_EQ(x.same_question, 1u);
  EXPECT_EQ(x.near_question, 3u);
  EXPECT_EQ(x.gram_8, 3u);
  EXPECT_EQ(x.gram_13, 1u);
  EXPECT_EQ(x.same_query, 1u);
  EXPECT_EQ(x.same_structure, 1u);
}

TEST(Contamination, OfOtherTestSplitsDoesNotCount) {
  const std::vector<split_row> rows = {
    {split::l0, "How warm is it?", "q", "s"},
    {split::l1, "How warm is it?", "q", "s"},
  };
  auto x = find_contamination(rows, split::l1);
  EXPECT_EQ(x.rows, 1u);
  EXPECT_EQ(x.same_question, 0u);
  EXPECT_EQ(x.same_structure, 0u);
}

} // namespace

} // namespace aura::evaluation
