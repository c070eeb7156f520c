#include "kernels/model/pretrained/architecture.hpp"

#include "kernels/base/json.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace aura::model {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// Phi-4's config.json, as far as it says how to compute.
json phi4() {
  return {{"model_type", "phi3"},
          {"vocab_size", 100352},
          {"hidden_size", 5120},
          {"num_hidden_layers", 40},
          {"num_attention_heads", 40},
          {"num_key_value_heads", 10},
          {"intermediate_size", 17920},
          {"max_position_embeddings", 16384},
          {"original_max_position_embeddings", 16384},
          {"rms_norm_eps", 1e-5},
          {"rope_theta", 250000},
          {"rope_scaling", nullptr},
          {"sliding_window", 16384},
          {"hidden_act", "silu"},
          {"attention_bias", false},
          {"tie_word_embeddings", false},
          {"bos_token_id", 100257},
          {"eos_token_id", 100257},
          {"pad_token_id", 100257}};
}

/// Phi-4 with one field changed.
json with(const char* field, const json& value) {
  auto x = phi4();
  x[field] = value;
  return x;
}

json qwen() {
  auto x = phi4();
  x["model_type"] = "qwen2";
  x["vocab_size"] = 1000;
  x["hidden_size"] = 64;
  x["num_hidden_layers"] = 1;
  x["num_attention_heads"] = 4;
  x["num_key_value_heads"] = 2;
  x["intermediate_size"] = 96;
  x["tie_word_embeddings"] = true;
  x["use_sliding_window"] = false;
  x["sliding_window"] = 128;
  x["bos_token_id"] = 7;
  x["eos_token_id"] = 8;
  x["pad_token_id"] = nullptr;
  return x;
}

architecture read(const json& x, const std::string& generation = {}) {
  const auto result = read_architecture(x.dump(), generation);
  EXPECT_TRUE(result) << (result ? "" : result.error().message);
  return result ? *result : architecture{};
}

std::string refusal(const json& x, errc code) {
  const auto result = read_architecture(x.dump());
  if (result)
    return "read";
  EXPECT_EQ(result.error().code, code) << result.error().message;
  return result.error().message;
}

