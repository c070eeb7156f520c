#include "kernels/model/pretrained/gguf_names.hpp"

#include <algorithm>
#include <array>

namespace aura::model {

namespace {

struct layer_name {
  std::string_view theirs;
  std::string_view ours;
};

constexpr std::array<layer_name, 10> of_layers{{
  {"attn_norm", "input_layernorm"},
  {"attn_q", "self_attn.q_proj"},
  {"attn_k", "self_attn.k_proj"},
  {"attn_v", "self_attn.v_proj"},
  {"attn_qkv", "self_attn.qkv_proj"},
  {"attn_output", "self_attn.o_proj"},
  {"ffn_norm", "post_attention_layernorm"},
  {"ffn_gate", "mlp.gate_proj"},
  {"ffn_up", "mlp.up_proj"},
  {"ffn_down", "mlp.down_proj"},
}};

// Phi-3 keeps gate and up together under the name of up.
constexpr std::string_view gate_up = "mlp.gate_up_proj";

} // namespace

std::string name_from_gguf(std::string_view name, bool fused) {
  if (name == "token_embd.weight")
    return "model.embed_tokens.weight";
  if (name == "output_norm.weight")
    return "model.norm.weight";
  if (name == "output.weight")
    return "lm_head.weight";
  if (!name.starts_with("blk."))
    return {};
  const auto layer = name.substr(4, name.find('.', 4) - 4);
  const auto rest = name.substr(std::min(name.size(), 5 + layer.size()));
  const auto dot = std::min(rest.find('.'), rest.size());
  for (const auto& x : of_layers)
    if (rest.substr(0, dot) == x.theirs)
      return "model.layers." + std::string{layer} + "."
             + std::string{fused && x.theirs == "ffn_up" ? gate_up : x.ours}
             + std::string{rest.substr(dot)};
  return {};
}

std::string module_to_gguf(std::string_view module) {
  constexpr auto begin = std::string_view{"model.layers."};
  if (!module.starts_with(begin))
    return {};
  module.remove_prefix(begin.size());
  const auto dot = std::min(module.find('.'), module.size() - 1);
  const auto role = module.substr(dot + 1);
  for (const auto& x : of_layers)
    if (role == x.ours || (role == gate_up && x.theirs == "ffn_up"))
      return "blk." + std::string{module.substr(0, dot)} + "."
             + std::string{x.theirs};
  return {};
}

const char* gguf_architecture(family x) {
  switch (x) {
  case family::phi3:
    return "phi3";
  case family::llama:
    return "llama";
  case family::qwen2:
    break;
  }
  return "qwen2";
}

} // namespace aura::model
