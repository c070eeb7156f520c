#include "kernels/model/pretrained/nf4_files.hpp"

#include "kernels/base/json.hpp"
#include "kernels/model/pretrained/blocks.hpp"
#include "kernels/model/pretrained/pretrained.hpp"
#include "tests/kernels/model/pretrained/files.hpp"
#include "tests/kernels/model/pretrained/hexadecimal.hpp"

#include <algorithm>
#include <bit>

namespace aura::model {
namespace {

using nlohmann::json;

json rows() {
  return json::parse(std::ifstream{std::string{AURA_SOURCE_DIR}
                                   + "/tests/golden/model/nf4.json"});
}

sample_tensor tensor(const json& x) {
  return {x["type"], x["shape"],
          from_hexadecimal(x["bytes"].get<std::string>())};
}

/// What bitsandbytes made of one matrix, under the name `name`.
sample_tensors packed(const json& row, const std::string& name) {
  sample_tensors result;
  result[name] = tensor(row["packed"]);
  for (const auto& [part, x] : row["state"].items())
    result[name + "." + part] = tensor(x);
  return result;
}

class Nf4 : public Folder {
protected:
  stored_tensors stored(const sample_tensors& tensors) {
    write_tensors(folder / "model.safetensors", tensors);
    auto result = open_tensor_files(folder);
    EXPECT_TRUE(result) << (result ? "" : result.error().message);
    return result ? std::move(*result) : stored_tensors{};
  }
};

TEST_F(Nf4, DecodesWhatBitsandbytesPacked) {
  std::size_t nested = 0;
  for (const auto& row : rows()) {
    const tensor_plan plan{"w", row["shape"][0], row["shape"][1]};
    const auto tensors = stored(packed(row, "w"));
    ASSERT_TRUE(is_nf4("w", tensors));
    const auto x = take_nf4(plan, tensors);
    ASSERT_TRUE(x) << x.error().message;
    EXPECT_EQ(*bytes_of(encoding::nf4, plan.rows, plan.columns),
              x->bytes.size());
    nested += x->scales.codes.empty() ? 0 : 1;
    // Row by row, for blocks that begin within a row.
    std::vector<float> found(plan.size());
    for (std::size_t i = 0; i < plan.rows; ++i)
      decode_rows(*x, i, i + 1, found.data() + i * plan.columns);
    const auto wanted = from_hexadecimal(row["values"].get<std::string>());
    const auto first = found.size() - wanted.size() / 2;
    for (std::size_t i = first; i < found.size(); ++i) {
      std::uint16_t bits = 0;
      std::memcpy(&bits, wanted.data() + 2 * (i - first), 2);
      ASSERT_EQ(std::bit_cast<std::uint32_t>(found[i]),
                static_cast<std::uint32_t>(bits) << 16)
        << row["shape"] << i;
    }
  }
  EXPECT_EQ(nested, 4u);
}

TEST_F(Nf4, NamesThePartThatDoesNotFit) {
  const auto row = rows()[2];
  const tensor_plan plan{"w", row["shape"][0], row["shape"][1]};
  const auto refusal = [&](const std::string& part, const sample_tensor& x) {
    auto tensors = packed(row, "w");
    tensors[part] = x;
    const auto found = take_nf4(plan, stored(tensors));
    return found ? "taken" : found.error().message;
  };
  const auto change_state = [&](const char* field, const json& value) {
    const auto part = std::string{"w.quant_state.bitsandbytes__nf4"};
    auto state = json::parse(packed(row, "w")[part].bytes);
    state[field] = value;
    const auto text = state.dump();
    return refusal(part, {"U8", {text.size()}, text});
  };
  EXPECT_EQ(refusal("w", {"U8", {104, 1}, std::string(104, 0)}),
            "tensor 'w': expected 105 values of U8, found [104, 1] of U8");
  EXPECT_EQ(refusal("w.absmax", {"F32", {4}, std::string(16, 0)}),
            "tensor 'w.absmax': expected 4 values of U8, found [4] of F32");
  EXPECT_EQ(refusal("w.nested_absmax", {"F32", {2}, std::string(8, 0)}),
            "tensor 'w.nested_absmax': expected 1 values of F32, found [2] of "
            "F32");
  EXPECT_EQ(refusal("w.quant_map", {"F32", {16}, std::string(64, 0)}),
            "tensor 'w.quant_map': expected the values of NF4, found others");
  EXPECT_EQ(refusal("w.quant_state.bitsandbytes__nf4", {"U8", {1}, "["}),
            "tensor 'w.quant_state.bitsandbytes__nf4': expected quant_type "
            "\"nf4\", found null");
  EXPECT_EQ(change_state("blocksize", 128),
            "tensor 'w.quant_state.bitsandbytes__nf4': expected blocksize 64, "
            "found 128");
  EXPECT_EQ(change_state("dtype", "float16"),
            "tensor 'w.quant_state.bitsandbytes__nf4': expected dtype "
            "\"bfloat16\", found \"float16\"");
  EXPECT_EQ(change_state("shape", {70, 3}),
            "tensor 'w.quant_state.bitsandbytes__nf4': expected shape [3,70], "
            "found [70,3]");
  EXPECT_EQ(change_state("nested_offset", "much"),
            "tensor 'w.quant_state.bitsandbytes__nf4': expected a number "
            "nested_offset, found \"much\"");
  auto tensors = packed(row, "w");
  tensors.erase("w.nested_quant_map");
  EXPECT_EQ(take_nf4(plan, stored(tensors)).error().message,
            "tensor 'w.nested_quant_map': expected 256 values of F32, found "
            "none");
}

TEST_F(Nf4, OpensACheckpointThatIsPartlyQuantised) {
  const json config{{"model_type", "llama"},
                    {"vocab_size", 10},
                    {"hidden_size", 64},
                    {"num_hidden_layers", 1},
                    {"num_attention_heads", 4},
                    {"intermediate_size", 6},
                    {"max_position_embeddings", 64},
                    {"rms_norm_eps", 1e-5},
                    {"tie_word_embeddings", true},
                    {"quantization_config",
                     {{"quant_method", "bitsandbytes"},
                      {"load_in_4bit", true},
                      {"bnb_4bit_quant_type", "nf4"}}}};
  write("config.json", config.dump());
  auto tensors = sample_checkpoint(*read_architecture(config.dump()));
  const auto name = std::string{"model.layers.0.mlp.up_proj.weight"};
  tensors.erase(name);
  tensors.merge(packed(rows()[0], name));
  write_tensors(folder / "model.safetensors", tensors);
  const auto opened = open_weights(folder);
  ASSERT_TRUE(opened) << opened.error().message;
  const auto& up = opened->layers[0].gate_up.parts[1];
  EXPECT_EQ(up.form, encoding::nf4);
  EXPECT_EQ(opened->layers[0].gate_up.parts[0].form, encoding::bf16);
  std::vector<float> found(up.size());
  decode_rows(up, 0, up.rows, found.data());
  // The first block was all zeros.
  EXPECT_TRUE(std::all_of(found.begin(), found.begin() + 64,
                          [](float y) { return y == 0; }));
  EXPECT_GT(*std::max_element(found.begin(), found.end()), 1.f);
  tensors["model.layers.0.mlp.up_proj.absmax"] = {"F32", {1}, "1234"};
  write_tensors(folder / "model.safetensors", tensors);
  EXPECT_FALSE(open_weights(folder));
}

} // namespace
} // namespace aura::model
