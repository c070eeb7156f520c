#include "kernels/model/pretrained/torch_tuner.hpp"

#include "kernels/model/decoder.hpp"
#include "kernels/ops/nf4.hpp"
#include "tests/kernels/model/pretrained_samples.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

namespace aura::model {
namespace {

using pointers = std::vector<const example*>;

lora_options adapters(std::vector<std::string> targets = {"all-linear"}) {
  lora_options result;
  result.rank = 4;
  result.alpha = 6;
  result.targets = std::move(targets);
  return result;
}

tuner_options stored_in_full() {
  tuner_options result;
  result.engine = engine_kind::libtorch;
  result.lora = adapters();
  result.base = base_kind::stored;
  result.moments = moments_kind::bits32;
  return result;
}

std::unique_ptr<tuner> make(const model_weights& weights,
                            const tuner_options& options) {
  auto made = make_torch_tuner(weights, options);
  EXPECT_TRUE(made) << made.error().message;
  return made ? std::move(*made) : nullptr;
}

/// Adapters that all matter: B is not zero.
std::vector<float> lively(const tuner& x, std::uint64_t seed) {
  auto result = *x.trained();
  random_stream random{seed, "lively"};
  for (const auto& slot : x.layout().adapters)
    for (std::size_t i = 0; i < slot.rows * slot.rank; ++i)
      result[slot.b + i] = static_cast<float>(random.uniform() - 0.5) * 0.3f;
  return result;
}

/// The gradients, read out of one step: with β₁ = 0 and a rate of r, AdamW's
/// first moment is the gradient itself, and is the first thing in its state.
std::vector<float> gradients_of(tuner& x) {
  EXPECT_TRUE(x.step({}));
  const auto state = *x.optimizer_state();
  std::vector<float> result(x.layout().size);
  auto at = sizeof(std::uint64_t);
  const auto take = [&](std::size_t offset, std::size_t size) {
    std::memcpy(result.data() + offset, state.data() + at, size * 4);
    at += 2 * size * 4;
  };
  for (const auto& slot : x.layout().adapters) {
    take(slot.a, slot.rank * slot.columns);
    take(slot.b, slot.rows * slot.rank);
  }
  for (const auto* slot : {&x.layout().embedding, &x.layout().head})
    if (*slot)
      take((*slot)->offset, (*slot)->rows * (*slot)->columns);
  EXPECT_EQ(at, state.size());
  return result;
}

double largest_difference(const std::vector<float>& a,
                          const std::vector<float>& b) {
  EXPECT_EQ(a.size(), b.size());
  auto result = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i)
    result = std::max(result, std::fabs(static_cast<double>(a[i]) - b[i]));
  return result;
}

double largest(const std::vector<float>& x) {
  return largest_difference(x, std::vector<float>(x.size()));
}

pointers all_of(const std::vector<example>& examples) {
  pointers result;
  for (const auto& x : examples)
    result.push_back(&x);
  return result;
}

/// Questions that share no context.
std::vector<example> plain_examples(std::size_t count) {
  auto result = random_examples(count, 3);
  for (auto& x : result)
    x.context.clear();
  return result;
}

/// Questions that share one.
std::vector<example> sharing_examples() {
  std::vector<example> result;
  for (const auto& x : random_examples(12, 3))
    if (x.context.size() == 12)
      result.push_back(x);
  return result;
}

/// Every packing of interest: one question, several apart, several behind one
/// context.
std::vector<packed_sequence> sequences() {
  const auto plain = plain_examples(6);
  const auto sharing = sharing_examples();
  return {pack(pointers{&plain.front()}), pack(all_of(plain)),
          pack(all_of(sharing))};
}

class TorchTuner : public testing::Test {
protected:
  decoder_shape shape = small_shape();
  std::vector<float> parameters = lively_parameters(shape, 7);
  model_weights weights = weights_of(shape, parameters);
};

/// W + s · B A of every adapter, as the small decoder wants it.
std::vector<float> merged(const decoder_shape& shape,
                          std::vector<float> parameters, const tuner& x,
                          const lora_options& options) {
  const auto trained = *x.trained();
  const auto layout = lay_out(shape);
  for (const auto& slot : x.layout().adapters) {
    auto* w = parameters.data() + matrix_of(layout, slot).offset
              + slot.begin * slot.columns;
    for (std::size_t i = 0; i < slot.rows; ++i)
      for (std::size_t j = 0; j < slot.columns; ++j)
        for (std::size_t k = 0; k < slot.rank; ++k)
          w[i * slot.columns + j] += static_cast<float>(scale_of(options))
                                     * trained[slot.b + i * slot.rank + k]
                                     * trained[slot.a + k * slot.columns + j];
  }
  return parameters;
}

/// dA = s · Bᵀ dW and dB = s · dW Aᵀ, from the gradient of the merged matrix.
std::vector<float> adapter_gradients(const decoder_shape& shape,
                                     const std::vector<float>& slopes,
                                     const tuner& x,
                                     const std::vector<float>& trained,
                                     const lora_options& options) {
  std::vector<float> result(x.layout().size);
  const auto layout = lay_out(shape);
  const auto s = static_cast<float>(scale_of(options));
  for (const auto& slot : x.layout().adapters) {
    const auto* dw = slopes.data() + matrix_of(layout, slot).offset
                     + slot.begin * slot.columns;
    for (std::size_t i = 0; i < slot.rows; ++i)
      for (std::size_t j = 0; j < slot.columns; ++j)
        for (std::size_t k = 0; k < slot.rank; ++k) {
          const auto slope = s * dw[i * slot.columns + j];
          result[slot.b + i * slot.rank + k]
            += slope * trained[slot.a + k * slot.columns + j];
          result[slot.a + k * slot.columns + j]
            += slope * trained[slot.b + i * slot.rank + k];
        }
  }
  return result;
}

TEST_F(TorchTuner, EqualsTheSmallDecoderWithItsAdaptersMerged) {
  decoder reference{shape};
  for (const auto& targets :
       {std::vector<std::string>{"all-linear"},
        std::vector<std::string>{"all-linear-split"},
        std::vector<std::string>{"v_proj", "up_proj", "down_proj"}}) {
    auto options = stored_in_full();
    options.lora = adapters(targets);
    options.beta1 = 0;
    const auto model = make(weights, options);
    ASSERT_TRUE(model);
    const auto start = lively(*model, 5);
    for (const auto& sequence : sequences()) {
      ASSERT_TRUE(model->restore(start));
      const auto whole = merged(shape, parameters, *model, options.lora);
      std::vector<float> slopes(parameters.size());
      const auto theirs = reference.accumulate(whole, sequence, 0.5f, slopes);
      const auto seen = model->evaluate(sequence);
      ASSERT_TRUE(seen) << seen.error().message;
      EXPECT_NEAR(seen->loss, theirs.loss, 1e-5 * theirs.loss);
      EXPECT_EQ(seen->exact, theirs.exact);
      EXPECT_EQ(seen->examples, theirs.examples);
      EXPECT_EQ(seen->supervised, theirs.supervised);
      const auto ours = model->accumulate(sequence, 0.5f, 1);
      ASSERT_TRUE(ours) << ours.error().message;
      EXPECT_EQ(ours->loss, seen->loss);
      const auto expected_slopes
        = adapter_gradients(shape, slopes, *model, start, options.lora);
      EXPECT_LT(largest_difference(gradients_of(*model), expected_slopes),
                2e-5 * (1 + largest(expected_slopes)));
      EXPECT_GT(largest(expected_slopes), 0.01);
    }
  }
}

TEST_F(TorchTuner, TrainsATiedEmbeddingAsTheSmallDecoderDoes) {
  decoder reference{shape};
  auto options = stored_in_full();
  options.lora.train_embedding = true;
  options.beta1 = 0;
  const auto model = make(weights, options);
  ASSERT_TRUE(model);
  for (const auto& sequence : sequences()) {
    ASSERT_TRUE(model->restore(*model->trained()));
    std::vector<float> slopes(parameters.size());
    reference.accumulate(with_embedding(shape, parameters, *model->trained(),
                                        model->layout().embedding->offset),
                         sequence, 1, slopes);
    ASSERT_TRUE(model->accumulate(sequence, 1, 1));
    EXPECT_GT(model->norms().whole, 0);
    const auto all = gradients_of(*model);
    const auto size = shape.vocabulary * shape.hidden;
    const auto at = [&](const std::vector<float>& x, std::size_t offset) {
      return std::vector<float>(x.begin() + static_cast<std::ptrdiff_t>(offset),
                                x.begin()
                                  + static_cast<std::ptrdiff_t>(offset + size));
    };
    const auto theirs = at(slopes, lay_out(shape).embedding.offset);
    EXPECT_LT(
      largest_difference(at(all, model->layout().embedding->offset), theirs),
      2e-5 * (1 + largest(theirs)));
  }
}

TEST_F(TorchTuner, GivesTheSameBytesWhetherLayersAreComputedAgain) {
  std::vector<std::vector<float>> results;
  for (auto recompute : {true, false}) {
    auto options = stored_in_full();
    options.base = base_kind::nf4;
    options.lora.dropout = 0.3;
    options.recompute = recompute;
    const auto model = make(weights, options);
    ASSERT_TRUE(model);
    ASSERT_TRUE(model->restore(lively(*model, 5)));
    for (std::size_t i = 0; i < 3; ++i) {
      for (const auto& sequence : sequences())
        ASSERT_TRUE(model->accumulate(sequence, 0.1f, i));
      ASSERT_TRUE(model->step({1e-2, 1e-3, 1, 1}));
    }
    results.push_back(*model->trained());
  }
  EXPECT_EQ(results[0], results[1]);
}

TEST_F(TorchTuner, AddsUpMicroBatchesAsOne) {
  const auto examples = plain_examples(8);
  auto options = stored_in_full();
  options.beta1 = 0;
  const auto model = make(weights, options);
  ASSERT_TRUE(model);
  const auto start = lively(*model, 5);
  ASSERT_TRUE(model->restore(start));
  const auto together = *model->accumulate(pack(all_of(examples)), 0.25f, 1);
  const auto norm = model->norms().adapters;
  const auto one = gradients_of(*model);
  ASSERT_TRUE(model->restore(start));
  pass_result sum;
  for (const auto& x : examples)
    sum += *model->accumulate(pack(pointers{&x}), 0.25f, 1);
  EXPECT_NEAR(model->norms().adapters, norm, 1e-5 * norm);
  const auto many = gradients_of(*model);
  EXPECT_NEAR(sum.loss, together.loss, 1e-5 * together.loss);
  EXPECT_EQ(sum.supervised, together.supervised);
  EXPECT_LT(largest_difference(one, many), 1e-5 * largest(one));
  auto squares = 0.0;
  for (auto x : one)
    squares += static_cast<double>(x) * x;
  EXPECT_NEAR(norm, std::sqrt(squares), 1e-6 * norm);
}

TEST_F(TorchTuner, LeavesOutWhatTheSharedDrawingSays) {
  auto options = stored_in_full();
  options.lora.dropout = 0.5;
  options.beta1 = 0;
  const auto model = make(weights, options);
  ASSERT_TRUE(model);
  const auto start = lively(*model, 5);
  const auto sequence = sequences()[1];
  const auto pass = [&](std::uint64_t number) {
    EXPECT_TRUE(model->restore(start));
    const auto loss = model->accumulate(sequence, 1, number)->loss;
    return std::pair{loss, gradients_of(*model)};
  };
  const auto first = pass(1), again = pass(1), second = pass(2);
  EXPECT_EQ(first, again);
  EXPECT_NE(first.first, second.first);
  // A directional derivative holds while the drawing stays the same.
  random_stream random{11, "direction"};
  std::vector<float> direction(start.size());
  for (auto& x : direction)
    x = static_cast<float>(random.uniform() - 0.5);
  const auto loss_at = [&](float distance) {
    auto moved = start;
    for (std::size_t i = 0; i < moved.size(); ++i)
      moved[i] += distance * direction[i];
    EXPECT_TRUE(model->restore(moved));
    const auto loss = model->accumulate(sequence, 1, 1)->loss;
    model->discard();
    return loss;
  };
  const auto step = 2e-3f;
  auto slope = 0.0;
  for (std::size_t i = 0; i < direction.size(); ++i)
    slope += static_cast<double>(direction[i]) * first.second[i];
  const auto measured = (loss_at(step) - loss_at(-step)) / (2.0 * step);
  EXPECT_NEAR(measured, slope, 0.01 * std::fabs(slope) + 0.02);
}

TEST_F(TorchTuner, HoldsMatricesInNf4AsBitsandbytesWould) {
  auto options = stored_in_full();
  options.base = base_kind::nf4;
  const auto rounded = make(weights, options);
  options.base = base_kind::stored;
  const auto exact
    = make(weights_of(shape, nf4_rounded(shape, parameters)), options);
  ASSERT_TRUE(rounded && exact);
  for (const auto& sequence : sequences())
    EXPECT_EQ(rounded->evaluate(sequence)->loss,
              exact->evaluate(sequence)->loss);
}

TEST_F(TorchTuner, AppliesSplitAndHalfPrecisionCheckpoints) {
  auto options = stored_in_full();
  const auto split = weights_of(shape, parameters, layout_kind::split);
  const auto half = weights_of(shape, parameters, layout_kind::half);
  options.lora = adapters({"q_proj", "down_proj"});
  const auto sequence = sequences()[2];
  const auto fused = make(weights, options)->evaluate(sequence)->loss;
  EXPECT_EQ(make(split, options)->evaluate(sequence)->loss, fused);
  EXPECT_NEAR(make(half, options)->evaluate(sequence)->loss, fused,
              0.02 * fused);
}

TEST_F(TorchTuner, GoesOnBitForBitFromItsState) {
  for (auto kind : {moments_kind::bits8, moments_kind::bits32}) {
    auto options = stored_in_full();
    options.lora.rank = 64;
    options.lora.train_embedding = true;
    options.lora.dropout = 0.1;
    options.moments = kind;
    const auto train = [&](tuner& x, std::size_t first, std::size_t last) {
      for (auto i = first; i < last; ++i) {
        EXPECT_TRUE(x.accumulate(sequences()[i % 3], 0.1f, i));
        EXPECT_TRUE(x.step({1e-2, 1e-3, 0.5, 0.25}));
      }
    };
    const auto whole = make(weights, options);
    ASSERT_TRUE(whole);
    train(*whole, 0, 6);
    const auto before = make(weights, options);
    train(*before, 0, 3);
    const auto after = make(weights, options);
    ASSERT_TRUE(after->restore(*before->trained()));
    ASSERT_TRUE(after->restore_optimizer(*before->optimizer_state()));
    train(*after, 3, 6);
    EXPECT_EQ(*whole->trained(), *after->trained());
    EXPECT_EQ(*whole->optimizer_state(), *after->optimizer_state());
    const auto bad = after->restore_optimizer(std::vector<std::byte>(3));
    ASSERT_FALSE(bad);
    EXPECT_EQ(bad.error().code, errc::invalid_model);
  }
}

TEST_F(TorchTuner, LearnsWithBothOptimisers) {
  for (auto kind : {moments_kind::bits8, moments_kind::bits32}) {
    auto options = stored_in_full();
    options.lora.rank = 64;
    options.base = base_kind::nf4;
    options.moments = kind;
    const auto model = make(weights, options);
    ASSERT_TRUE(model);
    const auto sequence = sequences()[1];
    const auto before = model->evaluate(sequence)->loss;
    for (std::size_t i = 0; i < 20; ++i) {
      ASSERT_TRUE(model->accumulate(sequence, 0.03f, i));
      ASSERT_TRUE(model->step({3e-3, 0, 1, 1}));
    }
    EXPECT_LT(model->evaluate(sequence)->loss, 0.5 * before);
  }
}

TEST_F(TorchTuner, RefusesADeviceThatIsNotThere) {
  auto options = stored_in_full();
  options.device = "nonsense";
  const auto made = make_torch_tuner(weights, options);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, errc::unsupported);
  EXPECT_EQ(made.error().message, "libtorch knows no device 'nonsense'");
}

} // namespace
} // namespace aura::model
