#include "kernels/model/pretrained/memory_plan.hpp"

#include <gtest/gtest.h>

#include <map>

namespace aura::model {
namespace {

architecture phi4() {
  architecture x;
  x.kind = family::phi3;
  x.vocabulary = 100352;
  x.hidden = 5120;
  x.layers = 40;
  x.heads = 40;
  x.kv_heads = 10;
  x.head_size = 128;
  x.intermediate = 17920;
  x.positions = 16384;
  x.rope_theta = 250000;
  return x;
}

/// One adapter a fused matrix, one after another, as lay_out() would.
trainable_layout fused_adapters(const architecture& x, std::size_t rank) {
  trainable_layout result;
  const auto add = [&](std::size_t layer, linear_role role, std::size_t rows,
                       std::size_t columns) {
    adapter_slot slot;
    slot.layer = layer;
    slot.role = role;
    slot.rows = rows;
    slot.columns = columns;
    slot.rank = rank;
    slot.a = result.size;
    slot.b = slot.a + rank * columns;
    result.size = slot.b + rank * rows;
    result.adapters.push_back(slot);
  };
  for (std::size_t i = 0; i < x.layers; ++i) {
    add(i, linear_role::qkv, x.q_width() + 2 * x.kv_width(), x.hidden);
    add(i, linear_role::output, x.hidden, x.q_width());
    add(i, linear_role::gate_up, 2 * x.intermediate, x.hidden);
    add(i, linear_role::down, x.hidden, x.intermediate);
  }
  return result;
}

void train_whole(const architecture& x, trainable_layout& layout) {
  for (auto* slot : {&layout.embedding, &layout.head}) {
    *slot = whole_slot{"", x.vocabulary, x.hidden, layout.size};
    layout.size += x.vocabulary * x.hidden;
  }
}

std::map<std::string, std::size_t> parts_of(const memory_plan& plan) {
  std::map<std::string, std::size_t> result;
  for (const auto& part : plan.parts)
    EXPECT_TRUE(result.emplace(part.name, part.bytes).second) << part.name;
  return result;
}

tuner_options on_cuda() {
  tuner_options result;
  result.device = "cuda";
  return result;
}

// The figures below were computed by hand from Phi-4's config.json.
TEST(MemoryPlan, CountsPhi4InNf4) {
  const auto x = phi4();
  const auto layout = fused_adapters(x, 64);
  const auto plan = plan_memory(x, layout, on_cuda(), {2048, 512, 2048});
  const auto parts = parts_of(plan);
  // 13,631,488,000 numbers: half a byte, a byte of 64, four bytes of 16384.
  EXPECT_EQ(parts.at("frozen layers, NF4"),
            6815744000u + 212992000u + 3328000u);
  EXPECT_NEAR(double(parts.at("frozen layers, NF4")) / (1 << 30), 6.55, 0.005);
  EXPECT_EQ(parts.at("frozen embedding and head"), 2u * 2u * 513802240u);
  EXPECT_EQ(parts.at("norms and biases"), 81u * 5120u * 4u);
  // 3,481,600 a rank.
  EXPECT_EQ(parts.at("adapters"), 64u * 3481600u * 4u);
  EXPECT_EQ(parts.at("gradients"), 64u * 3481600u * 4u);
  EXPECT_EQ(parts.at("moments, 8 bits"),
            2u * (222822400u + 4u * (222822400u / 256u)));
  EXPECT_EQ(parts.at("matrix being applied"), 35840u * 5120u * 2u);
  EXPECT_EQ(parts.at("inputs of layers"), 41u * 2048u * 5120u * 2u);
  EXPECT_EQ(parts.at("activations of one layer"),
            2048u
              * ((3 * 5120u + 5 * 5120u + 3 * 1280u + 3 * 17920u + 4 * 64u) * 2u
                 + 42u * 4u));
  EXPECT_EQ(parts.at("logits of a chunk"), 512u * 100352u * 6u);
  EXPECT_FALSE(parts.contains("trained embedding and head"));
  EXPECT_FALSE(parts.contains("head being applied"));
  std::size_t sum = 0;
  for (const auto& part : plan.parts)
    sum += part.bytes;
  EXPECT_EQ(plan.total(), sum);
}

TEST(MemoryPlan, MovesTrainedEmbeddingAndHeadOutOfTheFrozenPart) {
  const auto x = phi4();
  auto layout = fused_adapters(x, 16);
  const auto before = parts_of(plan_memory(x, layout, on_cuda(), {}));
  train_whole(x, layout);
  const auto after = parts_of(plan_memory(x, layout, on_cuda(), {}));
  EXPECT_FALSE(after.contains("frozen embedding and head"));
  EXPECT_EQ(after.at("trained embedding and head"), 1027604480u * 4u);
  EXPECT_EQ(after.at("adapters"), before.at("adapters"));
  EXPECT_EQ(after.at("gradients"), before.at("gradients") + 1027604480u * 4u);
  EXPECT_EQ(after.at("head being applied"), 513802240u * 4u);
}

TEST(MemoryPlan, KeepsEveryLayerWithoutRecomputation) {
  const auto x = phi4();
  const auto layout = fused_adapters(x, 64);
  auto options = on_cuda();
  const auto with = parts_of(plan_memory(x, layout, options, {}));
  options.recompute = false;
  const auto without = parts_of(plan_memory(x, layout, options, {}));
  EXPECT_EQ(without.at("activations"),
            40 * with.at("activations of one layer"));
}

TEST(MemoryPlan, CountsWideMomentsAndSmallTensorsInFull) {
  const auto x = phi4();
  auto options = on_cuda();
  options.moments = moments_kind::bits32;
  const auto wide = parts_of(plan_memory(x, fused_adapters(x, 8), options, {}));
  EXPECT_EQ(wide.at("moments, 32 bits"), 8u * 8u * 3481600u);
  auto tiny = x;
  tiny.layers = 1;
  tiny.hidden = 16;
  tiny.heads = 1;
  tiny.kv_heads = 1;
  tiny.head_size = 16;
  tiny.intermediate = 16;
  const auto layout = fused_adapters(tiny, 2);
  options.moments = moments_kind::bits8;
  const auto narrow = parts_of(plan_memory(tiny, layout, options, {}));
  EXPECT_EQ(narrow.at("moments, 8 bits"), 8 * layout.size);
}

TEST(MemoryPlan, ComputesInSinglePrecisionOnTheCpu) {
  const auto x = phi4();
  const auto layout = fused_adapters(x, 64);
  const auto parts = parts_of(plan_memory(x, layout, {}, {256, 64, 128}));
  EXPECT_EQ(parts.at("matrix being applied"), 35840u * 5120u * 4u);
  EXPECT_EQ(parts.at("attention probabilities"), 40u * 256u * 128u * 4u);
  EXPECT_EQ(parts.at("logits of a chunk"), 64u * 100352u * 8u);
  EXPECT_FALSE(parts.contains("CUDA context"));
}

TEST(MemoryPlan, RoundsTheBlocksOfAnOddMatrixUp) {
  EXPECT_EQ(nf4_bytes(1), 1u + 1u + 4u);
  EXPECT_EQ(nf4_bytes(65), 33u + 2u + 4u);
  EXPECT_EQ(nf4_bytes(64 * 256 + 1), 8193u + 257u + 8u);
}

} // namespace
} // namespace aura::model
