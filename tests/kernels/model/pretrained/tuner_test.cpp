#include "kernels/model/pretrained/tuner.hpp"

#include "kernels/base/random.hpp"
#include "kernels/model/pretrained/fused_tuner.hpp"
#include "tests/kernels/model/pretrained/tiny.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace aura::model {
namespace {

using floats = std::vector<float>;

floats copied(std::span<const float> x) {
  return {x.begin(), x.end()};
}

/// Texts side by side without a context.
packed_sequence packed(std::span<const tiny_text> texts) {
  packed_sequence out;
  for (const auto& x : texts) {
    const auto begin = static_cast<std::uint32_t>(out.tokens.size());
    for (std::size_t i = 0; i + 1 < x.ids.size(); ++i) {
      out.tokens.push_back(x.ids[i]);
      out.positions.push_back(static_cast<std::uint32_t>(i));
      if (i >= x.query)
        out.targets.push_back(x.ids[i + 1]);
    }
    out.segments.push_back({begin, begin + static_cast<std::uint32_t>(x.query),
                            static_cast<std::uint32_t>(out.tokens.size())});
  }
  return out;
}

/// Two answers to one beginning, which is computed once.
packed_sequence shared(std::size_t context) {
  packed_sequence out;
  out.context = context;
  const auto add = [&](std::uint32_t position) {
    out.tokens.push_back(static_cast<std::int32_t>(out.tokens.size() * 7 % 44));
    out.positions.push_back(position);
  };
  for (std::uint32_t i = 0; i < context; ++i)
    add(i);
  const auto end = static_cast<std::uint32_t>(context);
  out.segments.push_back({0, 0, end});
  for (std::uint32_t length : {5U, 3U}) {
    const auto begin = static_cast<std::uint32_t>(out.tokens.size());
    for (std::uint32_t i = 0; i < length; ++i)
      add(end + i);
    out.segments.push_back({begin, begin + 1, begin + length});
    for (std::uint32_t i = 1; i < length; ++i)
      out.targets.push_back(static_cast<std::int32_t>(i * 5));
  }
  return out;
}

/// The texts of shared(), each with the beginning before it.
std::vector<packed_sequence> apart(const packed_sequence& x) {
  std::vector<packed_sequence> result;
  std::size_t target = 0;
  for (std::size_t i = 1; i < x.segments.size(); ++i) {
    const auto& s = x.segments[i];
    packed_sequence one;
    const auto take = [&](std::size_t row) {
      one.tokens.push_back(x.tokens[row]);
      one.positions.push_back(x.positions[row]);
    };
    for (std::size_t row = 0; row < x.context; ++row)
      take(row);
    for (std::size_t row = s.begin; row < s.end; ++row)
      take(row);
    const auto first = static_cast<std::uint32_t>(x.context);
    one.segments = {{0, first + s.query - s.begin, first + s.end - s.begin}};
    for (auto row = s.query; row < s.end; ++row)
      one.targets.push_back(x.targets[target++]);
    result.push_back(std::move(one));
  }
  return result;
}

double largest(const floats& x) {
  auto result = 0.0;
  for (auto value : x)
    result = std::max(result, std::fabs(static_cast<double>(value)));
  return result;
}

void expect_near(const floats& found, const floats& wanted, double tolerance,
                 const std::string& what) {
  ASSERT_EQ(found.size(), wanted.size()) << what;
  for (std::size_t i = 0; i < found.size(); ++i)
    ASSERT_NEAR(found[i], wanted[i], tolerance) << what << " at " << i;
}

struct passed {
  pass_result result;
  floats gradients;
};

class Tuner : public ::testing::TestWithParam<const char*> {
protected:
  Tuner() {
    options.lora = tiny.lora;
    options.base = base_kind::stored;
    options.moments = moments_kind::bits32;
  }

  std::unique_ptr<fused_tuner> make() {
    auto made = make_tuner(tiny.weights, options);
    EXPECT_TRUE(made) << made.error().message;
    auto* fused = dynamic_cast<fused_tuner*>(made->release());
    EXPECT_TRUE(fused->restore(tiny.values));
    return std::unique_ptr<fused_tuner>{fused};
  }

  passed pass(const packed_sequence& sequence, std::uint64_t number = 0,
              float weight = 1) {
    auto x = make();
    auto result = x->accumulate(sequence, weight, number);
    EXPECT_TRUE(result) << result.error().message;
    return {*result, copied(x->gradients())};
  }

