#include "kernels/model/decoder.hpp"

#include "kernels/model/buffers.hpp"
#include "kernels/model/rope.hpp"

#include <algorithm>
#include <cstring>

namespace aura::model {

namespace {

/// Rows of the head computed at a time: their logits stay in the cache.
constexpr std::size_t head_rows = 128;

} // namespace

decoder::decoder(const decoder_shape& shape, const ops::kernel_table& kernels)
  : shape_{shape}, layout_{lay_out(shape)}, kernels_{kernels},
    layers_(shape.layers) {
  rope_tables(shape_, cosine_, sine_);
}

ops::attention_problem decoder::problem(const packed_sequence& sequence,
                                        bool last) const {
  return {
    .heads = shape_.heads,
    .kv_heads = shape_.kv_heads,
    .head_size = shape_.head_size(),
    .context = sequence.context,
    .segments = last ? asking_segments_ : whole_segments_,
    .kv_row = 2 * shape_.kv_width(),
    .q_row = shape_.hidden,
  };
}

decoder::sizes decoder::size_of(std::size_t index,
                                const packed_sequence& sequence) const {
  return {sequence.tokens.size(),
          index + 1 == shape_.layers ? asking_.size() : sequence.tokens.size()};
}

void decoder::forward(const float* parameters,
                      const packed_sequence& sequence) {
  asking_ = sequence.asking();
  asking_positions_.clear();
  for (auto row : asking_)
    asking_positions_.push_back(sequence.positions[row]);
  const auto examples = sequence.examples();
  asking_segments_.assign(examples.begin(), examples.end());
  whole_segments_.clear();
  // Below the last layer every row asks.
  for (const auto& s : sequence.segments)
    whole_segments_.push_back({s.begin, s.begin, s.end});
  const auto d = shape_.hidden;
  auto* x = room(layers_[0].input, sequence.tokens.size() * d);
  for (std::size_t i = 0; i < sequence.tokens.size(); ++i)
    std::memcpy(x + i * d,
                parameters + layout_.embedding.offset
                  + static_cast<std::size_t>(sequence.tokens[i]) * d,
                d * sizeof(float));
  for (std::size_t i = 0; i < shape_.layers; ++i)
    forward_layer(parameters, i, sequence);
}

void decoder::forward_layer(const float* parameters, std::size_t index,
                            const packed_sequence& sequence) {
  const auto last = index + 1 == shape_.layers;
  const auto [rows, asking] = size_of(index, sequence);
  const auto d = shape_.hidden;
  const auto kv = 2 * shape_.kv_width();
  const auto f = shape_.intermediate;
  const auto epsilon = static_cast<float>(shape_.norm_epsilon);
  const auto& slots = layout_.layers[index];
  auto& s = layers_[index];
  const auto weight
    = [&](const tensor_slot& slot) { return parameters + slot.offset; };

  auto* normal = room(s.normal, rows * d);
  kernels_.rms_norm(s.input.data(), weight(slots.input_norm), normal,
                    room(s.input_scale, rows), rows, d, epsilon);
  const auto* asking_normal = normal;
  const auto* positions = sequence.positions.data();
  if (last) {
    auto* gathered = room(s.normal_asking, asking * d);
    for (std::size_t i = 0; i < asking; ++i)
      std::memcpy(gathered + i * d, normal + asking_[i] * d, d * sizeof(float));
    asking_normal = gathered;
    positions = asking_positions_.data();
  }
  auto* q = room(s.q, asking * d);
  auto* keys = room(s.kv, rows * kv);
  kernels_.multiply(plain(asking_normal, d), transposed(weight(slots.qkv), d),
                    q, d, asking, d, d, false);
  kernels_.multiply(plain(normal, d), transposed(weight(slots.qkv) + d * d, d),
                    keys, kv, rows, kv, d, false);
  kernels_.rope(q, d, asking, shape_.heads, shape_.head_size(), cosine_.data(),
                sine_.data(), positions, 1);
  kernels_.rope(keys, kv, rows, shape_.kv_heads, shape_.head_size(),
                cosine_.data(), sine_.data(), sequence.positions.data(), 1);

  const auto attention = problem(sequence, last);
  auto* mixed = room(s.mixed, asking * d);
  kernels_.attention(attention, q, keys, mixed,
                     room(s.probabilities, ops::attention_memory(attention)),
                     room(scratch_, ops::attention_scratch(attention)));
  auto* middle = room(s.middle, asking * d);
  for (std::size_t i = 0; i < asking; ++i)
    std::memcpy(middle + i * d, s.input.data() + (last ? asking_[i] : i) * d,
                d * sizeof(float));
  kernels_.multiply(plain(mixed, d), transposed(weight(slots.output), d),
                    middle, d, asking, d, d, true);

  auto* middle_normal = room(s.middle_normal, asking * d);
  kernels_.rms_norm(middle, weight(slots.post_norm), middle_normal,
                    room(s.middle_scale, asking), asking, d, epsilon);
  auto* gate_up = room(s.gate_up, asking * 2 * f);
  kernels_.multiply(plain(middle_normal, d),
                    transposed(weight(slots.gate_up), d), gate_up, 2 * f,
                    asking, 2 * f, d, false);
  auto* activation = room(s.activation, asking * f);
  kernels_.swiglu(gate_up, activation, asking, f);
  auto* out = room(last ? final_ : layers_[index + 1].input, asking * d);
  std::memcpy(out, middle, asking * d * sizeof(float));
  kernels_.multiply(plain(activation, f), transposed(weight(slots.down), f),
                    out, d, asking, d, f, true);
}

pass_result decoder::head(const float* parameters,
                          const packed_sequence& sequence, float weight,
                          float* gradients) {
  const auto d = shape_.hidden;
  const auto v = shape_.vocabulary;
  const auto rows = asking_.size();
  const auto* embedding = parameters + layout_.embedding.offset;
  auto* normal = room(final_normal_, rows * d);
  kernels_.rms_norm(final_.data(), parameters + layout_.norm.offset, normal,
                    room(final_scale_, rows), rows, d,
                    static_cast<float>(shape_.norm_epsilon));
  pass_result result;
  correct_.resize(rows);
  auto* logits = room(logits_, head_rows * v);
  auto* back = gradients != nullptr ? room(rows_, rows * d) : nullptr;
  for (std::size_t start = 0; start < rows; start += head_rows) {
    const auto count = std::min(head_rows, rows - start);
    kernels_.multiply(plain(normal + start * d, d), transposed(embedding, d),
                      logits, v, count, v, d, false);
    result.loss += kernels_.cross_entropy(
      logits, sequence.targets.data() + start, count, v,
      gradients != nullptr ? weight : 0.0f, correct_.data() + start);
    if (gradients == nullptr)
      continue;
    kernels_.multiply(plain(logits, v), plain(embedding, d), back + start * d,
                      d, count, d, v, false);
    kernels_.multiply(transposed(logits, v), plain(normal + start * d, d),
                      gradients + layout_.embedding.offset, d, v, d, count,
                      true);
  }
  result.supervised = rows;
  result.count_exact(sequence, correct_.data());
  if (gradients == nullptr)
    return result;
  auto* stream = room(stream_, rows * d);
  std::fill_n(stream, rows * d, 0.0f);
  kernels_.rms_norm_back(back, final_.data(), parameters + layout_.norm.offset,
                         final_scale_.data(), stream,
                         gradients + layout_.norm.offset, rows, d);
  return result;
}

void decoder::backward_layer(const float* parameters, std::size_t index,
                             const packed_sequence& sequence,
                             float* gradients) {
  const auto last = index + 1 == shape_.layers;
  const auto [rows, asking] = size_of(index, sequence);
  const auto d = shape_.hidden;
  const auto kv = 2 * shape_.kv_width();
  const auto f = shape_.intermediate;
  const auto& slots = layout_.layers[index];
  auto& s = layers_[index];
  const auto weight
    = [&](const tensor_slot& slot) { return parameters + slot.offset; };
  const auto slope
    = [&](const tensor_slot& slot) { return gradients + slot.offset; };
  // stream_ holds the gradient of this layer's result, asking rows.
  auto* stream = stream_.data();

  auto* wide = room(wide_, asking * f);
  kernels_.multiply(plain(stream, d), plain(weight(slots.down), f), wide, f,
                    asking, f, d, false);
  kernels_.multiply(transposed(stream, d), plain(s.activation.data(), f),
                    slope(slots.down), f, d, f, asking, true);
  kernels_.swiglu_back(s.gate_up.data(), wide, asking, f);
  auto* small = room(rows_, rows * d);
  kernels_.multiply(plain(s.gate_up.data(), 2 * f),
                    plain(weight(slots.gate_up), d), small, d, asking, d, 2 * f,
                    false);
  kernels_.multiply(transposed(s.gate_up.data(), 2 * f),
                    plain(s.middle_normal.data(), d), slope(slots.gate_up), d,
                    2 * f, d, asking, true);
  kernels_.rms_norm_back(small, s.middle.data(), weight(slots.post_norm),
                         s.middle_scale.data(), stream, slope(slots.post_norm),
                         asking, d);

  kernels_.multiply(plain(stream, d), plain(weight(slots.output), d), small, d,
                    asking, d, d, false);
  kernels_.multiply(transposed(stream, d), plain(s.mixed.data(), d),
                    slope(slots.output), d, d, d, asking, true);
  const auto attention = problem(sequence, last);
  auto* q_back = room(q_back_, asking * d);
  auto* kv_back = room(kv_back_, rows * kv);
  std::fill_n(kv_back, rows * kv, 0.0f);
  kernels_.attention_back(attention, s.q.data(), s.kv.data(),
                          s.probabilities.data(), small, q_back, kv_back,
                          room(scratch_, ops::attention_scratch(attention)));
  const auto* positions
    = last ? asking_positions_.data() : sequence.positions.data();
  kernels_.rope(q_back, d, asking, shape_.heads, shape_.head_size(),
                cosine_.data(), sine_.data(), positions, -1);
  kernels_.rope(kv_back, kv, rows, shape_.kv_heads, shape_.head_size(),
                cosine_.data(), sine_.data(), sequence.positions.data(), -1);

  const auto* asking_normal = last ? s.normal_asking.data() : s.normal.data();
  kernels_.multiply(transposed(q_back, d), plain(asking_normal, d),
                    slope(slots.qkv), d, d, d, asking, true);
  kernels_.multiply(transposed(kv_back, kv), plain(s.normal.data(), d),
                    slope(slots.qkv) + d * d, d, kv, d, rows, true);
  kernels_.multiply(plain(kv_back, kv), plain(weight(slots.qkv) + d * d, d),
                    small, d, rows, d, kv, false);
  if (last) {
    auto* asked = room(wide_, asking * d);
    kernels_.multiply(plain(q_back, d), plain(weight(slots.qkv), d), asked, d,
                      asking, d, d, false);
    auto* below = room(stream_below_, rows * d);
    std::fill_n(below, rows * d, 0.0f);
    for (std::size_t i = 0; i < asking; ++i) {
      kernels_.add(asked + i * d, small + asking_[i] * d, d);
      std::memcpy(below + asking_[i] * d, stream + i * d, d * sizeof(float));
    }
    stream_.swap(stream_below_);
    stream = below;
  } else {
    kernels_.multiply(plain(q_back, d), plain(weight(slots.qkv), d), small, d,
                      asking, d, d, true);
  }
  kernels_.rms_norm_back(small, s.input.data(), weight(slots.input_norm),
                         s.input_scale.data(), stream, slope(slots.input_norm),
                         rows, d);
}

pass_result decoder::evaluate(std::span<const float> parameters,
                              const packed_sequence& sequence) {
  forward(parameters.data(), sequence);
  return head(parameters.data(), sequence, 0, nullptr);
}

pass_result decoder::accumulate(std::span<const float> parameters,
                                const packed_sequence& sequence, float weight,
                                std::span<float> gradients) {
  forward(parameters.data(), sequence);
  const auto result
    = head(parameters.data(), sequence, weight, gradients.data());
  for (auto i = shape_.layers; i > 0; --i)
    backward_layer(parameters.data(), i - 1, sequence, gradients.data());
  const auto d = shape_.hidden;
  for (std::size_t i = 0; i < sequence.tokens.size(); ++i)
    kernels_.add(stream_.data() + i * d,
                 gradients.data() + layout_.embedding.offset
                   + static_cast<std::size_t>(sequence.tokens[i]) * d,
                 d);
  return result;
}

std::vector<float> decoder::logits(std::span<const float> parameters,
                                   const packed_sequence& sequence) {
  forward(parameters.data(), sequence);
  const auto d = shape_.hidden;
  const auto rows = asking_.size();
  auto* normal = room(final_normal_, rows * d);
  kernels_.rms_norm(final_.data(), parameters.data() + layout_.norm.offset,
                    normal, room(final_scale_, rows), rows, d,
                    static_cast<float>(shape_.norm_epsilon));
  std::vector<float> result(rows * shape_.vocabulary);
  kernels_.multiply(plain(normal, d),
                    transposed(parameters.data() + layout_.embedding.offset, d),
                    result.data(), shape_.vocabulary, rows, shape_.vocabulary,
                    d, false);
  return result;
}

} // namespace aura::model
