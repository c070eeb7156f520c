#include "kernels/model/decoder.hpp"

#include "kernels/model/torch_decoder.hpp"
#include "tests/kernels/model/samples.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace aura::model {
namespace {

using pointers = std::vector<const example*>;

/// The examples that share the context of the first.
pointers one_group(const std::vector<example>& examples) {
  pointers result;
  for (const auto& x : examples)
    if (x.context == examples.front().context)
      result.push_back(&x);
  return result;
}

double largest_difference(const std::vector<float>& a,
                          const std::vector<float>& b) {
  auto result = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i)
    result = std::max(result, std::fabs(static_cast<double>(a[i]) - b[i]));
  return result;
}

double largest(const std::vector<float>& x) {
  return largest_difference(x, std::vector<float>(x.size()));
}

struct passed {
  pass_result result;
  std::vector<float> gradients;
};

passed pass(engine& model, const std::vector<float>& parameters,
            const packed_sequence& sequence) {
  passed out{{}, std::vector<float>(parameters.size())};
  out.result = model.accumulate(parameters, sequence, 1, out.gradients);
  return out;
}

class Decoder : public testing::Test {
protected:
  decoder_shape shape = small_shape();
  std::vector<float> parameters = lively_parameters(shape, 7);
  std::vector<example> examples = random_examples(12, 3);
  decoder fused{shape};
};

TEST_F(Decoder, EqualsLibtorchInLossAndEveryGradient) {
  auto reference = make_torch_decoder(shape, "cpu");
  ASSERT_TRUE(reference) << reference.error().message;
  for (std::size_t first = 0; first < 3; ++first) {
    pointers group;
    for (auto i = first; i < examples.size(); i += 3)
      group.push_back(&examples[i]);
    const auto sequence = pack(group);
    const auto ours = pass(fused, parameters, sequence);
    const auto theirs = pass(**reference, parameters, sequence);
    EXPECT_NEAR(ours.result.loss, theirs.result.loss,
                1e-5 * theirs.result.loss);
    EXPECT_EQ(ours.result.exact, theirs.result.exact);
    EXPECT_EQ(ours.result.supervised, theirs.result.supervised);
    for (const auto& slot : lay_out(shape).all()) {
      const auto at = [&](const std::vector<float>& x) {
        const auto begin = x.begin() + static_cast<std::ptrdiff_t>(slot.offset);
        return std::vector<float>(
          begin, begin + static_cast<std::ptrdiff_t>(slot.size()));
      };
      EXPECT_LT(largest_difference(at(ours.gradients), at(theirs.gradients)),
                1e-5 * (1 + largest(at(theirs.gradients))))
        << slot.name;
    }
    EXPECT_EQ((*reference)->evaluate(parameters, sequence).supervised,
              fused.evaluate(parameters, sequence).supervised);
  }
}

TEST_F(Decoder, WithoutContextEqualsLibtorchToo) {
  auto reference = make_torch_decoder(shape, "cpu");
  ASSERT_TRUE(reference);
  for (auto& x : examples)
    x.context.clear();
  const auto sequence = pack(one_group(examples));
  const auto ours = pass(fused, parameters, sequence);
  const auto theirs = pass(**reference, parameters, sequence);
  EXPECT_NEAR(ours.result.loss, theirs.result.loss, 1e-5 * theirs.result.loss);
  EXPECT_LT(largest_difference(ours.gradients, theirs.gradients),
            1e-5 * (1 + largest(theirs.gradients)));
}

TEST_F(Decoder, GradientIsTheSlopeOfTheLoss) {
  const auto sequence = pack(one_group(examples));
  const auto analytic = pass(fused, parameters, sequence).gradients;
  // Along random directions, where single-precision differences carry.
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    random_stream random{seed, "direction"};
    std::vector<float> direction(parameters.size());
    for (auto& x : direction)
      x = static_cast<float>(random.uniform() - 0.5);
    const auto step = 2e-3f;
    auto above = parameters, below = parameters;
    auto slope = 0.0;
    for (std::size_t i = 0; i < direction.size(); ++i) {
      above[i] += step * direction[i];
      below[i] -= step * direction[i];
      slope += static_cast<double>(analytic[i]) * direction[i];
    }
    const auto measured = (fused.evaluate(above, sequence).loss
                           - fused.evaluate(below, sequence).loss)
                          / (2 * static_cast<double>(step));
    EXPECT_NEAR(measured, slope, 0.01 * (std::fabs(slope) + 1)) << seed;
  }
}

TEST_F(Decoder, PackedQuestionsCountAsIfAlone) {
  const auto group = one_group(examples);
  const auto together = pass(fused, parameters, pack(group));
  pass_result alone;
  std::vector<float> gradients(parameters.size());
  for (const auto* x : group)
    alone += fused.accumulate(parameters, pack(pointers{x}), 1, gradients);
  EXPECT_NEAR(together.result.loss, alone.loss, 1e-5 * alone.loss);
  EXPECT_EQ(together.result.supervised, alone.supervised);
  EXPECT_EQ(together.result.exact, alone.exact);
  EXPECT_LT(largest_difference(together.gradients, gradients),
            1e-5 * (1 + largest(gradients)));
}

TEST_F(Decoder, OneQuestionDoesNotSeeAnother) {
  const auto group = one_group(examples);
  const auto before = fused.logits(parameters, pack(group));
  auto changed = *group.back();
  for (auto& id : changed.question)
    id = (id + 1) % 48;
  auto other = group;
  other.back() = &changed;
  const auto after = fused.logits(parameters, pack(other));
  const auto kept = before.size() - changed.answer.size() * shape.vocabulary;
  for (std::size_t i = 0; i < kept; ++i)
    ASSERT_EQ(before[i], after[i]) << i;
  EXPECT_NE(before.back(), after.back());
}

TEST_F(Decoder, GivesTheSameBytesTwice) {
  const auto sequence = pack(one_group(examples));
  const auto first = pass(fused, parameters, sequence);
  decoder other{shape};
  other.evaluate(parameters, pack(pointers{&examples[1]}));
  EXPECT_EQ(pass(other, parameters, sequence).gradients, first.gradients);
}

TEST(TorchDecoder, RefusesDevicesThatAreNotThere) {
  const auto made = make_engine(engine_kind::libtorch, small_shape(), "potato");
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, errc::unsupported);
  EXPECT_EQ(made.error().message, "libtorch knows no device 'potato'");
  const auto fused = make_engine(engine_kind::fused, small_shape(), "cuda");
  ASSERT_FALSE(fused);
  EXPECT_EQ(fused.error().message,
            "the fused engine runs on 'cpu', found 'cuda'");
}

} // namespace
} // namespace aura::model
