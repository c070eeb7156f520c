#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace aura::evaluation {

/// Both ends of a confidence interval for a proportion.
struct interval {
  double low = 0;
  double high = 1;
};

/// The regularised incomplete beta function I_x(a, b), to about 1e-13.
/// @pre a > 0, b > 0, 0 <= x <= 1
double incomplete_beta(double a, double b, double x);

/// The exact interval of Clopper and Pearson (1934) for `k` of `n`, two-sided.
/// 100 of 100 gives [0.9638, 1]. No observations give [0, 1]. @pre k <= n
interval clopper_pearson(std::uint64_t k, std::uint64_t n,
                         double confidence = 0.95);

/// The score interval of Wilson (1927): shorter, and its coverage is right only
/// on average. @pre k <= n
interval wilson(std::uint64_t k, std::uint64_t n, double confidence = 0.95);

/// The interval for the difference p - q of two independent proportions, `k` of
/// `n` and `l` of `m`, after Newcombe (1998, method 10): it is made of the
/// Wilson intervals of both. Without observations on a side it is [-1, 1].
/// @pre k <= n, l <= m
interval newcombe(std::uint64_t k, std::uint64_t n, std::uint64_t l,
                  std::uint64_t m, double confidence = 0.95);

/// The exact two-sided p-value of McNemar's test: how likely it is that two
/// equally good systems differ so much on the same questions. `first_only` is
/// how many only the first answered rightly.
double mcnemar(std::uint64_t first_only, std::uint64_t second_only);

/// How many questions of one family were answered rightly.
struct family_score {
  std::uint64_t right = 0;
  std::uint64_t questions = 0;
};

/// The percentile bootstrap for the share of right answers, which draws whole
/// families: questions about one query stand or fall together. Equal seeds
/// give equal intervals.
interval cluster_bootstrap(std::span<const family_score> families,
                           std::uint64_t seed, std::size_t draws = 2000,
                           double confidence = 0.95);

} // namespace aura::evaluation
