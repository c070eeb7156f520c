#include "kernels/model/pretrained/frozen_decoder.hpp"

#include <algorithm>
#include <cmath>
#include <string>

namespace aura::model {

namespace {

status check_shape(const architecture& x) {
  const auto refuse = [](const char* what, std::size_t found) {
    return fault{errc::unsupported,
                 std::string{what} + ", found " + std::to_string(found)};
  };
  if (x.hidden == 0 || x.hidden % 16 != 0)
    return refuse("the hidden size must be a multiple of 16", x.hidden);
  if (x.intermediate == 0 || x.intermediate % 16 != 0)
    return refuse("the intermediate size must be a multiple of 16",
                  x.intermediate);
  if (x.head_size == 0 || x.head_size % 2 != 0)
    return refuse("the size of a head must be even", x.head_size);
  if (x.kv_heads == 0 || x.heads % x.kv_heads != 0)
    return refuse("heads must be a multiple of the key heads", x.heads);
  if (x.layers == 0)
    return refuse("a decoder has layers", x.layers);
  return ok;
}

/// A matrix in single precision that somebody else keeps.
frozen_matrix trained(const whole_slot& slot, std::span<const float> values) {
  weight x;
  x.name = slot.name;
  x.rows = slot.rows;
  x.columns = slot.columns;
  x.bytes
    = std::as_bytes(values.subspan(slot.offset, slot.rows * slot.columns));
  return frozen_matrix{std::move(x)};
}

} // namespace

const frozen_matrix& frozen_layer::matrix(linear_role role) const {
  switch (role) {
  case linear_role::qkv:
    return qkv;
  case linear_role::output:
    return output;
  case linear_role::gate_up:
    return gate_up;
  case linear_role::down:
    break;
  }
  return down;
}

std::size_t frozen_decoder::scratch() const {
  auto result = std::max(embedding.scratch(), head.scratch());
  for (const auto& x : layers)
    for (const auto* matrix : {&x.qkv, &x.output, &x.gate_up, &x.down})
      result = std::max(result, matrix->scratch());
  return result;
}

expected<frozen_decoder> freeze(const model_weights& weights,
                                const trainable_layout* layout,
                                std::span<const float> values) {
  if (auto checked = check_shape(weights.shape); !checked)
    return checked.error();
  frozen_decoder result;
  result.shape = weights.shape;
  for (const auto& x : weights.layers) {
    frozen_layer layer;
    layer.input_norm = decoded(x.input_norm);
    layer.post_norm = decoded(x.post_norm);
    layer.bias = decoded(x.qkv_bias);
    layer.qkv = frozen_matrix{x.qkv};
    layer.output = frozen_matrix{x.output};
    layer.gate_up = frozen_matrix{x.gate_up};
    layer.down = frozen_matrix{x.down};
    result.layers.push_back(std::move(layer));
  }
  result.norm = decoded(weights.norm);
  result.embedding = frozen_matrix{weights.embedding};
  if (layout != nullptr) {
    for (std::size_t i = 0; i < layout->adapters.size(); ++i) {
      const auto& slot = layout->adapters[i];
      result.layers[slot.layer]
        .adapters[static_cast<std::size_t>(slot.role)]
        .push_back(i);
    }
    if (layout->embedding)
      result.embedding = trained(*layout->embedding, values);
  }
  result.head = weights.head ? frozen_matrix{*weights.head} : result.embedding;
  if (layout != nullptr && layout->head)
    result.head = trained(*layout->head, values);
  return result;
}

rotation::rotation(double theta, std::size_t head_size) {
  for (std::size_t i = 0; i < head_size / 2; ++i) {
    const auto exponent
      = static_cast<float>(2 * i) / static_cast<float>(head_size);
    frequencies_.push_back(
      1.0f
      / static_cast<float>(std::pow(theta, static_cast<double>(exponent))));
  }
}

void rotation::reach(std::size_t count) {
  const auto half = frequencies_.size();
  for (auto p = cosine_.size() / half; p < count; ++p)
    for (auto frequency : frequencies_) {
      const auto angle = static_cast<float>(p) * frequency;
      cosine_.push_back(std::cos(angle));
      sine_.push_back(std::sin(angle));
    }
}

} // namespace aura::model
