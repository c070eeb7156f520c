#include "kernels/model/pretrained/fused_tuner.hpp"
#include "tests/kernels/model/pretrained/tiny.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace aura::model {
namespace {

/// As tests/golden/model/phi4_layer.py draws them.
std::vector<float> drawn(std::uint32_t number, std::size_t size, float scale,
                         float middle = 0) {
  auto result = std::vector<float>(size);
  const auto start = number * 0x85EBCA77U;
  const auto unit = scale / 8388608.0f;
  auto* out = result.data();
  for (std::uint32_t i = 0; i < size; ++i) {
    auto x = i * 0x9E3779B1U + start;
    x ^= x >> 15;
    x *= 0x2C1B3C6DU;
    x ^= x >> 12;
    out[i] = middle + (static_cast<float>(x >> 8) - 8388608.0f) * unit;
  }
  return result;
}

constexpr auto small = 1.0f / 64;

weight drawn_weight(std::uint32_t number, std::size_t rows, std::size_t columns,
                    float scale = small) {
  return own_weight(std::to_string(number),
                    drawn(number, columns == 0 ? rows : rows * columns, scale,
                          columns == 0 ? 1.0f : 0.0f),
                    rows, columns);
}

/// One layer of Phi-4 over a vocabulary of 64.
model_weights one_layer() {
  auto result = model_weights{};
  auto& x = result.shape;
  x.kind = family::phi3;
  x.vocabulary = 64;
  x.hidden = 5120;
  x.layers = 1;
  x.heads = 40;
  x.kv_heads = 10;
  x.head_size = 128;
  x.intermediate = 17920;
  x.positions = 16384;
  x.rope_theta = 250000;
  result.embedding = drawn_weight(0, x.vocabulary, x.hidden, 0.5f);
  auto layer = layer_weights{};
  layer.input_norm = drawn_weight(1, x.hidden, 0);
  layer.qkv.parts = {drawn_weight(2, 7680, x.hidden)};
  layer.output = drawn_weight(3, x.hidden, x.hidden);
  layer.post_norm = drawn_weight(4, x.hidden, 0);
  layer.gate_up.parts = {drawn_weight(5, 2 * x.intermediate, x.hidden)};
  layer.down = drawn_weight(6, x.hidden, x.intermediate);
  result.layers.push_back(std::move(layer));
  result.norm = drawn_weight(7, x.hidden, 0);
  result.head = drawn_weight(8, x.vocabulary, x.hidden);
  return result;
}

/// All but the last of `ids`, of which those from `query` on say what follows.
packed_sequence text_of(const std::vector<float>& ids, std::size_t query) {
  auto result = packed_sequence{};
  for (std::size_t i = 0; i + 1 < ids.size(); ++i) {
    result.tokens.push_back(static_cast<std::int32_t>(ids[i]));
    result.positions.push_back(static_cast<std::uint32_t>(i));
    if (i >= query)
      result.targets.push_back(static_cast<std::int32_t>(ids[i + 1]));
  }
  result.segments = {{0, static_cast<std::uint32_t>(query),
                      static_cast<std::uint32_t>(ids.size() - 1)}};
  return result;
}

/// `found` and its dump differ by no more than `bound` of the largest.
void expect_near(const std::vector<float>& found,
                 const std::vector<float>& wanted, double bound,
                 const std::string& what) {
  ASSERT_EQ(found.size(), wanted.size()) << what;
  auto top = 0.0;
  for (auto x : wanted)
    top = std::max(top, std::fabs(double{x}));
  for (std::size_t i = 0; i < found.size(); ++i)
    ASSERT_NEAR(found[i], wanted[i], bound * top) << what << " at " << i;
}

TEST(Phi4Layer, AtItsRealWidthIsThatOfTransformersAndPeft) {
  const auto golden = golden_file{"model/phi4_layer.safetensors"};
  auto options = tuner_options{};
  options.lora.rank = 2;
  options.lora.alpha = 3;
  options.base = base_kind::stored;
  options.moments = moments_kind::bits32;
  auto made = make_tuner(one_layer(), options);
  ASSERT_TRUE(made) << made.error().message;
  auto& tuner = dynamic_cast<fused_tuner&>(**made);
  const auto& layout = tuner.layout();
  ASSERT_EQ(layout.adapters.size(), 4u);
  auto values = std::vector<float>(layout.size);
  for (std::size_t i = 0; i < 4; ++i) {
    const auto& slot = layout.adapters[i];
    const auto number = static_cast<std::uint32_t>(100 + 2 * i);
    const auto a = drawn(number, slot.rank * slot.columns, small);
    const auto b = drawn(number + 1, slot.rows * slot.rank, small);
    std::copy(a.begin(), a.end(),
              values.begin() + static_cast<std::ptrdiff_t>(slot.a));
    std::copy(b.begin(), b.end(),
              values.begin() + static_cast<std::ptrdiff_t>(slot.b));
  }
  ASSERT_TRUE(tuner.restore(values));

  const auto query = static_cast<std::size_t>(golden.read("query").front());
  const auto text = text_of(golden.read("ids"), query);
  expect_near(tuner.logits(text), golden.read("logits"), 1e-4, "logits");
  const auto passed = tuner.accumulate(text, 1, 0);
  ASSERT_TRUE(passed) << passed.error().message;
  const auto loss = golden.read("loss").front();
  EXPECT_NEAR(passed->loss, loss, 1e-6 * loss);
  constexpr auto layer = std::string_view{"model.layers.0."};
  for (const auto& slot : layout.adapters)
    for (const auto* letter : {"A", "B"}) {
      const auto first = *letter == 'A';
      const auto size = slot.rank * (first ? slot.columns : slot.rows);
      const auto found
        = tuner.gradients().subspan(first ? slot.a : slot.b, size);
      const auto name = slot.module.substr(layer.size()) + ".lora_" + letter;
      auto some = std::vector<float>{};
      auto squares = 0.0;
      for (std::size_t i = 0; i < size; ++i) {
        squares += double{found[i]} * found[i];
        if (i % 101 == 0)
          some.push_back(found[i]);
      }
      expect_near(some, golden.read(name + ".some"), 1e-5, name);
      const auto norm = golden.read(name + ".norm").front();
      EXPECT_NEAR(std::sqrt(squares), norm, 1e-5 * norm) << name;
    }
}

} // namespace
} // namespace aura::model
