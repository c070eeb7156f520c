#include "kernels/model/optimizer.hpp"

#include "tests/kernels/model/samples.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace aura::model {
namespace {

std::vector<float> random_gradients(std::size_t n, std::uint64_t seed) {
  random_stream random{seed, "gradients"};
  std::vector<float> result(n);
  for (auto& x : result)
    x = static_cast<float>(random.uniform() - 0.5);
  return result;
}

void step(optimizer& x, std::vector<float>& parameters,
          std::vector<float> gradients, double factor = 1) {
  const auto norm
    = std::sqrt(ops::best().squares(gradients.data(), gradients.size()));
  x.begin(factor, norm);
  for (std::size_t i = 0; i < x.parts(); ++i)
    x.run(i, parameters, gradients);
}

TEST(Orthogonalise, MakesSingularValuesNearOne) {
  constexpr std::size_t rows = 32, columns = 80;
  auto x = random_gradients(rows * columns, 1);
  orthogonalise(x, rows, columns, 5, ops::best());
  // x · xᵀ is near the identity: Muon's coefficients stop within ± 0.5.
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t j = 0; j < rows; ++j) {
      auto dot = 0.0;
      for (std::size_t k = 0; k < columns; ++k)
        dot += static_cast<double>(x[i * columns + k]) * x[j * columns + k];
      EXPECT_NEAR(dot, i == j ? 1 : 0, i == j ? 0.5 : 0.3) << i << " " << j;
    }
}

TEST(Orthogonalise, LeavesZeroAlone) {
  std::vector<float> x(16 * 16);
  orthogonalise(x, 16, 16, 5, ops::best());
  for (auto value : x)
    EXPECT_EQ(value, 0);
}

TEST(Optimizer, MovesEveryParameter) {
  for (auto kind : {optimizer_kind::muon, optimizer_kind::adamw}) {
    const auto shape = small_shape();
    const auto before = initial_parameters(shape, 1);
    auto after = before;
    optimizer x{shape, {.kind = kind}};
    step(x, after, random_gradients(before.size(), 2));
    for (const auto& slot : lay_out(shape).all())
      for (std::size_t i = 0; i < slot.size(); ++i)
        ASSERT_NE(after[slot.offset + i], before[slot.offset + i]) << slot.name;
  }
}

TEST(Optimizer, AdamwFollowsTheRule) {
  const auto shape = small_shape();
  auto parameters = initial_parameters(shape, 1);
  const optimizer_options options{.kind = optimizer_kind::adamw,
                                  .rate = 0.01,
                                  .weight_decay = 0.1,
                                  .clip = 0.5};
  optimizer x{shape, options};
  std::vector<double> want{parameters.begin(), parameters.end()};
  std::vector<double> first(want.size()), second(want.size());
  const auto slots = lay_out(shape);
  for (int t = 1; t <= 5; ++t) {
    const auto g = random_gradients(want.size(), static_cast<std::uint64_t>(t));
    auto norm = 0.0;
    for (auto value : g)
      norm += static_cast<double>(value) * value;
    const auto shrink = 0.5 / std::sqrt(norm);
    step(x, parameters, g, 0.5);
    for (const auto& slot : slots.all())
      for (auto i = slot.offset; i < slot.offset + slot.size(); ++i) {
        if (slot.columns > 0)
          want[i] *= 1 - 0.005 * 0.1;
        const auto slope = g[i] * shrink;
        first[i] = 0.9 * first[i] + 0.1 * slope;
        second[i] = 0.98 * second[i] + 0.02 * slope * slope;
        want[i] -= 0.005 * first[i] / (1 - std::pow(0.9, t))
                   / (std::sqrt(second[i] / (1 - std::pow(0.98, t))) + 1e-8);
      }
  }
  for (const auto& slot : slots.all())
    for (auto i = slot.offset; i < slot.offset + slot.size(); ++i)
      ASSERT_NEAR(parameters[i], want[i], 2e-5) << slot.name;
}

TEST(Optimizer, MuonIgnoresTheSizeOfAGradient) {
  const auto shape = small_shape();
  auto a = initial_parameters(shape, 1), b = a;
  auto g = random_gradients(a.size(), 2);
  optimizer x{shape, {.clip = 0}}, y{shape, {.clip = 0}};
  step(x, a, g);
  for (auto& value : g)
    value *= 1024;
  step(y, b, g);
  const auto slot = lay_out(shape).layers[0].down;
  for (auto i = slot.offset; i < slot.offset + slot.size(); ++i)
    ASSERT_NEAR(a[i], b[i], 1e-5);
}

TEST(Optimizer, GivesTheSameInAnyOrderOfParts) {
  const auto shape = small_shape();
  auto a = initial_parameters(shape, 1), b = a;
  optimizer x{shape, {}}, y{shape, {}};
  for (int t = 0; t < 3; ++t) {
    auto g = random_gradients(a.size(), 2), h = g;
    x.begin(1, 10);
    y.begin(1, 10);
    for (std::size_t i = 0; i < x.parts(); ++i) {
      x.run(i, a, g);
      y.run(x.parts() - 1 - i, b, h);
    }
  }
  EXPECT_EQ(a, b);
}

} // namespace
} // namespace aura::model
