#include "kernels/model/pretrained/peft.hpp"

#include "kernels/base/json.hpp"
#include "kernels/model/pretrained/gguf_adapter.hpp"
#include "kernels/model/safetensors.hpp"
#include "tests/kernels/model/pretrained/files.hpp"
#include "tests/kernels/model/pretrained/trained.hpp"

#include <cmath>

namespace aura::model {
namespace {

using nlohmann::json;

lora_options options(const char* targets) {
  lora_options result;
  result.rank = 4;
  result.alpha = 8;
  result.targets = {targets};
  return result;
}

class Peft : public Folder {
protected:
  json config() {
    return json::parse(std::ifstream{folder / "adapter_config.json"});
  }

  void write_config(const json& x) {
    write("adapter_config.json", x.dump());
  }

  adapter back(const architecture& shape) {
    auto result = read_peft(folder, shape);
    EXPECT_TRUE(result) << (result ? "" : result.error().message);
    return result ? std::move(*result) : adapter{};
  }

  std::string refusal(const architecture& shape, errc code) {
    const auto found = read_peft(folder, shape);
    if (found)
      return "read";
    EXPECT_EQ(found.error().code, code);
    return found.error().message.substr(folder.string().size() + 2);
  }

  std::map<std::string, std::vector<std::size_t>> shapes() {
    const auto file = safetensors::open(folder / "adapter_model.safetensors");
    EXPECT_TRUE(file);
    std::map<std::string, std::vector<std::size_t>> result;
    for (const auto& x : file->entries())
      result[x.name] = x.shape;
    return result;
  }
};

TEST_F(Peft, GivesBackWhatWasTrained) {
  for (auto kind : {family::phi3, family::llama, family::qwen2}) {
    auto wanted = options("all-linear");
    wanted.dropout = 0.05;
    wanted.rank_stabilised = true;
    wanted.train_embedding = wanted.train_head = true;
    const auto shape = small_architecture(kind);
    const auto trained = sample_adapter(shape, wanted);
    ASSERT_TRUE(write_peft(folder, shape, trained, "microsoft/phi-4",
                           peft_layout::as_trained));
    const auto found = back(shape);
    EXPECT_EQ(*found.values, *trained.values);
    EXPECT_EQ(found.options.rank, 4u);
    EXPECT_EQ(found.options.alpha, 8);
    EXPECT_EQ(found.options.dropout, 0.05);
    EXPECT_TRUE(found.options.rank_stabilised);
    EXPECT_TRUE(found.options.train_head);
    EXPECT_EQ(*peft_base(folder), "microsoft/phi-4");
  }
}

TEST_F(Peft, WritesNamesAndFieldsOfPeft) {
  const auto shape = small_architecture(family::phi3);
  auto wanted = options("all-linear");
  wanted.train_embedding = true;
  ASSERT_TRUE(write_peft(folder, shape, sample_adapter(shape, wanted), "base",
                         peft_layout::as_trained));
  const auto x = config();
  EXPECT_EQ(x["peft_type"], "LORA");
  EXPECT_EQ(x["task_type"], "CAUSAL_LM");
  EXPECT_EQ(x["target_modules"],
            (json{"qkv_proj", "o_proj", "gate_up_proj", "down_proj"}));
  EXPECT_EQ(x["modules_to_save"], json{"embed_tokens"});
  EXPECT_EQ(x["lora_alpha"], 8);
  EXPECT_TRUE(x["rank_pattern"].empty());
  const auto found = shapes();
  EXPECT_EQ(found.size(), 2 * 4 * 2 + 1u);
  const auto layer = std::string{"base_model.model.model.layers.1."};
  EXPECT_EQ(found.at(layer + "self_attn.qkv_proj.lora_A.weight"),
            (std::vector<std::size_t>{4, 16}));
  EXPECT_EQ(found.at(layer + "mlp.gate_up_proj.lora_B.weight"),
            (std::vector<std::size_t>{48, 4}));
  EXPECT_EQ(found.at("base_model.model.model.embed_tokens.weight"),
            (std::vector<std::size_t>{423, 16}));
}

TEST_F(Peft, SplitsWhatIsFused) {
  const auto shape = small_architecture(family::phi3);
  const auto trained = sample_adapter(shape, options("all-linear"));
  ASSERT_TRUE(write_peft(folder, shape, trained, "base", peft_layout::split));
  const auto found = back(shape);
  EXPECT_EQ(found.layout.adapters.size(), 14u);
  EXPECT_EQ(found.layout.adapters.front().module,
            "model.layers.0.self_attn.q_proj");
  expect_same_deltas(shape, trained, found, 0);
  EXPECT_TRUE(config()["rank_pattern"].empty());
}

TEST_F(Peft, FusesWhatIsSplit) {
  for (auto stabilised : {false, true}) {
    auto wanted = options("all-linear-split");
    wanted.rank_stabilised = stabilised;
    const auto shape = small_architecture(family::phi3);
    const auto trained = sample_adapter(shape, wanted);
    ASSERT_TRUE(write_peft(folder, shape, trained, "base", peft_layout::fused));
    const auto x = config();
    EXPECT_EQ(x["rank_pattern"], (json{{"qkv_proj", 12}, {"gate_up_proj", 8}}));
    EXPECT_NEAR(x["alpha_pattern"]["qkv_proj"].get<double>(),
                stabilised ? 8 * std::sqrt(3.) : 24, 1e-12);
    EXPECT_EQ(shapes().at("base_model.model.model.layers.0.self_attn.qkv_proj."
                          "lora_B.weight"),
              (std::vector<std::size_t>{32, 12}));
    // Read back, blocks come apart to the bit.
    const auto found = back(shape);
    EXPECT_EQ(*found.values, *trained.values);
  }
}

TEST_F(Peft, RefusesToFuseForSplitCheckpoints) {
  const auto shape = small_architecture(family::llama);
  const auto done
    = write_peft(folder, shape, sample_adapter(shape, options("all-linear")),
                 "base", peft_layout::fused);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, errc::invalid_option);
}

TEST_F(Peft, RefusesWhatItWouldComputeDifferently) {
  const auto shape = small_architecture(family::phi3);
  ASSERT_TRUE(write_peft(folder, shape,
                         sample_adapter(shape, options("all-linear")), "base",
                         peft_layout::as_trained));
  const auto good = config();
  const auto with = [&](const char* field, const json& value) {
    auto x = good;
    x[field] = value;
    write_config(x);
  };
  with("use_dora", true);
  EXPECT_EQ(refusal(shape, errc::unsupported),
            "field 'use_dora': expected false, found true");
  with("peft_type", "IA3");
  EXPECT_EQ(refusal(shape, errc::unsupported),
            "field 'peft_type': expected \"LORA\", found \"IA3\"");
  with("bias", "all");
  EXPECT_EQ(refusal(shape, errc::unsupported),
            "field 'bias': expected \"none\", found \"all\"");
  with("rank_pattern", {{"qkv_proj", 5}});
  EXPECT_EQ(refusal(shape, errc::unsupported),
            "rank_pattern: rank 5 of 'qkv_proj' beside 4");
  with("modules_to_save", {"norm"});
  EXPECT_EQ(refusal(shape, errc::invalid_model),
            "field 'modules_to_save' cannot be [\"norm\"]");
  with("r", -4);
  EXPECT_EQ(refusal(shape, errc::invalid_model), "field 'r' cannot be -4");
  // Shapes are compared before memory is taken.
  with("r", 60000);
  EXPECT_EQ(refusal(shape, errc::invalid_model),
            "tensor 'base_model.model.model.layers.0.self_attn.qkv_proj.lora_A."
            "weight': expected [60000, 16], found [4, 16]");
  with("target_modules", {"qkv_proj", "o_proj", "down_proj"});
  EXPECT_EQ(refusal(shape, errc::invalid_model),
            "tensor 'base_model.model.model.layers.0.mlp.gate_up_proj.lora_A."
            "weight' is not of this adapter");
  with("modules_to_save", {"lm_head"});
  EXPECT_EQ(refusal(shape, errc::invalid_model),
            "tensor 'base_model.model.lm_head.weight' is missing: expected "
            "[423, 16]");
}

TEST_F(Peft, GivesGgufTheSameChange) {
  for (auto kind : {family::phi3, family::llama, family::qwen2})
    for (const auto* targets : {"all-linear", "all-linear-split"})
      for (auto stabilised : {false, true}) {
        auto wanted = options(targets);
        wanted.rank_stabilised = stabilised;
        const auto shape = small_architecture(kind);
        const auto trained = sample_adapter(shape, wanted);
        ASSERT_TRUE(write_gguf_adapter(folder / "a.gguf", shape, trained));
        const auto found = read_gguf_adapter(folder / "a.gguf", shape);
        ASSERT_TRUE(found) << found.error().message;
        expect_same_deltas(shape, trained, *found, 1e-6);
      }
  const auto phi = small_architecture(family::phi3);
  const auto wrong = read_gguf_adapter(folder / "a.gguf", phi);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().message,
            (folder / "a.gguf").string()
              + ": no adapter of type lora for the architecture phi3");
}

TEST_F(Peft, HasNoRoomForAnEmbeddingInGguf) {
  const auto shape = small_architecture(family::phi3);
  auto wanted = options("all-linear");
  wanted.train_embedding = true;
  const auto done = write_gguf_adapter(folder / "a.gguf", shape,
                                       sample_adapter(shape, wanted));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, errc::unsupported);
  EXPECT_FALSE(std::filesystem::exists(folder / "a.gguf"));
}

} // namespace
} // namespace aura::model
