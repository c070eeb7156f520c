#include "actors/net/limits.hpp"

#include <gtest/gtest.h>

namespace aura::net {
namespace {

using namespace std::chrono_literals;

const auto start = instant{};

TEST(RetryBudget, LetsAFifthOfTheRequestsRetryAtOnce) {
  auto budget = retry_budget{{0.2, 0.001, 100.0}, start};
  for (auto i = 0; i < 50; ++i)
    budget.count_request();
  auto free = 0;
  while (budget.take(start) == 0ms)
    ++free;
  EXPECT_EQ(free, 10);
}

TEST(RetryBudget, LetsThreeASecondRetryWhateverTheLoad) {
  auto budget = retry_budget{{0.2, 3.0, 100.0}, start};
  for (auto i = 0; i < 3; ++i)
    EXPECT_EQ(budget.take(start), 0ms);
  EXPECT_EQ(budget.take(start + 1s), 0ms);
}

TEST(RetryBudget, PacesRetriesBeyondTheAllowance) {
  auto budget = retry_budget{{0.0, 2.0, 100.0}, start};
  EXPECT_EQ(budget.take(start), 0ms);
  EXPECT_EQ(budget.take(start), 0ms);
  EXPECT_EQ(budget.take(start), 500ms);
  EXPECT_EQ(budget.take(start), 1000ms);
  EXPECT_EQ(budget.take(start), 1500ms);
  EXPECT_EQ(budget.take(start + 1s), 1000ms);
}

TEST(RetryBudget, SavesNoMoreThanItsCap) {
  auto budget = retry_budget{{1.0, 1.0, 5.0}, start};
  for (auto i = 0; i < 1000; ++i)
    budget.count_request();
  auto free = 0;
  while (budget.take(start + 24h) == 0ms)
    ++free;
  EXPECT_EQ(free, 5);
}

TEST(ConcurrencyLimit, StartsAtTheTopAndShrinksByAQuarter) {
  auto limit = concurrency_limit{16};
  EXPECT_EQ(limit.value(), 16u);
  limit.on_refusal(start, start + 1s);
  EXPECT_EQ(limit.value(), 12u);
  limit.on_refusal(start + 2s, start + 3s);
  EXPECT_EQ(limit.value(), 9u);
}

TEST(ConcurrencyLimit, CountsOneRefusalOfABurst) {
  auto limit = concurrency_limit{16};
  for (auto i = 0; i < 16; ++i)
    limit.on_refusal(start + i * 1ms, start + 1s + i * 1ms);
  EXPECT_EQ(limit.value(), 12u);
}

TEST(ConcurrencyLimit, NeverShrinksBelowOne) {
  auto limit = concurrency_limit{4};
  for (auto i = 0; i < 100; ++i)
    limit.on_refusal(start + i * 2s, start + i * 2s + 1s);
  EXPECT_EQ(limit.value(), 1u);
}

TEST(ConcurrencyLimit, GrowsByOneEveryTwentyFiveSuccessesUpToTheTop) {
  auto limit = concurrency_limit{16};
  limit.on_refusal(start, start);
  for (auto i = 0; i < 24; ++i)
    limit.on_success();
  EXPECT_EQ(limit.value(), 12u);
  limit.on_success();
  EXPECT_EQ(limit.value(), 13u);
  for (auto i = 0; i < 1000; ++i)
    limit.on_success();
  EXPECT_EQ(limit.value(), 16u);
}

TEST(Breaker, OpensAfterFailuresInARow) {
  auto x = breaker{{3, 10s}};
  x.on_failure();
  x.on_failure();
  x.on_success();
  x.on_failure();
  x.on_failure();
  EXPECT_FALSE(x.open());
  x.on_failure();
  EXPECT_TRUE(x.open());
  x.on_success();
  EXPECT_TRUE(x.open());
}

TEST(Breaker, OpensAfterRefusalsWithoutAnySuccess) {
  auto x = breaker{{3, 10s}};
  x.on_refusal(start);
  x.on_refusal(start + 9s);
  EXPECT_FALSE(x.open());
  x.on_success();
  x.on_refusal(start + 11s);
  EXPECT_FALSE(x.open());
  x.on_refusal(start + 21s);
  EXPECT_TRUE(x.open());
}

} // namespace
} // namespace aura::net
