#include "kernels/model/pretrained/merged.hpp"

#include "kernels/base/json.hpp"
#include "kernels/model/pretrained/gguf_adapter.hpp"
#include "kernels/model/pretrained/peft.hpp"
#include "kernels/ops/bf16.hpp"
#include "tests/kernels/model/pretrained/files.hpp"
#include "tests/kernels/model/pretrained/gguf_file.hpp"
#include "tests/kernels/model/pretrained/trained.hpp"

#include <cstdlib>
#include <set>

namespace aura::model {
namespace {

using nlohmann::json;

class Merged : public Folder {
protected:
  /// A folder of its own for the base, with a chat template of Phi-4.
  void make_base(const char* type) {
    base = folder / "base";
    std::filesystem::create_directories(base);
    const json config{
      {"model_type", type},       {"vocab_size", 423},
      {"hidden_size", 64},        {"num_hidden_layers", 2},
      {"num_attention_heads", 4}, {"num_key_value_heads", 2},
      {"intermediate_size", 32},  {"max_position_embeddings", 64},
      {"rms_norm_eps", 1e-5},     {"eos_token_id", 1},
      {"pad_token_id", 0},        {"torch_dtype", "float32"}};
    write("base/config.json", config.dump());
    write("base/tokenizer_config.json",
          R"({"eos_token": "<|endoftext|>", "chat_template": "<|im_sep|>"})");
    write("base/special_tokens_map.json", R"({"eos_token": "<|endoftext|>"})");
    std::filesystem::copy_file(
      std::filesystem::path{AURA_SOURCE_DIR}
        / "tests/golden/text/tokenizers/phi.json",
      base / "tokenizer.json",
      std::filesystem::copy_options::overwrite_existing);
    write_tensors(base / "model.safetensors",
                  sample_checkpoint(*read_architecture(config.dump())));
  }

  pretrained open(const std::filesystem::path& place) {
    auto result = open_pretrained(place);
    EXPECT_TRUE(result) << (result ? "" : result.error().message);
    return std::move(*result);
  }

  json file(const char* name) {
    return json::parse(std::ifstream{folder / "merged" / name});
  }

