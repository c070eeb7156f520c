#pragma once

#include "kernels/base/random.hpp"
#include "kernels/model/pretrained/architecture.hpp"
#include "kernels/model/safetensors.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <deque>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace aura::testing {

/// What `write_tiny_model` calls its architecture.
inline constexpr auto tiny_config = R"({
  "architectures": ["LlamaForCausalLM"],
  "model_type": "llama",
  "vocab_size": 432, "hidden_size": 32, "num_hidden_layers": 2,
  "num_attention_heads": 4, "num_key_value_heads": 2,
  "intermediate_size": 64, "hidden_act": "silu", "rms_norm_eps": 1e-5,
  "rope_theta": 10000, "max_position_embeddings": 512,
  "tie_word_embeddings": false, "attention_bias": false,
  "bos_token_id": 1, "eos_token_id": 2, "torch_dtype": "float32"
})";

/// The same with q, k, v and gate, up in one matrix each.
inline constexpr auto tiny_fused_config = R"({
  "architectures": ["Phi3ForCausalLM"],
  "model_type": "phi3",
  "vocab_size": 432, "hidden_size": 32, "num_hidden_layers": 2,
  "num_attention_heads": 4, "num_key_value_heads": 2,
  "intermediate_size": 64, "hidden_act": "silu", "rms_norm_eps": 1e-5,
  "rope_theta": 10000, "rope_scaling": null, "max_position_embeddings": 2048,
  "original_max_position_embeddings": 2048, "partial_rotary_factor": 1.0,
  "sliding_window": null,
  "tie_word_embeddings": false, "attention_bias": false,
  "bos_token_id": 1, "eos_token_id": 2, "torch_dtype": "float32"
})";

/// A pretrained model as it would lie on disk, with random weights: a folder in
/// Hugging Face layout that takes a moment to train on.
inline void write_tiny_model(const std::filesystem::path& folder,
                             const char* config = tiny_config) {
  namespace fs = std::filesystem;
  fs::create_directories(folder);
  std::ofstream{folder / "config.json"} << config;
  std::ofstream{folder / "tokenizer_config.json"}
    << R"({"chat_template": "{{'<|im_start|>' + message['role'] + '\n'}}"})";
  fs::copy_file(AURA_SOURCE_DIR "/tests/golden/text/tokenizers/smollm.json",
                folder / "tokenizer.json",
                fs::copy_options::overwrite_existing);
  const auto shape = model::read_architecture(config);
  ASSERT_TRUE(shape) << shape.error().message;
  auto values = std::deque<std::vector<float>>{};
  auto tensors = std::vector<model::tensor_view>{};
  auto random = random_stream{1, "tiny model"};
  for (const auto& x : model::tensors_of(*shape)) {
    auto& data = values.emplace_back(x.size(), 1.0f);
    const auto scale
      = 1.7
        / std::sqrt(static_cast<double>(std::max<std::size_t>(1, x.columns)));
    if (x.columns > 0)
      for (auto& value : data)
        value = static_cast<float>(scale * (2 * random.uniform() - 1));
    auto form = std::vector<std::size_t>{x.rows};
    if (x.columns > 0)
      form.push_back(x.columns);
    tensors.push_back({x.name, form, data});
  }
  const auto written
    = model::write_safetensors(folder / "model.safetensors", tensors);
  ASSERT_TRUE(written) << written.error().message;
}

} // namespace aura::testing
