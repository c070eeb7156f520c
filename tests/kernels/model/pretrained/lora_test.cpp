#include "kernels/model/pretrained/lora.hpp"

#include "tests/kernels/model/pretrained/tiny.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace aura::model {
namespace {

architecture small(family kind) {
  architecture x;
  x.kind = kind;
  x.vocabulary = 40;
  x.hidden = 32;
  x.layers = 2;
  x.heads = 4;
  x.kv_heads = 2;
  x.head_size = 8;
  x.intermediate = 48;
  return x;
}

std::vector<std::string> modules(const trainable_layout& x) {
  std::vector<std::string> result;
  for (const auto& slot : x.adapters)
    if (slot.layer == 0)
      result.push_back(slot.module.substr(slot.module.rfind('.') + 1));
  return result;
}

TEST(Lora, ScaleIsAlphaOverRankOrItsRoot) {
  EXPECT_DOUBLE_EQ(scale_of({.rank = 16, .alpha = 32}), 2);
  EXPECT_DOUBLE_EQ(scale_of({.rank = 16, .alpha = 32, .rank_stabilised = true}),
                   8);
}

TEST(Lora, TargetsAreLinearLayersAsTheCheckpointKeepsThem) {
  const std::vector<std::string> split{"q_proj",   "k_proj",    "v_proj",
                                       "o_proj",   "gate_proj", "up_proj",
                                       "down_proj"};
  EXPECT_EQ(modules(*lay_out(small(family::llama), {})), split);
  EXPECT_EQ(modules(*lay_out(small(family::phi3), {})),
            (std::vector<std::string>{"qkv_proj", "o_proj", "gate_up_proj",
                                      "down_proj"}));
  EXPECT_EQ(
    modules(*lay_out(small(family::phi3), {.targets = {"all-linear-split"}})),
    split);
  EXPECT_EQ(
    modules(*lay_out(small(family::llama), {.targets = {"up_proj", "k_proj"}})),
    (std::vector<std::string>{"k_proj", "up_proj"}));
}

TEST(Lora, LaysMatricesOutWithoutOverlap) {
  const auto found
    = lay_out(small(family::phi3), {.rank = 3,
                                    .targets = {"v_proj", "up_proj"},
                                    .train_embedding = true,
                                    .train_head = true});
  ASSERT_TRUE(found);
  const auto& v = found->adapters[0];
  EXPECT_EQ(v.module, "model.layers.0.self_attn.v_proj");
  EXPECT_EQ(v.begin, 48U);
  EXPECT_EQ(v.rows, 16U);
  EXPECT_EQ(v.columns, 32U);
  const auto& up = found->adapters[1];
  EXPECT_EQ(up.begin, 48U);
  EXPECT_EQ(up.rows, 48U);
  std::size_t end = 0;
  const auto follows = [&](std::size_t at, std::size_t size) {
    EXPECT_GE(at, end);
    EXPECT_EQ(at % 16, 0U);
    end = at + size;
  };
  for (const auto& slot : found->adapters) {
    follows(slot.a, slot.rank * slot.columns);
    follows(slot.b, slot.rows * slot.rank);
  }
  follows(found->embedding->offset, 40 * 32);
  follows(found->head->offset, 40 * 32);
  EXPECT_EQ(found->size, end);
}

TEST(Lora, RefusesWhatMakesNoAdapter) {
  const auto message = [](family kind, const lora_options& options) {
    const auto found = lay_out(small(kind), options);
    EXPECT_FALSE(found);
    EXPECT_EQ(found.error().code, errc::invalid_option);
    return found.error().message;
  };
  EXPECT_EQ(message(family::llama, {.targets = {"qkv_proj"}}),
            "no linear layer of this architecture is named 'qkv_proj'");
  EXPECT_EQ(message(family::phi3, {.targets = {"qkv_proj", "k_proj"}}),
            "lora targets overlap: 'k_proj' and 'qkv_proj'");
  EXPECT_EQ(message(family::phi3, {.rank = 0}),
            "lora rank must be from 1 to 65536, found 0");
  EXPECT_EQ(message(family::phi3, {.dropout = 1}),
            "lora dropout must be at least 0 and below 1, found 1.000000");
  EXPECT_EQ(message(family::phi3, {.alpha = 0}),
            "lora alpha must be positive, found 0.000000");
  EXPECT_EQ(message(family::phi3, {.targets = {}}),
            "nothing is trained: name lora targets, or train the embedding or "
            "the head");
  auto tied = small(family::llama);
  tied.tied = true;
  EXPECT_EQ(lay_out(tied, {.train_head = true}).error().message,
            "the head of this model is its embedding: train that");
  EXPECT_FALSE(
    lay_out(tied, {.train_embedding = true, .train_head = true})->head);
}

TEST(Lora, BeginsWithoutAnEffect) {
  const tiny_decoder tiny{"qwen2"};
  const auto values = initial_trainables(tiny.weights, tiny.layout, 3);
  EXPECT_EQ(values, initial_trainables(tiny.weights, tiny.layout, 3));
  EXPECT_NE(values, initial_trainables(tiny.weights, tiny.layout, 4));
  for (const auto& slot : tiny.layout.adapters) {
    const auto bound = 1 / std::sqrt(static_cast<float>(slot.columns));
    auto top = 0.0f, sum = 0.0f;
    for (std::size_t i = 0; i < slot.rank * slot.columns; ++i) {
      top = std::max(top, std::fabs(values[slot.a + i]));
      sum += values[slot.a + i];
    }
    EXPECT_LE(top, bound);
    EXPECT_GT(top, 0.9f * bound);
    EXPECT_LT(std::fabs(sum), 0.2f * bound * 128);
    for (std::size_t i = 0; i < slot.rows * slot.rank; ++i)
      ASSERT_EQ(values[slot.b + i], 0);
  }
  std::vector<float> embedding(44 * 32);
  decode_rows(tiny.weights.embedding, 0, 44, embedding.data());
  EXPECT_TRUE(
    std::equal(embedding.begin(), embedding.end(),
               values.begin()
                 + static_cast<std::ptrdiff_t>(tiny.layout.embedding->offset)));
}

} // namespace
} // namespace aura::model
