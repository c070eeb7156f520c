#include "kernels/evaluation/statistics.hpp"

#include "kernels/base/random.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

namespace aura::evaluation {

namespace {

// ln Γ(x) after Lanczos with g = 7 and nine terms. std::lgamma writes a global.
double log_gamma(double x) {
  static constexpr std::array<double, 9> terms
    = {0.99999999999980993,  676.5203681218851,     -1259.1392167224028,
       771.32342877765313,   -176.61502916214059,   12.507343278686905,
       -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7};
  auto sum = terms[0];
  for (std::size_t i = 1; i < terms.size(); ++i)
    sum += terms[i] / (x - 1 + static_cast<double>(i));
  auto t = x + 6.5;
  return 0.5 * std::log(2 * std::numbers::pi) + (x - 0.5) * std::log(t) - t
         + std::log(sum);
}

// The continued fraction of I_x(a, b) by Lentz's method. It converges fast for
// x < (a + 1) / (a + b + 2).
double beta_fraction(double a, double b, double x) {
  constexpr auto tiny = 1e-300;
  auto away_from_zero = [](double v) { return std::abs(v) < tiny ? tiny : v; };
  auto c = 1.0;
  auto d = 1 / away_from_zero(1 - (a + b) * x / (a + 1));
  auto h = d;
  for (auto i = 1; i <= 10'000; ++i) {
    auto m = static_cast<double>(i);
    auto even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away_from_zero(1 + even * d);
    c = away_from_zero(1 + even / c);
    h *= d * c;
    auto odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away_from_zero(1 + odd * d);
    c = away_from_zero(1 + odd / c);
    h *= d * c;
    if (std::abs(d * c - 1) < 1e-15)
      break;
  }
  return h;
}

// The x where I_x(a, b) reaches `p`, by bisection down to the last bit.
double beta_quantile(double a, double b, double p) {
  auto low = 0.0;
  auto high = 1.0;
  for (;;) {
    auto middle = low + (high - low) / 2;
    if (middle <= low || middle >= high)
      return middle;
    (incomplete_beta(a, b, middle) < p ? low : high) = middle;
  }
}

// The quantile of the standard normal distribution, by bisection on erfc.
double normal_quantile(double p) {
  auto low = -40.0;
  auto high = 40.0;
  for (auto i = 0; i < 200; ++i) {
    auto middle = low + (high - low) / 2;
    auto below = 0.5 * std::erfc(-middle / std::numbers::sqrt2);
    (below < p ? low : high) = middle;
  }
  return low + (high - low) / 2;
}

} // namespace

double incomplete_beta(double a, double b, double x) {
  assert(a > 0 && b > 0 && x >= 0 && x <= 1);
  if (x == 0 || x == 1)
    return x;
  auto front = std::exp(log_gamma(a + b) - log_gamma(a) - log_gamma(b)
                        + a * std::log(x) + b * std::log1p(-x));
  if (x < (a + 1) / (a + b + 2))
    return front * beta_fraction(a, b, x) / a;
  return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

interval clopper_pearson(std::uint64_t k, std::uint64_t n, double confidence) {
  assert(k <= n);
  auto tail = (1 - confidence) / 2;
  auto right = static_cast<double>(k);
  auto wrong = static_cast<double>(n - k);
  interval out;
  if (k > 0)
    out.low = beta_quantile(right, wrong + 1, tail);
  if (k < n)
    out.high = beta_quantile(right + 1, wrong, 1 - tail);
  return out;
}

interval wilson(std::uint64_t k, std::uint64_t n, double confidence) {
  assert(k <= n);
  if (n == 0)
    return {};
  auto z = normal_quantile(1 - (1 - confidence) / 2);
  auto count = static_cast<double>(n);
  auto p = static_cast<double>(k) / count;
  auto scale = 1 / (1 + z * z / count);
  auto centre = scale * (p + z * z / (2 * count));
  auto half
    = scale * z * std::sqrt(p * (1 - p) / count + z * z / (4 * count * count));
  // At either end the bound is exact, and rounding must not leave [0, 1].
  return {k == 0 ? 0 : std::max(0.0, centre - half),
          k == n ? 1 : std::min(1.0, centre + half)};
}

interval newcombe(std::uint64_t k, std::uint64_t n, std::uint64_t l,
                  std::uint64_t m, double confidence) {
  if (n == 0 || m == 0)
    return {-1, 1};
  auto p = static_cast<double>(k) / static_cast<double>(n);
  auto q = static_cast<double>(l) / static_cast<double>(m);
  auto of_p = wilson(k, n, confidence);
  auto of_q = wilson(l, m, confidence);
  return {p - q - std::hypot(p - of_p.low, of_q.high - q),
          p - q + std::hypot(of_p.high - p, q - of_q.low)};
}

double mcnemar(std::uint64_t first_only, std::uint64_t second_only) {
  auto fewer = static_cast<double>(std::min(first_only, second_only));
  auto more = static_cast<double>(std::max(first_only, second_only));
  // P(X <= fewer) for X binomial over all differing questions with p = 1/2.
  if (fewer + more == 0)
    return 1;
  return std::min(1.0, 2 * incomplete_beta(more, fewer + 1, 0.5));
}

interval cluster_bootstrap(std::span<const family_score> families,
                           std::uint64_t seed, std::size_t draws,
                           double confidence) {
  if (families.empty() || draws == 0)
    return {};
  std::vector<double> shares;
  shares.reserve(draws);
  for (std::size_t draw = 0; draw < draws; ++draw) {
    random_stream random{seed, "bootstrap", draw};
    family_score sum;
    for (std::size_t i = 0; i < families.size(); ++i) {
      auto& x = families[random.below(families.size())];
      sum.right += x.right;
      sum.questions += x.questions;
    }
    shares.push_back(sum.questions == 0
                       ? 0
                       : static_cast<double>(sum.right)
                           / static_cast<double>(sum.questions));
  }
  std::ranges::sort(shares);
  auto at = [&](double p) {
    return shares[static_cast<std::size_t>(p * static_cast<double>(draws - 1)
                                           + 0.5)];
  };
  auto tail = (1 - confidence) / 2;
  return {at(tail), at(1 - tail)};
}

} // namespace aura::evaluation