  std::filesystem::path base;
};

std::vector<float> values_of(const weight& x) {
  std::vector<float> result(x.size());
  decode_rows(x, 0, x.columns == 0 ? 1 : x.rows, result.data());
  return result;
}

std::vector<float> values_of(const stacked_weight& x) {
  std::vector<float> result;
  for (const auto& part : x.parts) {
    const auto more = values_of(part);
    result.insert(result.end(), more.begin(), more.end());
  }
  return result;
}

void expect_sum(const std::vector<float>& merged, const std::vector<float>& w,
                const std::vector<double>& delta) {
  ASSERT_EQ(merged.size(), w.size());
  ASSERT_EQ(merged.size(), delta.size());
  for (std::size_t i = 0; i < w.size(); ++i) {
    const auto wanted = static_cast<double>(w[i]) + delta[i];
    ASSERT_NEAR(merged[i], wanted, std::abs(wanted) / 256 + 1e-6) << i;
  }
}

TEST_F(Merged, AddsTheAdapterToEveryLinearLayer) {
  for (const auto* type : {"phi3", "llama"})
    for (const auto* targets : {"all-linear", "all-linear-split"}) {
      make_base(type);
      const auto whole = open(base);
      lora_options options;
      options.rank = 4;
      options.targets = {targets};
      const auto trained = sample_adapter(whole.weights.shape, options);
      ASSERT_TRUE(write_merged(folder / "merged", base, whole, trained));
      const auto merged = open(folder / "merged");
      EXPECT_EQ(merged.weights.shape.hidden, 64u);
      EXPECT_EQ(values_of(merged.weights.embedding),
                values_of(whole.weights.embedding));
      EXPECT_EQ(values_of(*merged.weights.head),
                values_of(*whole.weights.head));
      for (std::size_t i = 0; i < 2; ++i) {
        const auto& a = merged.weights.layers[i];
        const auto& b = whole.weights.layers[i];
        const auto delta = [&](linear_role role) {
          return delta_of(whole.weights.shape, trained, i, role);
        };
        expect_sum(values_of(a.qkv), values_of(b.qkv), delta(linear_role::qkv));
        expect_sum(values_of(a.gate_up), values_of(b.gate_up),
                   delta(linear_role::gate_up));
        expect_sum(values_of(a.output), values_of(b.output),
                   delta(linear_role::output));
        expect_sum(values_of(a.down), values_of(b.down),
                   delta(linear_role::down));
        EXPECT_EQ(values_of(a.post_norm), values_of(b.post_norm));
      }
    }
}

TEST_F(Merged, KeepsWhatEndsATurn) {
  make_base("phi3");
  const auto whole = open(base);
  ASSERT_EQ(whole.chat, "phi-4");
  lora_options options;
  options.train_embedding = options.train_head = true;
  const auto trained = sample_adapter(whole.weights.shape, options);
  ASSERT_TRUE(write_merged(folder / "merged", base, whole, trained));
  EXPECT_EQ(file("tokenizer_config.json")["eos_token"], "<|im_end|>");
  EXPECT_EQ(file("special_tokens_map.json")["eos_token"], "<|im_end|>");
  EXPECT_EQ(file("generation_config.json")["eos_token_id"], (json{1, 421}));
  EXPECT_EQ(file("config.json")["torch_dtype"], "bfloat16");
  const auto merged = open(folder / "merged");
  EXPECT_EQ(merged.chat, "phi-4");
  EXPECT_EQ(merged.weights.shape.end_tokens,
            (std::vector<std::int32_t>{1, 421}));
  // What was trained whole stands in place of what was there.
  const auto found = values_of(merged.weights.embedding);
  for (std::size_t i = 0; i < found.size(); ++i)
    ASSERT_EQ(found[i],
              ops::round_to_bf16(
                (*trained.values)[trained.layout.embedding->offset + i]));
  EXPECT_NE(values_of(*merged.weights.head), values_of(*whole.weights.head));
}

TEST_F(Merged, CutsFilesThatGrowTooLarge) {
  make_base("llama");
  const auto whole = open(base);
  lora_options options;
  const auto trained = sample_adapter(whole.weights.shape, options);
  ASSERT_TRUE(write_merged(folder / "one", base, whole, trained));
  merge_options small;
  small.file_bytes = 60'000;
  ASSERT_TRUE(write_merged(folder / "merged", base, whole, trained, small));
  const auto index = file("model.safetensors.index.json");
  EXPECT_EQ(index["metadata"]["total_size"],
            2 * parameters_of(whole.weights.shape));
  EXPECT_EQ(index["weight_map"]["lm_head.weight"],
            "model-00004-of-00004.safetensors");
  const auto cut = open(folder / "merged");
  const auto one = open(folder / "one");
  EXPECT_EQ(values_of(cut.weights.layers[1].down),
            values_of(one.weights.layers[1].down));
  EXPECT_EQ(values_of(*cut.weights.head), values_of(*one.weights.head));
}

TEST_F(Merged, AddsToWhatTrainingSaw) {
  make_base("llama");
  const auto whole = open(base);
  lora_options options;
  options.targets = {"q_proj"};
  const auto trained = sample_adapter(whole.weights.shape, options);
  merge_options rounded;
  rounded.beneath = merge_base::nf4;
  ASSERT_TRUE(write_merged(folder / "merged", base, whole, trained, rounded));
  const auto merged = open(folder / "merged");
  // Four bits: no more than 16 values in a block of 64.
  const auto down = values_of(merged.weights.layers[0].down);
  for (std::size_t block = 0; block < down.size(); block += 64) {
    const auto begin = down.begin() + static_cast<std::ptrdiff_t>(block);
    EXPECT_LE(std::set<float>(begin, begin + 64).size(), 16u);
  }
  EXPECT_EQ(values_of(merged.weights.embedding),
            values_of(whole.weights.embedding));
  EXPECT_EQ(values_of(merged.weights.norm), values_of(whole.weights.norm));
}

// What tests/golden/model/check_exports.py compares with PEFT and gguf.
TEST_F(Merged, LeavesItsFormsToOtherPrograms) {
  const auto* place = std::getenv("AURA_EXPORTS");
  if (place == nullptr)
    GTEST_SKIP() << "AURA_EXPORTS names no folder";
  for (const auto* type : {"phi3", "llama", "qwen2"})
    for (const auto* targets : {"all-linear", "all-linear-split"})
      for (auto stabilised : {false, true}) {
        make_base(type);
        const auto out
          = std::filesystem::path{place}
            / (std::string{type} + "-" + targets + (stabilised ? "-rs" : ""));
        std::filesystem::remove_all(out);
        std::filesystem::create_directories(out);
        std::filesystem::copy(base, out / "base");
        const auto whole = open(base);
        const auto& shape = whole.weights.shape;
        lora_options options;
        options.rank = 4;
        options.alpha = 8;
        options.targets = {targets};
        options.rank_stabilised = stabilised;
        const auto low = sample_adapter(shape, options);
        EXPECT_TRUE(write_gguf_adapter(out / "adapter.gguf", shape, low));
        options.train_embedding = options.train_head = true;
        const auto trained = sample_adapter(shape, options);
        const auto layout = shape.kind == family::phi3 ? peft_layout::fused
                                                       : peft_layout::split;
        EXPECT_TRUE(write_peft(out / "adapter", shape, trained,
                               (out / "base").string(), layout));
        EXPECT_TRUE(write_merged(out / "merged", base, whole, trained));
        EXPECT_TRUE(write_merged(out / "merged-low", base, whole, low));
      }
}

/// Real weights, which an adapter of zeros leaves as they are.
TEST_F(Merged, TurnsSmolLm2IntoAFolder) {
  const auto* place = std::getenv("AURA_SMOLLM2");
  if (place == nullptr)
    GTEST_SKIP() << "AURA_SMOLLM2 names no GGUF file of SmolLM2-135M-Instruct";
  const auto* exports = std::getenv("AURA_EXPORTS");
  const auto out = exports == nullptr
                     ? folder / "merged"
                     : std::filesystem::path{exports} / "smollm2" / "merged";
  const auto whole = open(place);
  lora_options options;
  options.rank = 1;
  options.targets = {"k_proj"};
  auto none = sample_adapter(whole.weights.shape, options);
  none.values = std::make_shared<const std::vector<float>>(none.layout.size);
  ASSERT_TRUE(write_merged(out, place, whole, none));
  const auto merged = open(out);
  EXPECT_EQ(merged.weights.shape, whole.weights.shape);
  EXPECT_EQ(merged.chat, "smollm2");
  const auto found = values_of(merged.weights.layers[29].qkv);
  const auto wanted = values_of(whole.weights.layers[29].qkv);
  for (std::size_t i = 0; i < found.size(); ++i)
    ASSERT_EQ(found[i], ops::round_to_bf16(wanted[i])) << i;
  for (const auto* text : {"How many orders in 2024?", " \n\n x", "Köln 日本",
                           "<|im_start|>user\nhi<|im_end|>"})
    EXPECT_EQ(*merged.vocabulary.encode(text), *whole.vocabulary.encode(text));
}

} // namespace
} // namespace aura::model
