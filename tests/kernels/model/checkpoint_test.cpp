#include "kernels/model/checkpoint.hpp"

#include "kernels/base/random.hpp"
#include "kernels/model/safetensors.hpp"
#include "tests/kernels/model/samples.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <sstream>

namespace aura::model {
namespace {

class Folder : public testing::Test {
protected:
  void SetUp() override {
    folder = std::filesystem::path{testing::TempDir()}
             / testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::create_directories(folder);
    file = folder / "model.safetensors";
  }

  void TearDown() override {
    std::filesystem::remove_all(folder);
  }

  /// A file of `header` and `data`, whatever they are.
  void write(const std::string& header, const std::string& data) {
    std::ofstream out{file, std::ios::binary | std::ios::trunc};
    const auto size = static_cast<std::uint64_t>(header.size());
    out.write(reinterpret_cast<const char*>(&size), sizeof size);
    out << header << data;
  }

  /// What open() says of it, without the file's name.
  std::string refusal() {
    const auto opened = safetensors::open(file);
    if (opened)
      return "opened";
    EXPECT_EQ(opened.error().code, errc::damaged_file);
    return opened.error().message.substr(file.string().size() + 2);
  }

  std::string refusal(const std::string& header, const std::string& data = {}) {
    write(header, data);
    return refusal();
  }

  std::filesystem::path folder;
  std::filesystem::path file;
};

std::string read(const std::filesystem::path& file) {
  std::ifstream in{file, std::ios::binary};
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string four(const std::string& name, int begin) {
  return "\"" + name + R"(":{"dtype":"F32","shape":[1],"data_offsets":[)"
         + std::to_string(begin) + "," + std::to_string(begin + 4) + "]}";
}

TEST_F(Folder, GivesBackWhatWasSaved) {
  const auto shape = small_shape();
  const auto parameters = lively_parameters(shape, 1);
  ASSERT_TRUE(save_checkpoint(folder / "new", shape, parameters));
  const auto loaded = load_checkpoint(folder / "new");
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->shape, shape);
  // Between tensors there may be room that no file holds.
  for (const auto& slot : lay_out(shape).all())
    for (std::size_t i = 0; i < slot.size(); ++i)
      ASSERT_EQ(loaded->parameters[slot.offset + i],
                parameters[slot.offset + i])
        << slot.name;
}

TEST_F(Folder, HasTheLayoutOfHuggingFace) {
  const auto shape = small_shape();
  ASSERT_TRUE(save_checkpoint(folder, shape, initial_parameters(shape, 1)));
  const auto opened = safetensors::open(file);
  ASSERT_TRUE(opened);
  std::string found;
  for (const auto& x : opened->entries()) {
    found += x.name + " " + x.type;
    for (auto n : x.shape)
      found += " " + std::to_string(n);
    found += "\n";
  }
  std::string wanted = "model.embed_tokens.weight F32 48 64\n";
  for (auto layer : {"0", "1"}) {
    const auto prefix = std::string{"model.layers."} + layer;
    wanted += prefix + ".input_layernorm.weight F32 64\n" + prefix
              + ".self_attn.qkv_proj.weight F32 128 64\n" + prefix
              + ".self_attn.o_proj.weight F32 64 64\n" + prefix
              + ".post_attention_layernorm.weight F32 64\n" + prefix
              + ".mlp.gate_up_proj.weight F32 96 64\n" + prefix
              + ".mlp.down_proj.weight F32 64 48\n";
  }
  EXPECT_EQ(found, wanted + "model.norm.weight F32 64\n");
  const auto config = read(folder / "config.json");
  EXPECT_NE(config.find("\"model_type\": \"phi3\""), std::string::npos);
  EXPECT_NE(config.find("\"num_key_value_heads\": 1"), std::string::npos);
}

TEST_F(Folder, RefusesTensorsThatDoNotFitTheConfiguration) {
  auto shape = small_shape();
  ASSERT_TRUE(save_checkpoint(folder, shape, initial_parameters(shape, 1)));
  const auto rewrite = [&](const decoder_shape& other) {
    std::ofstream{folder / "config.json"} << write_config(other);
    const auto loaded = load_checkpoint(folder);
    EXPECT_FALSE(loaded);
    EXPECT_EQ(loaded.error().code, errc::invalid_model);
    return loaded.error().message;
  };
  shape.intermediate = 64;
  EXPECT_EQ(rewrite(shape), "tensor 'model.layers.0.mlp.gate_up_proj.weight': "
                            "expected [128, 64], found [96, 64]");
  shape = small_shape();
  shape.layers = 3;
  EXPECT_EQ(rewrite(shape),
            "tensor 'model.layers.2.input_layernorm.weight' is missing");
  shape.layers = 1;
  EXPECT_EQ(rewrite(shape), "tensor 'model.layers.1.input_layernorm.weight' is "
                            "not of this configuration");
}

TEST(ReadConfig, RefusesWhatItCannotRun) {
  const auto text = write_config(small_shape());
  ASSERT_TRUE(read_config(text));
  const auto after = [&](const std::string& from, const std::string& to) {
    auto changed = text;
    changed.replace(changed.find(from), from.size(), to);
    const auto found = read_config(changed);
    return found ? "accepted" : found.error().message;
  };
  EXPECT_EQ(after("phi3\"", "llama\""), "model_type is not 'phi3'");
  EXPECT_EQ(after("\"hidden_size\": 64", "\"hidden_size\": \"64\""),
            "no number in field 'hidden_size'");
  EXPECT_EQ(after("\"hidden_size\": 64", "\"hidden_size\": -64"),
            "no number in field 'hidden_size'");
  EXPECT_EQ(after("\"hidden_size\": 64", "\"hidden_size\": 40"),
            "hidden must be a positive multiple of 16, found 40");
  EXPECT_EQ(after("\"rope_scaling\": null", "\"rope_scaling\": {}"),
            "rope_scaling is not supported");
  EXPECT_EQ(
    after("\"tie_word_embeddings\": true", "\"tie_word_embeddings\": false"),
    "tie_word_embeddings is not true");
  EXPECT_EQ(after("{", "["), "configuration is no JSON object");
}

TEST_F(Folder, RefusesHostileHeaders) {
  const std::string data(8, '\0');
  EXPECT_EQ(refusal("{" + four("a", 0) + "," + four("b", 4) + "}", data),
            "opened");
  EXPECT_EQ(refusal("{}  ", ""), "opened");
  EXPECT_EQ(refusal("{" + four("a", 0) + "," + four("b", 4) + "}", "1234567"),
            "tensors end at 8 of 7 bytes");
  EXPECT_EQ(refusal("{" + four("a", 0) + "}", data),
            "tensors end at 4 of 8 bytes");
  EXPECT_EQ(refusal("{" + four("a", 0) + "," + four("b", 0) + "}", data),
            "tensor 'b' begins at 0, expected 4");
  EXPECT_EQ(refusal("{" + four("b", 4) + "}", data),
            "tensor 'b' begins at 4, expected 0");
  EXPECT_EQ(refusal("{" + four("a", 0) + "," + four("a", 4) + "}", data),
            "a tensor is listed twice");
  EXPECT_EQ(refusal("[1]"), "header is not a JSON object");
  EXPECT_EQ(refusal(" {}"), "header is not a JSON object");
  EXPECT_EQ(refusal("{\"a\":"), "header is not a JSON object");
  EXPECT_EQ(refusal(""), "header is not a JSON object");
  EXPECT_EQ(refusal(R"({"a":7})"),
            "tensor 'a': expected dtype, shape and data_offsets");
  EXPECT_EQ(refusal(R"({"a":{"dtype":"F31","shape":[],"data_offsets":[0,4]}})"),
            "tensor 'a': unknown type \"F31\"");
  EXPECT_EQ(
    refusal(R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})"),
    "tensor 'a': shape is no list of sizes");
  EXPECT_EQ(
    refusal(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}})"),
    "tensor 'a': data_offsets is no pair of offsets");
  EXPECT_EQ(
    refusal(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})"),
    "tensor 'a': shape [2] of F32 does not fit bytes 0 to 4");
  EXPECT_EQ(refusal(R"({"a":{"dtype":"F32","shape":[4294967296,4294967296,4],)"
                    R"("data_offsets":[0,0]}})"),
            "tensor 'a': shape [4294967296, 4294967296, 4] of F32 does not fit "
            "bytes 0 to 0");
  EXPECT_EQ(refusal(std::string(100000, '[')), "header is not a JSON object");
}

