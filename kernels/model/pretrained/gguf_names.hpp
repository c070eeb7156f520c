#pragma once

#include "kernels/model/pretrained/architecture.hpp"

#include <string>
#include <string_view>

namespace aura::model {

/// Hugging Face's name of a tensor of a GGUF file, `model.norm.weight` of
/// `output_norm.weight`; empty if it has none. Phi-3 is `fused`.
std::string name_from_gguf(std::string_view name, bool fused);

/// The inverse for modules of layers: `blk.0.attn_qkv` of
/// `model.layers.0.self_attn.qkv_proj`; empty for others.
std::string module_to_gguf(std::string_view module);

/// `phi3`, `llama`, `qwen2`.
const char* gguf_architecture(family x);

/// Where llama.cpp stores row `row` of q and k of a Llama: heads turn in pairs
/// of neighbours there, and in halves here.
constexpr std::size_t paired_row(std::size_t row, std::size_t head_size) {
  const auto at = row % head_size;
  const auto half = head_size / 2;
  return row - at + at % half * 2 + at / half;
}

} // namespace aura::model
