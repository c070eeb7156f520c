#include "kernels/ops/adamw.hpp"

#include "kernels/ops/dynamic_map.hpp"
#include "tests/kernels/model/golden.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace aura::ops {
namespace {

using floats = std::vector<float>;

struct moments8 {
  explicit moments8(std::size_t size)
    : m(size), v(size), m_scale(adamw8_blocks(size)),
      v_scale(adamw8_blocks(size)) {
    clear(spans());
  }

  adamw8_moments spans() {
    return {m, v, m_scale, v_scale};
  }

  std::vector<std::uint8_t> m, v;
  floats m_scale, v_scale;
};

std::size_t different(const floats& wanted,
                      const std::vector<std::uint8_t>& found) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < found.size(); ++i)
    count += wanted[i] != static_cast<float>(found[i]);
  return count;
}

TEST(AdamW, TenStepsAreThoseOfPyTorch) {
  const golden_file golden{"model/nf4.safetensors"};
  auto p = golden.read("adamw.p");
  floats m(p.size()), v(p.size());
  for (std::size_t step = 1; step <= 10; ++step)
    adamw32(p, golden.read("adamw.g" + std::to_string(step)), m, v,
            {.rate = 1e-2, .beta2 = 0.995, .weight_decay = 0.3, .step = step});
  const auto wanted = golden.read("adamw.p10");
  for (std::size_t i = 0; i < p.size(); ++i)
    EXPECT_NEAR(p[i], wanted[i], 1e-6 * (1 + std::fabs(wanted[i]))) << i;
}

TEST(AdamW, TenStepsInBytesAreThoseOfBitsandbytes) {
  const golden_file golden{"model/nf4.safetensors"};
  auto p = golden.read("adam.p");
  moments8 moments{p.size()};
  for (std::size_t step = 1; step <= 10; ++step)
    adamw8(p, golden.read("adam.g" + std::to_string(step)), moments.spans(),
           {.rate = 1e-2, .beta2 = 0.995, .step = step});
  EXPECT_LE(different(golden.read("adam.m"), moments.m), 20U);
  EXPECT_LE(different(golden.read("adam.v"), moments.v), 20U);
  const auto wanted = golden.read("adam.p10");
  std::size_t far = 0;
  for (std::size_t i = 0; i < p.size(); ++i)
    far += std::fabs(p[i] - wanted[i]) > 1e-6 * (1 + std::fabs(wanted[i]));
  EXPECT_LE(far, 20U);
}

TEST(AdamW, DecaysBeforeTheStepInFloatsAndAfterItInBytes) {
  // The first step has m̂ = g and v̂ = g²: it moves by the rate.
  const adamw_rule rule{.rate = 0.25, .weight_decay = 2};
  const floats g(2, 0.5f);
  floats p(2, 3.0f), m(2), v(2);
  adamw32(p, g, m, v, rule);
  EXPECT_NEAR(p[0], 3 * 0.5 - 0.25, 1e-6);
  floats q(2, 3.0f);
  moments8 moments{2};
  adamw8(q, g, moments.spans(), rule);
  EXPECT_NEAR(q[0], (3 - 0.25) * 0.5, 1e-6);
}

TEST(AdamW, ScalesGradientsByWhatClippingSays) {
  const floats g{3, -4}, tenth{0.3f, -0.4f};
  floats p{1, 1}, q{1, 1}, m(2), v(2), m2(2), v2(2);
  adamw32(p, g, m, v, {.scale = 0.1});
  adamw32(q, tenth, m2, v2, {});
  EXPECT_FLOAT_EQ(m[1], m2[1]);
  EXPECT_FLOAT_EQ(p[0], q[0]);
  EXPECT_DOUBLE_EQ(clip_factor(5, 1), 1 / (5 + 1e-6));
  EXPECT_EQ(clip_factor(0.5, 1), 1);
  EXPECT_EQ(clip_factor(5, 0), 1);
}

TEST(AdamW, LeavesAloneWhatHasNoFiniteGradient) {
  constexpr auto infinity = std::numeric_limits<float>::infinity();
  floats p(4, 1.0f);
  moments8 moments{4};
  adamw8(p, floats{1, 1, 1, 1}, moments.spans(), {.rate = 0.1});
  const auto before = p;
  adamw8(p, floats{1, infinity, std::nanf(""), -1}, moments.spans(),
         {.rate = 0.1, .step = 2});
  EXPECT_NE(p[0], before[0]);
  EXPECT_EQ(p[1], before[1]);
  EXPECT_EQ(p[2], before[2]);
  EXPECT_EQ(dynamic_map(true)[moments.m[1]], 0);
  EXPECT_EQ(dynamic_map(false)[moments.v[2]], 0);
}

TEST(AdamW, MomentumKeepsItsSignInBytes) {
  // Next to a large one of its block a small momentum rounds to zero.
  floats p(2);
  moments8 moments{2};
  adamw8(p, floats{1, -1e-9f}, moments.spans(), {});
  EXPECT_LT(dynamic_map(true)[moments.m[1]], 0);
}

TEST(AdamW, MayBeCutBetweenBlocks) {
  constexpr std::size_t size = 700, cut = 2 * adamw8_block;
  floats p(size), g(size);
  for (std::size_t i = 0; i < size; ++i) {
    p[i] = static_cast<float>(i % 13) - 6;
    g[i] = static_cast<float>(i % 7) - 3;
  }
  auto q = p;
  moments8 whole{size}, parts{size};
  adamw8(p, g, whole.spans(), {.rate = 0.1});
  const auto part = [&](std::size_t begin, std::size_t count) {
    const auto blocks = adamw8_blocks(count);
    const auto first = begin / adamw8_block;
    adamw8(std::span{q}.subspan(begin, count),
           std::span{g}.subspan(begin, count),
           {std::span{parts.m}.subspan(begin, count),
            std::span{parts.v}.subspan(begin, count),
            std::span{parts.m_scale}.subspan(first, blocks),
            std::span{parts.v_scale}.subspan(first, blocks)},
           {.rate = 0.1});
  };
  part(cut, size - cut);
  part(0, cut);
  EXPECT_EQ(p, q);
  EXPECT_EQ(whole.m, parts.m);
  EXPECT_EQ(whole.v_scale, parts.v_scale);
}

} // namespace
} // namespace aura::ops
