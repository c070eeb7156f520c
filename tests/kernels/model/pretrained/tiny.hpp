#pragma once

#include "kernels/model/pretrained/lora.hpp"
#include "kernels/model/pretrained/reader.hpp"
#include "tests/kernels/model/golden.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

/// The tiny decoders of tests/golden/model/decoders.py.
namespace aura::model {

/// A weight of single precision that owns its values.
inline weight own_weight(std::string name, std::vector<float> values,
                         std::size_t rows, std::size_t columns) {
  auto kept = std::make_shared<const std::vector<float>>(std::move(values));
  weight result;
  result.name = std::move(name);
  result.rows = rows;
  result.columns = columns;
  result.bytes = std::as_bytes(std::span{*kept});
  result.owner = kept;
  return result;
}

/// A text of the dump: what follows `query` is supervised.
struct tiny_text {
  std::vector<std::int32_t> ids;
  std::size_t query = 0;
  std::vector<float> logits;
};

class tiny_decoder {
public:
  explicit tiny_decoder(const std::string& name)
    : name_{name}, golden_{"model/decoders.safetensors"} {
    auto& x = weights.shape;
    x.vocabulary = 44;
    x.hidden = 32;
    x.layers = 2;
    x.heads = 4;
    x.kv_heads = 2;
    x.head_size = 8;
    x.intermediate = 48;
    x.positions = 64;
    lora.rank = 4;
    lora.alpha = 10;
    if (name == "phi3") {
      x.kind = family::phi3;
      x.rope_theta = 250000;
    } else if (name == "llama") {
      x.kind = family::llama;
      x.head_size = 24;
      x.tied = true;
      lora.rank_stabilised = true;
      lora.alpha = 4;
    } else {
      x.kind = family::qwen2;
      x.rope_theta = 1000000;
      x.qkv_bias = true;
      lora.targets = {"q_proj", "v_proj", "up_proj"};
      lora.train_embedding = lora.train_head = true;
    }
    read_weights();
    layout = *lay_out(x, lora);
    values = filled("value");
    for (std::size_t i = 0; i < 2; ++i) {
      const auto number = std::to_string(i);
      tiny_text text;
      for (auto id : golden_.read(name_ + ".ids" + number))
        text.ids.push_back(static_cast<std::int32_t>(id));
      text.query = static_cast<std::size_t>(
        golden_.read(name_ + ".query" + number).front());
      text.logits = golden_.read(name_ + ".logits" + number);
      texts.push_back(std::move(text));
    }
    loss = golden_.read(name_ + ".loss").front();
  }

  /// What was dumped for everything that is trained, as the layout has it.
  std::vector<float> filled(const std::string& what) const {
    std::vector<float> result(layout.size);
    const auto put = [&](const std::string& key, std::size_t at) {
      const auto found = golden_.read(name_ + "." + what + "." + key);
      std::copy(found.begin(), found.end(),
                result.begin() + static_cast<std::ptrdiff_t>(at));
    };
    for (const auto& slot : layout.adapters) {
      put(slot.module + ".lora_A.weight", slot.a);
      put(slot.module + ".lora_B.weight", slot.b);
    }
    if (layout.embedding)
      put(layout.embedding->name, layout.embedding->offset);
    if (layout.head)
      put(layout.head->name, layout.head->offset);
    return result;
  }

  adapter trained() const {
    return {lora, layout, std::make_shared<const std::vector<float>>(values)};
  }

  model_weights weights;
  lora_options lora;
  trainable_layout layout;
  std::vector<float> values;
  std::vector<tiny_text> texts;
  double loss = 0;

private:
  weight read(const std::string& key, std::size_t rows,
              std::size_t columns) const {
    return own_weight(key, golden_.read(name_ + "." + key), rows, columns);
  }

  void read_weights() {
    const auto& x = weights.shape;
    const auto d = x.hidden, f = x.intermediate;
    const auto q = x.q_width(), kv = x.kv_width();
    weights.embedding = read("model.embed_tokens.weight", x.vocabulary, d);
    for (std::size_t l = 0; l < x.layers; ++l) {
      const auto at = "model.layers." + std::to_string(l) + ".";
      const auto attention = at + "self_attn.";
      layer_weights layer;
      layer.input_norm = read(at + "input_layernorm.weight", d, 0);
      layer.post_norm = read(at + "post_attention_layernorm.weight", d, 0);
      layer.output = read(attention + "o_proj.weight", d, q);
      layer.down = read(at + "mlp.down_proj.weight", d, f);
      if (x.kind == family::phi3) {
        layer.qkv.parts = {read(attention + "qkv_proj.weight", q + 2 * kv, d)};
        layer.gate_up.parts = {read(at + "mlp.gate_up_proj.weight", 2 * f, d)};
      } else {
        layer.qkv.parts = {read(attention + "q_proj.weight", q, d),
                           read(attention + "k_proj.weight", kv, d),
                           read(attention + "v_proj.weight", kv, d)};
        layer.gate_up.parts = {read(at + "mlp.gate_proj.weight", f, d),
                               read(at + "mlp.up_proj.weight", f, d)};
      }
      if (x.qkv_bias)
        layer.qkv_bias = {read(attention + "q_proj.bias", q, 0),
                          read(attention + "k_proj.bias", kv, 0),
                          read(attention + "v_proj.bias", kv, 0)};
      weights.layers.push_back(std::move(layer));
    }
    weights.norm = read("model.norm.weight", d, 0);
    if (!x.tied)
      weights.head = read("lm_head.weight", x.vocabulary, d);
  }

  std::string name_;
  golden_file golden_;
};

} // namespace aura::model
