#include "kernels/model/pretrained/pretrained.hpp"

#include "kernels/base/json.hpp"
#include "tests/kernels/model/pretrained/files.hpp"

#include <cmath>
#include <sys/resource.h>

namespace aura::model {
namespace {

using nlohmann::json;

json config(const char* type) {
  return {{"model_type", type},       {"vocab_size", 423},
          {"hidden_size", 16},        {"num_hidden_layers", 2},
          {"num_attention_heads", 4}, {"num_key_value_heads", 2},
          {"intermediate_size", 24},  {"max_position_embeddings", 64},
          {"rms_norm_eps", 1e-5},     {"tie_word_embeddings", false},
          {"rope_theta", 10000}};
}

class Pretrained : public Folder {
protected:
  void SetUp() override {
    Folder::SetUp();
    use("phi3");
  }

  void use(const char* type) {
    write("config.json", config(type).dump());
    shape = *read_architecture(config(type).dump());
    tensors = sample_checkpoint(shape);
    write_tensors(folder / "model.safetensors", tensors);
  }

  /// Two files, and an index that names them.
  void shard() {
    std::filesystem::remove(folder / "model.safetensors");
    sample_tensors halves[2];
    json map;
    for (const auto& [name, x] : tensors) {
      const auto second = name.find("layers.1") != std::string::npos;
      halves[second ? 1 : 0].emplace(name, x);
      map[name] = second ? "b.safetensors" : "a.safetensors";
    }
    write_tensors(folder / "a.safetensors", halves[0]);
    write_tensors(folder / "b.safetensors", halves[1]);
    index = {{"metadata", {{"total_size", 1}}}, {"weight_map", map}};
    write_index();
  }

  void write_index() {
    write("model.safetensors.index.json", index.dump());
  }

  std::string refusal(errc code) {
    const auto opened = open_weights(folder);
    if (opened)
      return "opened";
    EXPECT_EQ(opened.error().code, code) << opened.error().message;
    return opened.error().message;
  }

  /// Writes the tensors again and expects a refusal in these words.
  void refuses(const std::string& why) {
    write_tensors(folder / "model.safetensors", tensors);
    EXPECT_EQ(refusal(errc::invalid_model), folder.string() + ": " + why);
  }

  void expect_equal(const weight& x) {
    std::vector<float> found(x.size());
    decode_rows(x, 0, x.columns == 0 ? 1 : x.rows, found.data());
    const auto& bytes = tensors.at(x.name).bytes;
    for (std::size_t i = 0; i < found.size(); ++i) {
      std::uint32_t wanted = 0;
      std::memcpy(reinterpret_cast<char*>(&wanted) + 2, bytes.data() + 2 * i,
                  2);
      ASSERT_EQ(std::bit_cast<std::uint32_t>(found[i]), wanted) << x.name << i;
    }
  }

  void expect_all(const model_weights& x) {
    expect_equal(x.embedding);
    expect_equal(x.norm);
    expect_equal(*x.head);
    for (const auto& layer : x.layers) {
      for (const auto* one :
           {&layer.input_norm, &layer.output, &layer.post_norm, &layer.down})
        expect_equal(*one);
      for (const auto* many :
           {&layer.qkv.parts, &layer.gate_up.parts, &layer.qkv_bias})
        for (const auto& part : *many)
          expect_equal(part);
    }
  }

