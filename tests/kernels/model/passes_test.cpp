#include "kernels/model/pretrained/passes.hpp"

#include "kernels/model/pretrained/schedule.hpp"
#include "tests/kernels/model/samples.hpp"

#include <gtest/gtest.h>

#include <map>

namespace aura::model {
namespace {

TEST(Passes, PackExamplesSideBySide) {
  const auto a = example{{1, 2}, {3}, {4, 5}};
  const auto b = example{{}, {6, 7}, {8}};
  const example* both[] = {&a, &b};
  const auto x = pack_apart(both);
  EXPECT_EQ(x.tokens, (std::vector<std::int32_t>{1, 2, 3, 4, 6, 7}));
  EXPECT_EQ(x.positions, (std::vector<std::uint32_t>{0, 1, 2, 3, 0, 1}));
  EXPECT_EQ(x.targets, (std::vector<std::int32_t>{4, 5, 8}));
  EXPECT_EQ(x.context, 0u);
  ASSERT_EQ(x.segments.size(), 2u);
  EXPECT_EQ(x.segments[0].begin, 0u);
  EXPECT_EQ(x.segments[0].query, 2u);
  EXPECT_EQ(x.segments[0].end, 4u);
  EXPECT_EQ(x.segments[1].begin, 4u);
  EXPECT_EQ(x.segments[1].query, 5u);
  EXPECT_EQ(x.segments[1].end, 6u);
}

TEST(Passes, ShowEveryExampleOnceAnEpoch) {
  const auto examples = random_examples(103, 5);
  for (auto group : {1, 4})
    for (auto tokens : {1, 50, 100000}) {
      const auto limits = pass_limits{7, static_cast<std::size_t>(tokens),
                                      static_cast<std::size_t>(group)};
      auto seen = std::map<std::size_t, int>{};
      const auto windows = plan_windows(examples, limits, 16, 9, 2);
      for (std::size_t w = 0; w < windows.size(); ++w) {
        auto count = std::size_t{0};
        for (const auto& pass : windows[w]) {
          count += pass.members.size();
          auto sum = std::size_t{0};
          for (auto i : pass.members) {
            ++seen[i];
            sum += tokens_of(examples[i]);
          }
          if (!pass.shared) {
            EXPECT_LE(pass.members.size(), 7u);
          }
          if (pass.members.size() > 1) {
            const auto packed = pack_pass(examples, pass);
            EXPECT_LE(packed.tokens.size(), limits.tokens);
            EXPECT_LE(packed.tokens.size(), sum);
          }
        }
        if (w + 1 < windows.size() && group == 1) {
          EXPECT_EQ(count, 16u);
        }
      }
      EXPECT_EQ(seen.size(), examples.size());
      for (const auto& [i, n] : seen)
        EXPECT_EQ(n, 1) << i;
    }
}

TEST(Passes, FitTheLongestFirst) {
  auto examples = std::vector<example>(5);
  const std::size_t lengths[] = {30, 60, 40, 70, 10};
  for (std::size_t i = 0; i < 5; ++i) {
    examples[i].question.assign(lengths[i], 1);
    examples[i].answer = {2};
  }
  const auto passes
    = cut_passes(examples, {{0}, {1}, {2}, {3}, {4}}, {16, 100, 1});
  ASSERT_EQ(passes.size(), 3u);
  EXPECT_EQ(passes[0].members, (group{3, 0}));
  EXPECT_EQ(passes[1].members, (group{1, 2}));
  EXPECT_EQ(passes[2].members, (group{4}));
}

/// From transformers 5's get_cosine_schedule_with_warmup and its siblings, ten
/// steps of which two warm up.
TEST(TuningRate, IsThatOfTransformers) {
  const double cosine[] = {0,
                           0.5,
                           1,
                           0.9619397662556434,
                           0.8535533905932737,
                           0.6913417161825449,
                           0.5,
                           0.3086582838174552,
                           0.14644660940672627,
                           0.03806023374435663};
  const double linear[]
    = {0, 0.5, 1, 0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125};
  for (std::size_t i = 0; i < 10; ++i) {
    EXPECT_NEAR(tuning_rate(schedule_kind::cosine, 0.2, i, 10), cosine[i],
                1e-12);
    EXPECT_NEAR(tuning_rate(schedule_kind::linear, 0.2, i, 10), linear[i],
                1e-12);
    EXPECT_EQ(tuning_rate(schedule_kind::constant, 0.2, i, 10),
              i < 2 ? 0.5 * static_cast<double>(i) : 1.0);
  }
  // Warm-up is rounded up to whole steps.
  EXPECT_EQ(tuning_rate(schedule_kind::constant, 0.1, 1, 11), 0.5);
}

} // namespace
} // namespace aura::model