TEST(Architecture, CountsTheParametersOfPhi4) {
  const auto x = read(phi4());
  EXPECT_EQ(x.kind, family::phi3);
  EXPECT_EQ(x.head_size, 128u);
  EXPECT_EQ(x.rope_theta, 250000);
  EXPECT_FALSE(x.tied);
  EXPECT_EQ(parameters_of(x), 14'659'507'200u);
  const auto tensors = tensors_of(x);
  ASSERT_EQ(tensors.size(), 243u);
  EXPECT_EQ(tensors[2].name, "model.layers.0.self_attn.qkv_proj.weight");
  EXPECT_EQ(tensors[2].rows, 7680u);
  EXPECT_EQ(tensors[5].name, "model.layers.0.mlp.gate_up_proj.weight");
  EXPECT_EQ(tensors[5].rows, 35840u);
  EXPECT_EQ(tensors[6].columns, 17920u);
  EXPECT_EQ(tensors.back().name, "lm_head.weight");
}

TEST(Architecture, ReadsThePublishedFileOfPhi4) {
  const auto folder = fs::path{AURA_SOURCE_DIR} / "../shared/data/phi-4";
  if (!fs::exists(folder))
    GTEST_SKIP() << "no configuration of Phi-4 beside this project";
  const auto text = [&](const char* name) {
    std::stringstream result;
    result << std::ifstream{folder / name}.rdbuf();
    return result.str();
  };
  const auto x
    = read_architecture(text("config.json"), text("generation_config.json"));
  ASSERT_TRUE(x) << x.error().message;
  auto wanted = read(phi4());
  wanted.end_tokens = {100257, 100265};
  EXPECT_EQ(*x, wanted);
}

TEST(Architecture, EndsWhereTheGenerationSaysSo) {
  EXPECT_EQ(read(phi4()).end_tokens, std::vector<std::int32_t>{100257});
  EXPECT_EQ(read(phi4(), R"({"eos_token_id": [100257, 100265]})").end_tokens,
            (std::vector<std::int32_t>{100257, 100265}));
  EXPECT_EQ(read(phi4(), R"({"eos_token_id": 3})").end_tokens,
            std::vector<std::int32_t>{3});
  EXPECT_EQ(read(phi4(), "{}").end_tokens, std::vector<std::int32_t>{100257});
  EXPECT_FALSE(read_architecture(phi4().dump(), R"({"eos_token_id": 100352})"));
}

TEST(Architecture, AcceptsBothRevisionsOfPhi4) {
  EXPECT_EQ(read(with("sliding_window", nullptr)), read(phi4()));
}

TEST(Architecture, ReadsWhatTransformers5Writes) {
  auto x = phi4();
  x.erase("rope_theta");
  x.erase("rope_scaling");
  x["rope_parameters"] = {{"rope_theta", 250000.0}, {"rope_type", "default"}};
  EXPECT_EQ(read(x), read(phi4()));
  x["rope_parameters"]["rope_type"] = "yarn";
  EXPECT_EQ(refusal(x, errc::unsupported),
            "field 'rope_parameters': expected null, a RoPE that is not "
            "scaled, found {\"rope_theta\":250000.0,\"rope_type\":\"yarn\"}");
}

TEST(Architecture, GivesQwenItsBiases) {
  const auto x = read(qwen());
  EXPECT_TRUE(x.qkv_bias);
  EXPECT_EQ(x.head_size, 16u);
  EXPECT_FALSE(x.pad_token);
  std::string names;
  for (const auto& tensor : tensors_of(x))
    names += tensor.name + " " + std::to_string(tensor.rows) + "x"
             + std::to_string(tensor.columns) + "\n";
  EXPECT_EQ(names, R"(model.embed_tokens.weight 1000x64
model.layers.0.input_layernorm.weight 64x0
model.layers.0.self_attn.q_proj.weight 64x64
model.layers.0.self_attn.q_proj.bias 64x0
model.layers.0.self_attn.k_proj.weight 32x64
model.layers.0.self_attn.k_proj.bias 32x0
model.layers.0.self_attn.v_proj.weight 32x64
model.layers.0.self_attn.v_proj.bias 32x0
model.layers.0.self_attn.o_proj.weight 64x64
model.layers.0.post_attention_layernorm.weight 64x0
model.layers.0.mlp.gate_proj.weight 96x64
model.layers.0.mlp.up_proj.weight 96x64
model.layers.0.mlp.down_proj.weight 64x96
model.norm.weight 64x0
)");
}

TEST(Architecture, TakesHeadsOfAnySize) {
  auto x = qwen();
  x["model_type"] = "llama";
  x["head_dim"] = 32;
  x.erase("sliding_window");
  x.erase("num_key_value_heads");
  const auto found = read(x);
  EXPECT_EQ(found.q_width(), 128u);
  EXPECT_EQ(found.kv_width(), 128u);
  EXPECT_FALSE(found.qkv_bias);
}

TEST(Architecture, RefusesMathematicsThatItDoesNotKnow) {
  const auto unsupported = errc::unsupported;
  EXPECT_EQ(refusal(with("model_type", "gemma"), unsupported),
            "field 'model_type': expected phi3, llama or qwen2, found "
            "\"gemma\"");
  EXPECT_EQ(refusal(with("hidden_act", "gelu"), unsupported),
            "field 'hidden_act': expected \"silu\", found \"gelu\"");
  EXPECT_EQ(refusal(with("sliding_window", 2047), unsupported),
            "field 'sliding_window': expected null or at least 16384 "
            "positions, found 2047");
  EXPECT_EQ(refusal(with("partial_rotary_factor", 0.75), unsupported),
            "field 'partial_rotary_factor': expected 1.0, found 0.75");
  EXPECT_EQ(refusal(with("attention_bias", true), unsupported),
            "field 'attention_bias': expected false, found true");
  EXPECT_EQ(refusal(with("rope_scaling", {{"type", "longrope"}}), unsupported),
            "field 'rope_scaling': expected null, a RoPE that is not scaled, "
            "found {\"type\":\"longrope\"}");
  EXPECT_EQ(refusal(with("quantization_config", {{"quant_method", "gptq"}}),
                    unsupported),
            "field 'quantization_config': expected none, or bitsandbytes in 4 "
            "bits of type nf4, found {\"quant_method\":\"gptq\"}");
}

TEST(Architecture, RefusesWhatIsMissingOrSenseless) {
  const auto invalid = errc::invalid_model;
  for (const auto* field :
       {"vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads",
        "intermediate_size", "max_position_embeddings", "rms_norm_eps"}) {
    auto x = phi4();
    x.erase(field);
    EXPECT_NE(refusal(x, invalid).find("found none"), std::string::npos);
    for (const auto& value : {json(0), json(-1), json("9"), json::array()})
      EXPECT_NE(refusal(with(field, value), invalid), "read") << field;
  }
  for (const auto& value : {json(1e300), json(1ull << 63), json(1 << 27)})
    EXPECT_NE(refusal(with("hidden_size", value), invalid), "read");
  EXPECT_EQ(refusal(with("num_key_value_heads", 7), invalid),
            "field 'num_key_value_heads': expected a divisor of 40 heads, "
            "found 7");
  EXPECT_EQ(refusal(with("head_dim", 127), invalid),
            "field 'head_dim': expected an even number, found 127");
  EXPECT_EQ(refusal(with("num_hidden_layers", 100000), invalid),
            "field 'num_hidden_layers': expected at most 1024, found 100000");
  EXPECT_EQ(refusal(with("eos_token_id", {1, "x"}), invalid),
            "field 'eos_token_id': expected tokens below 100352, found "
            "[1,\"x\"]");
  EXPECT_EQ(refusal(with("tie_word_embeddings", 1), invalid),
            "field 'tie_word_embeddings': expected true or false, found 1");
  const auto deep = std::string(100'000, '[') + std::string(100'000, ']');
  EXPECT_FALSE(read_architecture(R"({"model_type": "phi3", "eos_token_id": )"
                                 + deep + "}"));
  EXPECT_FALSE(read_architecture(R"({"model_type": )" + deep + "}"));
  EXPECT_FALSE(read_architecture("[]"));
  EXPECT_FALSE(read_architecture(phi4().dump(), "no"));
}

} // namespace
} // namespace aura::model