  architecture shape;
  sample_tensors tensors;
  json index;
};

TEST_F(Pretrained, OpensEveryFamily) {
  for (const auto* type : {"phi3", "llama", "qwen2"}) {
    use(type);
    const auto opened = open_weights(folder);
    ASSERT_TRUE(opened) << opened.error().message;
    const auto fused = std::string{type} == "phi3";
    EXPECT_EQ(opened->layers[1].qkv.parts.size(), fused ? 1u : 3u);
    EXPECT_EQ(opened->layers[1].qkv.rows(), 32u);
    EXPECT_EQ(opened->layers[1].gate_up.parts.size(), fused ? 1u : 2u);
    EXPECT_EQ(opened->layers[1].gate_up.rows(), 48u);
    EXPECT_EQ(opened->layers[1].gate_up.columns(), 16u);
    EXPECT_EQ(opened->layers[1].qkv_bias.size(),
              std::string{type} == "qwen2" ? 3u : 0u);
    expect_all(*opened);
    if (!fused) {
      EXPECT_EQ(opened->layers[1].qkv.parts[1].name,
                "model.layers.1.self_attn.k_proj.weight");
      EXPECT_EQ(opened->layers[1].gate_up.parts[0].name,
                "model.layers.1.mlp.gate_proj.weight");
    }
  }
}

TEST_F(Pretrained, OpensWhatIsCutIntoFiles) {
  shard();
  const auto opened = open_weights(folder);
  ASSERT_TRUE(opened) << opened.error().message;
  expect_all(*opened);
}

TEST_F(Pretrained, BringsItsTokenizerAndTemplate) {
  const auto from = std::filesystem::path{AURA_SOURCE_DIR}
                    / "tests/golden/text/tokenizers/phi.json";
  std::filesystem::copy_file(from, folder / "tokenizer.json");
  auto opened = open_pretrained(folder);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(opened->chat, "");
  EXPECT_TRUE(opened->vocabulary.find_added("<|im_sep|>"));
  write("tokenizer_config.json",
        R"({"chat_template": [{"name": "tools", "template": "<|im_start|>"},
            {"name": "default", "template": "<|im_start|><|im_sep|>"}]})");
  const auto phi = open_pretrained(folder);
  EXPECT_EQ(phi->chat, "phi-4");
  // What a fine-tuning teaches to end with ends a text, whatever the
  // configuration says.
  EXPECT_EQ(ends_of(*opened), opened->weights.shape.end_tokens);
  auto ends = phi->weights.shape.end_tokens;
  ends.push_back(*phi->vocabulary.find_added("<|im_end|>"));
  EXPECT_EQ(ends_of(*phi), ends);
  write("chat_template.jinja", "<|im_start|>You are a helpful assistant.");
  EXPECT_EQ(open_pretrained(folder)->chat, "qwen2");
  auto small = config("phi3");
  small["vocab_size"] = 400;
  write("config.json", small.dump());
  tensors = sample_checkpoint(*read_architecture(small.dump()));
  write_tensors(folder / "model.safetensors", tensors);
  opened = open_pretrained(folder);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().message,
            folder.string() + ": 423 tokens for an embedding of 400");
}

TEST_F(Pretrained, RefusesTensorsThatDoNotFit) {
  const auto name = std::string{"model.layers.1.mlp.down_proj.weight"};
  const auto good = tensors;
  tensors.erase(name);
  refuses("tensor '" + name + "' is missing: expected [16, 24]");
  tensors = good;
  tensors.at(name).shape = {24, 16};
  refuses("tensor '" + name + "': expected [16, 24], found [24, 16]");
  tensors = good;
  tensors.at(name).type = "I16";
  refuses("tensor '" + name + "': expected F32, F16 or BF16, found I16");
  tensors = good;
  tensors["model.layers.0.self_attn.q_norm.weight"] = {"F32", {1}, "1234"};
  refuses("tensor 'model.layers.0.self_attn.q_norm.weight' [1] is not of this "
          "architecture");
}

TEST_F(Pretrained, PassesOverWhatOlderFilesHoldBesides) {
  tensors["model.layers.0.self_attn.rotary_emb.inv_freq"]
    = {"F32", {1}, "1234"};
  write_tensors(folder / "model.safetensors", tensors);
  EXPECT_TRUE(open_weights(folder));
  auto tied = config("phi3");
  tied["tie_word_embeddings"] = true;
  write("config.json", tied.dump());
  const auto opened = open_weights(folder);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_FALSE(opened->head);
}

