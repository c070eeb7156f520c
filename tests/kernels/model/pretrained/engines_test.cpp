#include "kernels/base/random.hpp"
#include "kernels/model/pretrained/tuner.hpp"
#include "tests/kernels/model/pretrained/tiny.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

namespace aura::model {
namespace {

using floats = std::vector<float>;

/// The texts of a dump side by side.
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

double largest_difference(const floats& a, const floats& b) {
  EXPECT_EQ(a.size(), b.size());
  auto result = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i)
    result = std::max(result, std::fabs(static_cast<double>(a[i]) - b[i]));
  return result;
}

/// Both engines over the decoders that transformers and peft have dumped.
class Engines : public ::testing::TestWithParam<const char*> {
protected:
  Engines() {
    options.lora = tiny.lora;
    options.base = base_kind::stored;
    options.moments = moments_kind::bits32;
  }

  std::unique_ptr<tuner> make(engine_kind kind) {
    options.engine = kind;
    auto made = make_tuner(tiny.weights, options);
    EXPECT_TRUE(made) << made.error().message;
    return made ? std::move(*made) : nullptr;
  }

  tiny_decoder tiny{GetParam()};
  tuner_options options;
  packed_sequence both = packed(tiny.texts);
};

TEST_P(Engines, LibtorchGivesLossAndGradientsOfTransformersAndPeft) {
  // A step of rate 0 without momentum leaves the gradients in the moments.
  options.beta1 = 0;
  const auto model = make(engine_kind::libtorch);
  ASSERT_TRUE(model);
  ASSERT_TRUE(model->restore(tiny.values));
  const auto found = model->accumulate(both, 1, 0);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_NEAR(found->loss, tiny.loss, 1e-6 * tiny.loss);
  ASSERT_TRUE(model->step({}));
  const auto state = *model->optimizer_state();
  const auto wanted = tiny.filled("grad");
  auto at = sizeof(std::uint64_t);
  const auto compare = [&](const std::string& name, std::size_t offset,
                           std::size_t size) {
    floats slopes(size);
    std::memcpy(slopes.data(), state.data() + at, size * sizeof(float));
    at += 2 * size * sizeof(float);
    const auto from = wanted.begin() + static_cast<std::ptrdiff_t>(offset);
    const floats there(from, from + static_cast<std::ptrdiff_t>(size));
    const auto scale = largest_difference(there, floats(size));
    EXPECT_GT(scale, 0) << name;
    EXPECT_LT(largest_difference(slopes, there), 1e-5 * (1 + scale)) << name;
  };
  for (const auto& slot : tiny.layout.adapters) {
    compare(slot.module + " A", slot.a, slot.rank * slot.columns);
    compare(slot.module + " B", slot.b, slot.rows * slot.rank);
  }
  for (const auto* slot : {&tiny.layout.embedding, &tiny.layout.head})
    if (*slot)
      compare((*slot)->name, (*slot)->offset, (*slot)->rows * (*slot)->columns);
}

TEST_P(Engines, TrainAlikeForTenStepsWithDropoutOverNf4) {
  for (auto kind : {moments_kind::bits32, moments_kind::bits8}) {
    options.moments = kind;
    options.base = base_kind::nf4;
    // Wide enough that moments of 8 bits are used.
    options.lora.rank = 128;
    options.lora.alpha = 32;
    options.lora.rank_stabilised = false;
    options.lora.dropout = 0.2;
    const auto fused = make(engine_kind::fused);
    const auto torch = make(engine_kind::libtorch);
    ASSERT_TRUE(fused && torch);
    auto start = *fused->trained();
    EXPECT_EQ(*torch->trained(), start);
    random_stream random{3, "adapters"};
    for (const auto& slot : fused->layout().adapters)
      for (std::size_t i = 0; i < slot.rows * slot.rank; ++i)
        start[slot.b + i] = static_cast<float>(random.uniform() - 0.5) * 0.05f;
    ASSERT_TRUE(fused->restore(start) && torch->restore(start));
    for (std::size_t i = 0; i < 10; ++i) {
      const auto ours = fused->accumulate(both, 0.1f, i);
      const auto theirs = torch->accumulate(both, 0.1f, i);
      ASSERT_TRUE(ours && theirs);
      EXPECT_NEAR(ours->loss, theirs->loss, 1e-3 * theirs->loss) << i;
      const auto norms = fused->norms(), others = torch->norms();
      EXPECT_NEAR(norms.adapters, others.adapters, 1e-2 * others.adapters);
      EXPECT_NEAR(norms.whole, others.whole, 1e-2 * others.whole);
      const step_plan plan{1e-3, 5e-4, 0.5, 0.25};
      ASSERT_TRUE(fused->step(plan) && torch->step(plan));
      // What rounds to another code of 8 bits moves a little apart.
      EXPECT_LT(largest_difference(*fused->trained(), *torch->trained()),
                kind == moments_kind::bits32 ? 5e-5 : 1e-3)
        << i;
    }
    EXPECT_GT(largest_difference(*torch->trained(), start), 5e-3);
  }
}

INSTANTIATE_TEST_SUITE_P(Families, Engines,
                         ::testing::Values("phi3", "llama", "qwen2"));

} // namespace
} // namespace aura::model
