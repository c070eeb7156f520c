#include "actors/net/rate_budget.hpp"

#include "actors/net/spending.hpp"

#include <gtest/gtest.h>

namespace aura::net {
namespace {

using namespace std::chrono_literals;

const auto start = instant{};

TEST(RateBudget, IsNoLimitAtZero) {
  auto x = rate_budget{0, start};
  x.take(1e12, start);
  EXPECT_EQ(x.wait(1e12, start), 0ms);
}

TEST(RateBudget, SavesUpWhatTwoSecondsBring) {
  auto x = rate_budget{600, start};
  EXPECT_EQ(x.wait(20, start + 1h), 0ms);
  x.take(20, start + 1h);
  EXPECT_EQ(x.wait(1, start + 1h), 101ms) << "100, and not too early";
  EXPECT_EQ(x.wait(1, start + 1h + 101ms), 0ms);
}

TEST(RateBudget, LetsThroughWhatIsLargerThanAllThatIsSaved) {
  auto x = rate_budget{600, start};
  EXPECT_EQ(x.wait(50, start), 0ms);
  x.take(50, start);
  EXPECT_EQ(x.wait(1, start), 3101ms) << "thirty are owed";
}

TEST(RateBudget, TakesBackWhatWasNotUsed) {
  auto x = rate_budget{600, start};
  x.take(20, start);
  x.give_back(15);
  EXPECT_EQ(x.wait(15, start), 0ms);
  EXPECT_GT(x.wait(16, start), 0ms);
  x.give_back(-5);
  EXPECT_EQ(x.wait(10, start), 0ms);
  EXPECT_GT(x.wait(11, start), 0ms);
}

TEST(RateBudget, NeverLetsAMinuteGoFarOverItsAllowance) {
  auto x = rate_budget{120, start};
  auto taken = 0;
  for (auto now = start; now < start + 60s; now += 7ms)
    while (x.wait(1, now) == 0ms) {
      x.take(1, now);
      ++taken;
    }
  EXPECT_GE(taken, 120);
  EXPECT_LE(taken, 124);
}

TEST(Prices, BelieveTheServerFirst) {
  const auto at = prices{2.0, 8.0};
  EXPECT_DOUBLE_EQ(cost_of({1'000'000, 500'000, false, std::nullopt}, at), 6.0);
  EXPECT_DOUBLE_EQ(cost_of({1'000'000, 500'000, false, 0.25}, at), 0.25);
  EXPECT_DOUBLE_EQ(cost_of({5, 5, false, std::nullopt}, {}), 0.0);
}

TEST(Spending, SetsTheMostAsideAndSettles) {
  auto x = spending{1.0, 0.5};
  EXPECT_TRUE(x.affords(0.5));
  EXPECT_FALSE(x.affords(0.6));
  x.set_aside(0.4);
  EXPECT_FALSE(x.affords(0.2));
  EXPECT_TRUE(x.can_ever_afford(0.2));
  x.settle(0.4, 0.1);
  EXPECT_DOUBLE_EQ(x.spent(), 0.6);
  EXPECT_TRUE(x.affords(0.4));
  EXPECT_FALSE(x.can_ever_afford(0.41));
}

TEST(Spending, IsNoLimitWithoutABudget) {
  auto x = spending{};
  x.set_aside(1e9);
  EXPECT_TRUE(x.affords(1e9));
  x.settle(1e9, 5.0);
  EXPECT_DOUBLE_EQ(x.spent(), 5.0);
}

// Whatever comes, the sum of the costs never goes over the budget as long as no
// request costs more than it had set aside.
TEST(Spending, NeverGoesOverTheBudget) {
  for (auto seed = 1u; seed <= 50; ++seed) {
    auto random = random_stream{seed, "spending"};
    auto x = spending{1.0};
    auto flying = std::vector<double>{};
    for (auto i = 0; i < 5000; ++i) {
      const auto most = 0.001 + 0.02 * random.uniform();
      if (random.below(2) == 0 && x.affords(most)) {
        x.set_aside(most);
        flying.push_back(most);
      } else if (!flying.empty()) {
        x.settle(flying.back(), flying.back() * random.uniform());
        flying.pop_back();
      }
      ASSERT_LE(x.spent() + x.reserved(), 1.0 + 1e-6);
    }
    EXPECT_GT(x.spent(), 0.9);
  }
}

} // namespace
} // namespace aura::net