TEST_F(Pretrained, RefusesAnIndexThatSaysSomethingElse) {
  shard();
  const auto good = index;
  const auto file = (folder / "model.safetensors.index.json").string();
  const auto refuses_index = [&](const std::string& why) {
    write_index();
    EXPECT_EQ(refusal(errc::damaged_file), file + ": " + why);
    index = good;
  };
  const auto name = std::string{"model.layers.1.input_layernorm.weight"};
  for (const auto* place : {"../a.safetensors", "/etc/passwd", "", "a.bin"}) {
    index["weight_map"][name] = place;
    refuses_index("tensor '" + name
                  + "' is in no safetensors file of this folder");
  }
  index["weight_map"][name] = 7;
  refuses_index("tensor '" + name
                + "' is in no safetensors file of this folder");
  index["weight_map"].erase(name);
  refuses_index("tensor '" + name
                + "' is in b.safetensors, which the index does not say");
  index["weight_map"]["x"] = "b.safetensors";
  refuses_index("tensor 'x' is not in b.safetensors");
  index.erase("weight_map");
  refuses_index("no object 'weight_map' of tensors and their files");
  index = json::array();
  refuses_index("no object 'weight_map' of tensors and their files");
  std::filesystem::remove(folder / "b.safetensors");
  write_index();
  EXPECT_EQ(refusal(errc::missing_file),
            "cannot open " + (folder / "b.safetensors").string());
}

TEST_F(Pretrained, NamesWhatAFolderLacks) {
  std::filesystem::remove(folder / "model.safetensors");
  EXPECT_EQ(refusal(errc::missing_file),
            "cannot open " + (folder / "model.safetensors").string());
  write("config.json", "{}");
  EXPECT_EQ(refusal(errc::unsupported),
            (folder / "config.json").string()
              + ": field 'model_type': expected phi3, llama or qwen2, found "
                "none");
  std::filesystem::remove(folder / "config.json");
  EXPECT_EQ(refusal(errc::missing_file),
            "cannot read " + (folder / "config.json").string()
              + ": a pretrained model is a folder with config.json, "
                "*.safetensors and tokenizer.json, or a GGUF file");
}

/// Most kilobytes that this process has held.
long peak() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  return used.ru_maxrss;
}

TEST_F(Pretrained, OpensPhi4WithoutReadingIt) {
  auto full = config("phi3");
  full.update({{"vocab_size", 100352},
               {"hidden_size", 5120},
               {"num_hidden_layers", 40},
               {"num_attention_heads", 40},
               {"num_key_value_heads", 10},
               {"intermediate_size", 17920}});
  write("config.json", full.dump());
  std::vector<tensor_header> headers;
  for (const auto& x : tensors_of(*read_architecture(full.dump()))) {
    headers.push_back({x.name, "BF16", {x.rows}});
    if (x.columns != 0)
      headers.back().shape.push_back(x.columns);
  }
  const auto file = folder / "model.safetensors";
  const auto part = folder / "model.safetensors.part";
  ASSERT_TRUE(safetensors_writer::begin(file, headers));
  // No block of it is on the disk.
  std::error_code failed;
  std::filesystem::resize_file(
    part, std::filesystem::file_size(part) + 29'319'014'400, failed);
  if (failed)
    GTEST_SKIP() << "no room for a sparse file of 29 GB: " << failed.message();
  std::filesystem::rename(part, file);
  const auto before = peak();
  const auto opened = open_weights(folder);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(opened->layers[39].gate_up.rows(), 35840u);
  std::vector<float> row(5120, 1);
  decode_rows(*opened->head, 100351, 100352, row.data());
  EXPECT_EQ(row, std::vector<float>(5120));
  EXPECT_LT(peak() - before, 100'000);
}

} // namespace
} // namespace aura::model