TEST_F(Folder, RefusesHeadersLongerThanTheFile) {
  const auto with_length = [&](std::uint64_t length) {
    std::ofstream out{file, std::ios::binary | std::ios::trunc};
    out.write(reinterpret_cast<const char*>(&length), sizeof length);
    out << "{}";
    out.close();
    return refusal();
  };
  EXPECT_EQ(with_length(3), "header of 3 bytes in a file of 10");
  EXPECT_EQ(with_length(~std::uint64_t{0}),
            "header of 18446744073709551615 bytes in a file of 10");
  EXPECT_EQ(with_length(100'000'001),
            "header of 100000001 bytes in a file of 10");
  std::filesystem::resize_file(file, 200'000'000);
  EXPECT_EQ(refusal(), "header of 100000001 bytes in a file of 200000000");
  std::ofstream{file, std::ios::trunc} << "short";
  EXPECT_EQ(refusal(), "too short for a safetensors file");
  std::filesystem::remove(file);
  EXPECT_EQ(safetensors::open(file).error().code, errc::missing_file);
}

TEST_F(Folder, SurvivesAnyDamage) {
  ASSERT_TRUE(save_checkpoint(folder, small_shape(),
                              initial_parameters(small_shape(), 1)));
  const auto sound = read(file);
  for (std::uint64_t row = 0; row < 300; ++row) {
    random_stream random{1, "damage", row};
    auto text = sound;
    for (auto n = 1 + random.below(4); n > 0; --n)
      text[random.below(1200)] = static_cast<char>(random.below(256));
    if (random.chance(0.3))
      text.resize(random.below(text.size()));
    std::ofstream{file, std::ios::binary | std::ios::trunc} << text;
    // Either it is refused, or every tensor can be read.
    const auto opened = safetensors::open(file);
    if (!opened)
      continue;
    for (const auto& x : opened->entries()) {
      EXPECT_EQ(opened->read(x.name, x.shape).has_value(), x.type == "F32")
        << x.name;
    }
  }
}

} // namespace
} // namespace aura::model