  tiny_decoder tiny{GetParam()};
  tuner_options options;
  packed_sequence both = packed(tiny.texts);
};

TEST_P(Tuner, LogitsAreThoseOfTransformersAndPeft) {
  const auto found = make()->logits(both);
  auto at = found.begin();
  for (const auto& text : tiny.texts)
    for (auto row = text.query; row + 1 < text.ids.size(); ++row)
      for (std::size_t j = 0; j < 44; ++j, ++at) {
        const auto wanted = text.logits[row * 44 + j];
        ASSERT_NEAR(*at, wanted, 1e-4 * (1 + std::fabs(wanted)));
      }
  EXPECT_EQ(at, found.end());
}

TEST_P(Tuner, LossAndEveryGradientAreThoseOfTransformersAndPeft) {
  for (auto recompute : {true, false}) {
    options.recompute = recompute;
    const auto found = pass(both);
    EXPECT_NEAR(found.result.loss, tiny.loss, 1e-6 * tiny.loss);
    EXPECT_EQ(found.result.supervised, both.targets.size());
    EXPECT_EQ(found.result.examples, 2U);
    const auto wanted = tiny.filled("grad");
    const auto part = [](const floats& x, std::size_t begin, std::size_t size) {
      const auto from = x.begin() + static_cast<std::ptrdiff_t>(begin);
      return floats(from, from + static_cast<std::ptrdiff_t>(size));
    };
    const auto compare
      = [&](const std::string& name, std::size_t begin, std::size_t size) {
          const auto there = part(wanted, begin, size);
          EXPECT_GT(largest(there), 0) << name;
          expect_near(part(found.gradients, begin, size), there,
                      1e-5 * (1 + largest(there)), name);
        };
    for (const auto& slot : tiny.layout.adapters) {
      compare(slot.module + " A", slot.a, slot.rank * slot.columns);
      compare(slot.module + " B", slot.b, slot.rows * slot.rank);
    }
    for (const auto* slot : {&tiny.layout.embedding, &tiny.layout.head})
      if (*slot)
        compare((*slot)->name, (*slot)->offset,
                (*slot)->rows * (*slot)->columns);
  }
}

TEST_P(Tuner, RecomputedLayersAndThreadsChangeNoByte) {
  options.lora.dropout = 0.25;
  for (const auto& sequence : {both, shared(6)}) {
    options.recompute = true;
    options.threads = 1;
    const auto wanted = pass(sequence, 5);
    for (std::size_t threads : {1U, 2U, 3U})
      for (auto recompute : {true, false}) {
        options.recompute = recompute;
        options.threads = threads;
        const auto found = pass(sequence, 5);
        EXPECT_EQ(found.gradients, wanted.gradients) << threads << recompute;
        EXPECT_EQ(found.result.loss, wanted.result.loss);
      }
  }
}

TEST_P(Tuner, TextsCountAsIfAlone) {
  const auto together = pass(both);
  auto one = make();
  auto loss = 0.0;
  for (const auto& text : tiny.texts)
    loss += one->accumulate(packed(std::span{&text, 1}), 1, 0)->loss;
  EXPECT_NEAR(together.result.loss, loss, 1e-6 * loss);
  const auto gradients = copied(one->gradients());
  expect_near(together.gradients, gradients, 1e-6 * (1 + largest(gradients)),
              "gradients");
}

TEST_P(Tuner, SharedContextCountsAsIfReadTwice) {
  const auto sequence = shared(6);
  const auto together = pass(sequence);
  auto one = make();
  auto loss = 0.0;
  for (const auto& text : apart(sequence))
    loss += one->accumulate(text, 1, 0)->loss;
  EXPECT_NEAR(together.result.loss, loss, 1e-6 * loss);
  const auto gradients = copied(one->gradients());
  expect_near(together.gradients, gradients, 2e-6 * (1 + largest(gradients)),
              "gradients");
}

TEST_P(Tuner, WeightScalesGradientsAndNotTheLoss) {
  const auto plain = pass(both);
  const auto halved = pass(both, 0, 0.5f);
  EXPECT_EQ(plain.result.loss, halved.result.loss);
  auto wanted = plain.gradients;
  for (auto& x : wanted)
    x *= 0.5f;
  expect_near(halved.gradients, wanted, 1e-6 * (1 + largest(wanted)), "half");
  EXPECT_EQ(make()->evaluate(both)->loss, plain.result.loss);
}

TEST_P(Tuner, DropoutIsDrawnFromThePassAndOnlyInTraining) {
  const auto still = make()->evaluate(both)->loss;
  options.lora.dropout = 0.5;
  EXPECT_EQ(make()->evaluate(both)->loss, still);
  const auto first = pass(both, 1), again = pass(both, 1),
             other = pass(both, 2);
  EXPECT_EQ(first.gradients, again.gradients);
  EXPECT_NE(first.result.loss, other.result.loss);
  EXPECT_NE(first.result.loss, still);
}

TEST_P(Tuner, GradientIsTheSlopeOfTheLossUnderDropout) {
  options.lora.dropout = 0.3;
  const auto analytic = pass(both, 9).gradients;
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    random_stream random{seed, "direction"};
    floats direction(analytic.size());
    auto slope = 0.0;
    for (std::size_t i = 0; i < direction.size(); ++i) {
      direction[i] = static_cast<float>(random.uniform() - 0.5);
      slope += static_cast<double>(analytic[i]) * direction[i];
    }
    const auto step = 3e-4f;
    const auto loss = [&](float by) {
      auto x = make();
      auto moved = tiny.values;
      for (std::size_t i = 0; i < moved.size(); ++i)
        moved[i] += by * direction[i];
      EXPECT_TRUE(x->restore(moved));
      return x->accumulate(both, 1, 9)->loss;
    };
    const auto measured
      = (loss(step) - loss(-step)) / (2 * static_cast<double>(step));
    EXPECT_NEAR(measured, slope, 0.02 * (std::fabs(slope) + 1)) << seed;
  }
}

