#include "kernels/model/shape.hpp"

#include "kernels/base/random.hpp"

#include <cmath>
#include <numbers>

namespace aura::model {

namespace {

status refuse(const std::string& what, std::size_t value) {
  return fault{errc::invalid_option, what + ", found " + std::to_string(value)};
}

/// A standard normal number by Box and Muller.
double normal(random_stream& random) {
  const auto radius = std::sqrt(-2.0 * std::log(1.0 - random.uniform()));
  return radius * std::cos(2.0 * std::numbers::pi * random.uniform());
}

class builder {
public:
  tensor_slot take(std::string name, std::size_t rows, std::size_t columns) {
    tensor_slot slot{std::move(name), rows, columns, size_};
    size_ += (slot.size() + 15) / 16 * 16;
    return slot;
  }

  std::size_t size() const {
    return size_;
  }

private:
  std::size_t size_ = 0;
};

} // namespace

status check(const decoder_shape& shape) {
  if (shape.layers == 0 || shape.layers > 1000)
    return refuse("layers must be from 1 to 1000", shape.layers);
  if (shape.vocabulary == 0 || shape.vocabulary % 16 != 0
      || shape.vocabulary > 1u << 24)
    return refuse("vocabulary must be a positive multiple of 16",
                  shape.vocabulary);
  if (shape.hidden == 0 || shape.hidden % 16 != 0 || shape.hidden > 1u << 16)
    return refuse("hidden must be a positive multiple of 16", shape.hidden);
  if (shape.intermediate == 0 || shape.intermediate % 16 != 0
      || shape.intermediate > 1u << 18)
    return refuse("intermediate must be a positive multiple of 16",
                  shape.intermediate);
  if (shape.heads == 0 || shape.hidden % shape.heads != 0
      || shape.head_size() % 32 != 0)
    return refuse("heads must cut hidden into multiples of 32", shape.heads);
  if (shape.kv_heads == 0 || shape.heads % shape.kv_heads != 0)
    return refuse("heads must be a multiple of kv-heads", shape.kv_heads);
  if (shape.positions == 0 || shape.positions > 1u << 24)
    return refuse("positions must be from 1 to 16777216", shape.positions);
  if (!(shape.rope_theta > 1) || !(shape.norm_epsilon > 0))
    return fault{errc::invalid_option,
                 "rope-theta must exceed 1 and norm-epsilon 0"};
  return ok;
}

std::vector<tensor_slot> layout::all() const {
  std::vector<tensor_slot> result{embedding};
  for (const auto& layer : layers)
    for (const auto* slot : {&layer.input_norm, &layer.qkv, &layer.output,
                             &layer.post_norm, &layer.gate_up, &layer.down})
      result.push_back(*slot);
  result.push_back(norm);
  return result;
}

layout lay_out(const decoder_shape& shape) {
  builder slots;
  layout result;
  const auto d = shape.hidden;
  result.embedding
    = slots.take("model.embed_tokens.weight", shape.vocabulary, d);
  for (std::size_t i = 0; i < shape.layers; ++i) {
    const auto prefix = "model.layers." + std::to_string(i) + ".";
    layer_slots layer;
    layer.input_norm = slots.take(prefix + "input_layernorm.weight", d, 0);
    layer.qkv = slots.take(prefix + "self_attn.qkv_proj.weight",
                           d + 2 * shape.kv_width(), d);
    layer.output = slots.take(prefix + "self_attn.o_proj.weight", d, d);
    layer.post_norm
      = slots.take(prefix + "post_attention_layernorm.weight", d, 0);
    layer.gate_up = slots.take(prefix + "mlp.gate_up_proj.weight",
                               2 * shape.intermediate, d);
    layer.down
      = slots.take(prefix + "mlp.down_proj.weight", d, shape.intermediate);
    result.layers.push_back(std::move(layer));
  }
  result.norm = slots.take("model.norm.weight", d, 0);
  result.size = slots.size();
  return result;
}

std::vector<float> initial_parameters(const decoder_shape& shape,
                                      std::uint64_t seed) {
  const auto slots = lay_out(shape);
  std::vector<float> result(slots.size);
  const auto residual
    = 1.0 / std::sqrt(2.0 * static_cast<double>(shape.layers));
  for (const auto& slot : slots.all()) {
    if (slot.columns == 0) {
      for (std::size_t i = 0; i < slot.rows; ++i)
        result[slot.offset + i] = 1.0f;
      continue;
    }
    const auto writes_residual = slot.name.ends_with("o_proj.weight")
                                 || slot.name.ends_with("down_proj.weight");
    const auto deviation = 0.02 * (writes_residual ? residual : 1.0);
    random_stream random{seed, slot.name};
    for (std::size_t i = 0; i < slot.size(); ++i)
      result[slot.offset + i] = static_cast<float>(deviation * normal(random));
  }
  return result;
}

} // namespace aura::model
