#pragma once

#include "kernels/model/pretrained/lora.hpp"
#include "kernels/ops/bf16.hpp"
#include "kernels/ops/nf4.hpp"
#include "tests/kernels/model/samples.hpp"

#include <cstring>
#include <memory>
#include <vector>

/// Small decoders as if they had been pretrained elsewhere.
namespace aura::model {

enum class layout_kind { fused, split, half };

inline weight weight_of(std::string name, std::size_t rows, std::size_t columns,
                        const float* values, bool half = false) {
  weight result;
  result.name = std::move(name);
  result.rows = rows;
  result.columns = columns;
  const auto size = result.size();
  auto bytes = std::make_shared<std::vector<std::byte>>(size * (half ? 2 : 4));
  if (half)
    for (std::size_t i = 0; i < size; ++i) {
      const auto rounded = ops::round_to_bf16(values[i]);
      std::uint32_t bits;
      std::memcpy(&bits, &rounded, sizeof bits);
      const auto top = static_cast<std::uint16_t>(bits >> 16);
      std::memcpy(bytes->data() + 2 * i, &top, sizeof top);
    }
  else
    std::memcpy(bytes->data(), values, size * 4);
  result.form = half ? encoding::bf16 : encoding::f32;
  result.bytes = *bytes;
  result.owner = bytes;
  return result;
}

/// The parameters of a small decoder as a checkpoint.
inline model_weights weights_of(const decoder_shape& shape,
                                const std::vector<float>& parameters,
                                layout_kind kind = layout_kind::fused) {
  const auto half = kind == layout_kind::half;
  const auto one = [&](const tensor_slot& slot) {
    return weight_of(slot.name, slot.rows, slot.columns,
                     parameters.data() + slot.offset, half);
  };
  const auto stacked
    = [&](const tensor_slot& slot, const std::vector<std::size_t>& rows) {
        stacked_weight result;
        if (kind != layout_kind::split) {
          result.parts.push_back(one(slot));
          return result;
        }
        const auto* at = parameters.data() + slot.offset;
        for (auto count : rows) {
          result.parts.push_back(weight_of(slot.name, count, slot.columns, at));
          at += count * slot.columns;
        }
        return result;
      };
  const auto layout = lay_out(shape);
  model_weights result;
  auto& x = result.shape;
  x.kind = kind == layout_kind::split ? family::llama : family::phi3;
  x.vocabulary = shape.vocabulary;
  x.hidden = shape.hidden;
  x.layers = shape.layers;
  x.heads = shape.heads;
  x.kv_heads = shape.kv_heads;
  x.head_size = shape.head_size();
  x.intermediate = shape.intermediate;
  x.positions = shape.positions;
  x.rope_theta = shape.rope_theta;
  x.norm_epsilon = shape.norm_epsilon;
  x.tied = true;
  result.embedding = one(layout.embedding);
  result.norm = one(layout.norm);
  for (const auto& slots : layout.layers) {
    layer_weights layer;
    layer.input_norm = one(slots.input_norm);
    layer.qkv
      = stacked(slots.qkv, {shape.hidden, shape.kv_width(), shape.kv_width()});
    layer.output = one(slots.output);
    layer.post_norm = one(slots.post_norm);
    layer.gate_up
      = stacked(slots.gate_up, {shape.intermediate, shape.intermediate});
    layer.down = one(slots.down);
    result.layers.push_back(std::move(layer));
  }
  return result;
}

/// The matrix of a small decoder that an adapter adds to.
inline const tensor_slot& matrix_of(const layout& x, const adapter_slot& slot) {
  const auto& layer = x.layers[slot.layer];
  switch (slot.role) {
  case linear_role::qkv:
    return layer.qkv;
  case linear_role::output:
    return layer.output;
  case linear_role::gate_up:
    return layer.gate_up;
  case linear_role::down:
    break;
  }
  return layer.down;
}

/// Parameters whose embedding is `trained` from `offset` on.
inline std::vector<float> with_embedding(const decoder_shape& shape,
                                         std::vector<float> parameters,
                                         const std::vector<float>& trained,
                                         std::size_t offset) {
  const auto slot = lay_out(shape).embedding;
  std::memcpy(parameters.data() + slot.offset, trained.data() + offset,
              slot.size() * sizeof(float));
  return parameters;
}

/// Every matrix of every layer through NF4 with doubly quantised scales.
inline std::vector<float> nf4_rounded(const decoder_shape& shape,
                                      std::vector<float> parameters) {
  for (const auto& layer : lay_out(shape).layers)
    for (const auto* slot :
         {&layer.qkv, &layer.output, &layer.gate_up, &layer.down}) {
      const std::span<float> values{parameters.data() + slot->offset,
                                    slot->size()};
      std::vector<std::uint8_t> codes(ops::nf4_bytes(values.size()));
      std::vector<float> scales(ops::nf4_blocks(values.size()));
      ops::quantise_nf4(values, codes, scales);
      const auto seen = ops::dequantise_scales(ops::quantise_scales(scales));
      ops::dequantise_nf4(codes, seen, 0, values);
    }
  return parameters;
}

} // namespace aura::model