TEST_P(Tuner, StepsAndGoesOnFromWhatItSaved) {
  options.moments = moments_kind::bits8;
  options.base = base_kind::nf4;
  options.lora.dropout = 0.1;
  const step_plan plan{.rate = 1e-2, .whole_rate = 1e-3, .scale = 0.5};
  auto through = make();
  for (std::uint64_t i = 0; i < 2; ++i) {
    ASSERT_TRUE(through->accumulate(both, 0.1f, i));
    ASSERT_TRUE(through->step(plan));
  }
  EXPECT_EQ(through->norms().adapters, 0);
  auto resumed = make();
  ASSERT_TRUE(resumed->restore(*through->trained()));
  ASSERT_TRUE(resumed->restore_optimizer(*through->optimizer_state()));
  for (auto* x : {&through, &resumed}) {
    ASSERT_TRUE((*x)->accumulate(both, 0.1f, 2));
    EXPECT_GT((*x)->norms().adapters, 0);
    EXPECT_EQ((*x)->norms().whole > 0, tiny.lora.train_embedding);
    ASSERT_TRUE((*x)->step(plan));
  }
  EXPECT_EQ(*through->trained(), *resumed->trained());
  EXPECT_EQ(*through->optimizer_state(), *resumed->optimizer_state());
  EXPECT_NE(*through->trained(), tiny.values);
  auto damaged = *through->optimizer_state();
  damaged.pop_back();
  const auto refused = resumed->restore_optimizer(damaged);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::damaged_file);
}

TEST_P(Tuner, LearnsWhatItIsShown) {
  options.base = base_kind::nf4;
  auto x = make();
  const auto before = x->evaluate(both)->loss;
  for (std::uint64_t i = 0; i < 30; ++i) {
    ASSERT_TRUE(x->accumulate(both, 0.1f, i));
    ASSERT_TRUE(x->step({.rate = 1e-2, .whole_rate = 1e-2}));
  }
  EXPECT_LT(x->evaluate(both)->loss, 0.5 * before);
  EXPECT_GT(x->peak_bytes(), tiny.values.size() * sizeof(float));
}

INSTANTIATE_TEST_SUITE_P(Families, Tuner,
                         ::testing::Values("phi3", "llama", "qwen2"));

TEST(TunerDropout, LeavesTheMeanAsItIs) {
  tiny_decoder tiny{"phi3"};
  const auto both = packed(tiny.texts);
  tuner_options options;
  options.lora = tiny.lora;
  options.base = base_kind::stored;
  // The mean loss over passes, with B multiplied by `factor`.
  const auto mean = [&](float factor, std::uint64_t passes) {
    auto values = tiny.values;
    for (const auto& slot : tiny.layout.adapters)
      for (std::size_t i = 0; i < slot.rows * slot.rank; ++i)
        values[slot.b + i] *= factor;
    auto x = make_tuner(tiny.weights, options);
    EXPECT_TRUE((*x)->restore(values));
    auto total = 0.0;
    for (std::uint64_t i = 0; i < passes; ++i)
      total += (*x)->accumulate(both, 0, i)->loss;
    return total / static_cast<double>(passes);
  };
  // So small an adapter moves the loss in proportion to what it adds.
  const auto base = mean(0, 1);
  const auto whole = mean(0.003f, 1) - base;
  options.lora.dropout = 0.5;
  EXPECT_NEAR(mean(0.003f, 100) - base, whole, 0.3 * std::fabs(whole));
}

TEST(TunerDoor, RefusesWhatItCannotTrain) {
  const tiny_decoder tiny{"phi3"};
  tuner_options options;
  options.device = "cuda";
  const auto made = make_tuner(tiny.weights, options);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().message,
            "the fused engine runs on 'cpu', found 'cuda'");
  options.device = "cpu";
  auto tuner = make_tuner(tiny.weights, options);
  ASSERT_TRUE(tuner);
  auto sequence = packed(tiny.texts);
  sequence.tokens.front() = 44;
  const auto unknown = (*tuner)->accumulate(sequence, 1, 0);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().message,
            "a token lies outside the vocabulary of 44: 44");
  sequence.tokens.front() = 0;
  sequence.positions.front() = 64;
  const auto longer = (*tuner)->evaluate(sequence);
  ASSERT_FALSE(longer);
  EXPECT_EQ(longer.error().code, errc::too_long);
}

} // namespace
} // namespace aura::model
