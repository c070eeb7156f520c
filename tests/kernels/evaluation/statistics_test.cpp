#include "kernels/evaluation/statistics.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace aura::evaluation {

namespace {

struct interval_case {
  std::uint64_t k;
  std::uint64_t n;
  double confidence;
  double low;
  double high;
};

// Computed elsewhere by bisection on binomial sums of exact fractions.
TEST(Statistics, ClopperPearsonHasItsKnownValues) {
  const std::vector<interval_case> cases = {
    {100, 100, 0.95, 0.9637833, 1},
    {0, 10, 0.95, 0, 0.3084971},
    {10, 10, 0.95, 0.6915029, 1},
    {5, 10, 0.95, 0.1870860, 0.8129140},
    {1, 20, 0.95, 0.001265089, 0.2487328},
    {390, 400, 0.95, 0.9545057, 0.9879479},
    {7, 20, 0.99, 0.1138798, 0.6565686},
  };
  for (auto& x : cases) {
    auto found = clopper_pearson(x.k, x.n, x.confidence);
    EXPECT_NEAR(found.low, x.low, 1e-6) << x.k << " of " << x.n;
    EXPECT_NEAR(found.high, x.high, 1e-6) << x.k << " of " << x.n;
  }
}

TEST(Statistics, NinetyNinePercentTakes368Of368) {
  EXPECT_GE(clopper_pearson(368, 368).low, 0.99);
  EXPECT_LT(clopper_pearson(367, 367).low, 0.99);
}

TEST(Statistics, NothingIsKnownAboutNoObservations) {
  EXPECT_EQ(clopper_pearson(0, 0).low, 0);
  EXPECT_EQ(clopper_pearson(0, 0).high, 1);
  EXPECT_EQ(wilson(0, 0).low, 0);
  EXPECT_EQ(wilson(0, 0).high, 1);
}

TEST(Statistics, ClopperPearsonIsExactByItsDefinition) {
  // The lower end is the p with P(X >= k) = 2.5 %, summed term by term.
  for (auto [k, n] : {std::pair{3, 17}, std::pair{29, 40}, std::pair{59, 60}}) {
    auto p = clopper_pearson(static_cast<std::uint64_t>(k),
                             static_cast<std::uint64_t>(n))
               .low;
    auto tail = 0.0;
    for (auto i = k; i <= n; ++i) {
      auto choices = 1.0;
      for (auto j = 0; j < i; ++j)
        choices *= static_cast<double>(n - j) / (i - j);
      tail += choices * std::pow(p, i) * std::pow(1 - p, n - i);
    }
    EXPECT_NEAR(tail, 0.025, 1e-9) << k << " of " << n;
  }
}

TEST(Statistics, WilsonHasItsKnownValues) {
  const std::vector<interval_case> cases = {
    {100, 100, 0.95, 0.9630065, 1},
    {0, 10, 0.95, 0, 0.2775328},
    {5, 10, 0.95, 0.2365931, 0.7634069},
    {1, 20, 0.95, 0.008881, 0.2361313},
  };
  for (auto& x : cases) {
    auto found = wilson(x.k, x.n, x.confidence);
    EXPECT_NEAR(found.low, x.low, 1e-6) << x.k << " of " << x.n;
    EXPECT_NEAR(found.high, x.high, 1e-6) << x.k << " of " << x.n;
  }
}

TEST(Statistics, IncompleteBetaHasItsKnownValues) {
  EXPECT_NEAR(incomplete_beta(1, 1, 0.3), 0.3, 1e-13);
  EXPECT_NEAR(incomplete_beta(2, 3, 0.5), 0.6875, 1e-13);
  EXPECT_NEAR(incomplete_beta(0.5, 0.5, 0.5), 0.5, 1e-13);
  EXPECT_NEAR(incomplete_beta(400, 2, 0.99), 0.089752766, 1e-8);
  EXPECT_EQ(incomplete_beta(3, 4, 0), 0);
  EXPECT_EQ(incomplete_beta(3, 4, 1), 1);
  for (auto x = 0.05; x < 1; x += 0.1)
    EXPECT_NEAR(incomplete_beta(7, 3, x) + incomplete_beta(3, 7, 1 - x), 1,
                1e-12);
}

TEST(Statistics, NewcombeGivesThePublishedIntervals) {
  // Table II of Newcombe (1998), examples (a), (c) and (e), method 10.
  const auto a = newcombe(56, 70, 48, 80);
  EXPECT_NEAR(a.low, 0.0524, 5e-5);
  EXPECT_NEAR(a.high, 0.3339, 5e-5);
  const auto c = newcombe(6, 7, 2, 7);
  EXPECT_NEAR(c.low, 0.0582, 5e-5);
  EXPECT_NEAR(c.high, 0.8062, 5e-5);
  const auto e = newcombe(0, 10, 0, 20);
  EXPECT_NEAR(e.low, -0.1611, 5e-5);
  EXPECT_NEAR(e.high, 0.2775, 5e-5);
  EXPECT_EQ(newcombe(0, 0, 1, 2).low, -1);
}

TEST(Statistics, McNemarIsTheExactBinomialTest) {
  EXPECT_EQ(mcnemar(0, 0), 1);
  EXPECT_EQ(mcnemar(4, 4), 1);
  EXPECT_NEAR(mcnemar(0, 5), 2 / 32.0, 1e-12);
  EXPECT_NEAR(mcnemar(1, 9), 2 * 11 / 1024.0, 1e-12);
  EXPECT_EQ(mcnemar(3, 12), mcnemar(12, 3));
}

TEST(Statistics, BootstrapDrawsWholeFamilies) {
  // Twenty families of five questions that stand or fall together vary more
  // than a hundred single questions.
  std::vector<family_score> families;
  std::vector<family_score> singles;
  for (std::uint64_t i = 0; i < 20; ++i) {
    families.push_back({i % 2 ? 5u : 0u, 5});
    for (auto k = 0; k < 5; ++k)
      singles.push_back({i % 2, 1});
  }
  auto wide = cluster_bootstrap(families, 1);
  auto narrow = cluster_bootstrap(singles, 1);
  EXPECT_GT(wide.high - wide.low, 1.8 * (narrow.high - narrow.low));
  EXPECT_LT(wide.low, 0.5);
  EXPECT_GT(wide.high, 0.5);
  auto again = cluster_bootstrap(families, 1);
  EXPECT_EQ(wide.low, again.low);
  EXPECT_EQ(wide.high, again.high);
}

TEST(Statistics, BootstrapOfPerfectScoresIsPerfect) {
  std::vector<family_score> families(10, {3, 3});
  auto x = cluster_bootstrap(families, 1);
  EXPECT_EQ(x.low, 1);
  EXPECT_EQ(x.high, 1);
}

} // namespace

} // namespace aura::evaluation
