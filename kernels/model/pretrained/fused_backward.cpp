#include "kernels/model/pretrained/fused_decoder.hpp"

#include "kernels/model/buffers.hpp"

#include <algorithm>
#include <cstring>

namespace aura::model {

namespace {

/// Supervised rows whose logits are held at a time.
constexpr std::size_t head_rows = 256;
/// Rows that a worker takes of a cross-entropy, and vocabulary of a head's
/// gradient: sums over them are taken in this order.
constexpr std::size_t loss_rows = 8;
constexpr std::size_t head_part = 256;

} // namespace

pass_result fused_decoder::evaluate(const packed_sequence& sequence) {
  pass_.reset();
  begin(sequence);
  forward();
  return head(0, nullptr);
}

std::vector<float> fused_decoder::logits(const packed_sequence& sequence) {
  evaluate(sequence);
  const auto v = parts_.decoder.head.rows();
  const auto* found = head_logits(0, asking_.size());
  std::vector<float> result;
  for (std::size_t i = 0; i < asking_.size(); ++i) {
    const auto* row = found + i * ((v + 15) / 16 * 16);
    result.insert(result.end(), row, row + v);
  }
  return result;
}

pass_result fused_decoder::accumulate(const packed_sequence& sequence,
                                      float weight, std::uint64_t pass,
                                      std::span<float> gradients) {
  pass_ = pass;
  begin(sequence);
  forward();
  const auto result = head(weight, gradients.data());
  for (auto l = shape_.layers; l > 0; --l) {
    auto& s = state_of(l - 1);
    // The last layer's is still there, and what each gave is kept.
    if (parts_.recompute && l < shape_.layers)
      forward_layer(l - 1, s, nullptr);
    backward_layer(l - 1, s, gradients.data());
  }
  const auto& embedding = parts_.layout.embedding;
  const auto d = shape_.hidden;
  for (std::size_t i = 0; embedding && i < sequence.tokens.size(); ++i)
    kernels_.add(stream_.data() + i * d,
                 gradients.data() + embedding->offset
                   + static_cast<std::size_t>(sequence.tokens[i]) * d,
                 d);
  return result;
}

pass_result fused_decoder::head(float weight, float* gradients) {
  const auto d = shape_.hidden;
  const auto rows = asking_.size();
  const auto& matrix = parts_.decoder.head;
  const auto v = matrix.rows();
  const auto width = (v + 15) / 16 * 16;
  const auto back = gradients != nullptr && weight != 0;
  const auto* last = inputs_.back().data();
  auto* final = room(final_, rows * d);
  for (std::size_t i = 0; i < rows; ++i)
    std::memcpy(final + i * d, last + asking_[i] * d, d * sizeof(float));
  auto* normal = room(final_normal_, rows * d);
  kernels_.rms_norm(final, parts_.decoder.norm.data(), normal,
                    room(final_scale_, rows), rows, d,
                    static_cast<float>(shape_.norm_epsilon));
  auto* slope = room(final_back_, rows * d);
  correct_.resize(rows);
  // Tied, what the head gathers goes to the embedding.
  const auto& whole
    = shape_.tied ? parts_.layout.embedding : parts_.layout.head;
  auto& crew = parts_.workers;
  pass_result result;
  for (std::size_t first = 0; first < rows; first += head_rows) {
    const auto count = std::min(head_rows, rows - first);
    auto* logits = head_logits(first, count);
    std::vector<double> losses((count + loss_rows - 1) / loss_rows);
    crew.run(losses.size(), [&](std::size_t i, std::size_t) {
      const auto at = i * loss_rows;
      losses[i] = kernels_.cross_entropy(
        logits + at * width, sequence_->targets.data() + first + at,
        std::min(loss_rows, count - at), width, back ? weight : 0.0f,
        correct_.data() + first + at);
    });
    for (auto x : losses)
      result.loss += x;
    if (!back)
      continue;
    const auto height = (count + crew.size() - 1) / crew.size();
    crew.run((count + height - 1) / height, [&](std::size_t i,
                                                std::size_t worker) {
      const auto at = i * height;
      matrix.apply_back(kernels_, {logits + at * width, width},
                        std::min(height, count - at), slope + (first + at) * d,
                        d, false, workers_[worker].decoded.data());
    });
    if (whole)
      crew.run((v + head_part - 1) / head_part,
               [&](std::size_t i, std::size_t) {
                 const auto at = i * head_part;
                 kernels_.multiply(transposed(logits + at, width),
                                   plain(normal + first * d, d),
                                   gradients + whole->offset + at * d, d,
                                   std::min(head_part, v - at), d, count, true);
               });
  }
  result.supervised = rows;
  result.count_exact(*sequence_, correct_.data());
  if (gradients == nullptr)
    return result;
  auto* stream = room(stream_, sequence_->tokens.size() * d);
  std::fill_n(stream, sequence_->tokens.size() * d, 0.0f);
  for (std::size_t i = 0; back && i < rows; ++i)
    kernels_.rms_norm_back(slope + i * d, final + i * d,
                           parts_.decoder.norm.data(), final_scale_.data() + i,
                           stream + asking_[i] * d, nullptr, 1, d);
  return result;
}

void fused_decoder::linear_back(std::size_t index, linear_role role, block rows,
                                const float* dy, float* dx, worker_room& own) {
  const auto& layer = parts_.decoder.layers[index];
  const auto& matrix = layer.matrix(role);
  const auto m = rows.size();
  const auto in = matrix.columns(), out = matrix.rows();
  const auto rank = parts_.lora.rank;
  const auto* from = dy + rows.begin * out;
  auto* to = dx != nullptr ? dx + rows.begin * in : nullptr;
  if (to != nullptr)
    matrix.apply_back(kernels_, {from, out}, m, to, in, false,
                      own.decoded.data());
  for (auto i : layer.adapters[static_cast<std::size_t>(role)]) {
    const auto& slot = parts_.layout.adapters[i];
    auto* low
      = low_back_.data()
        + (i % adapters_per_layer_ * sequence_->tokens.size() + rows.begin)
            * rank;
    kernels_.multiply(plain(from + slot.begin, out),
                      plain(parts_.values.data() + slot.b, rank), low, rank, m,
                      rank, slot.rows, false);
    for (std::size_t j = 0; j < m * rank; ++j)
      low[j] *= scale_;
    if (to == nullptr)
      continue;
    const auto a = plain(parts_.values.data() + slot.a, in);
    if (parts_.lora.dropout == 0) {
      kernels_.multiply(plain(low, rank), a, to, in, m, in, rank, true);
      continue;
    }
    auto* part = room(own.ignored, m * in);
    kernels_.multiply(plain(low, rank), a, part, in, m, in, rank, false);
    const auto kept = dropped(i, rows, {part, in}, 0, in, own.dropped);
    kernels_.add(kept.data, to, m * in);
  }
}

void fused_decoder::backward_mlp(std::size_t index, layer_state& s, block rows,
                                 worker_room& own) {
  const auto& layer = parts_.decoder.layers[index];
  const auto d = shape_.hidden, f = shape_.intermediate;
  const auto at = rows.begin * d;
  kernels_.rms_norm(s.middle.data() + at, layer.post_norm.data(),
                    middle_normal_.data() + at, row_scale_.data() + rows.begin,
                    rows.size(), d, static_cast<float>(shape_.norm_epsilon));
  auto* gate_up = s.gate_up.data() + rows.begin * 2 * f;
  kernels_.swiglu(gate_up, activation_.data() + rows.begin * f, rows.size(), f);
  linear_back(index, linear_role::down, rows, stream_.data(), wide_.data(),
              own);
  kernels_.swiglu_back(gate_up, wide_.data() + rows.begin * f, rows.size(), f);
  linear_back(index, linear_role::gate_up, rows, s.gate_up.data(),
              small_.data(), own);
  std::memcpy(middle_back_.data() + at, stream_.data() + at,
              rows.size() * d * sizeof(float));
  kernels_.rms_norm_back(small_.data() + at, s.middle.data() + at,
                         layer.post_norm.data(), row_scale_.data() + rows.begin,
                         middle_back_.data() + at, nullptr, rows.size(), d);
  linear_back(index, linear_role::output, rows, middle_back_.data(),
              mixed_back_.data(), own);
}

void fused_decoder::attend_back(const layer_state& s,
                                const attention_item& item, worker_room& own) {
  const auto p = problem(item);
  const auto first = item.segments.front().begin;
  const auto rows = item.segments.back().end - first;
  const auto group = p.heads * p.head_size;
  // Probabilities are cheaper to compute again than to keep.
  attend(s, item, room(own.ignored, rows * group), group, own);
  auto back = p;
  back.out_row = shape_.q_width();
  const auto keys = shape_.q_width() + item.kv_head * p.head_size;
  const auto queries = first * p.q_row + item.kv_head * group;
  for (auto i = first; i < item.segments.back().end; ++i)
    for (auto at : {keys, keys + shape_.kv_width()})
      std::fill_n(qkv_back_.data() + i * p.kv_row + at, p.head_size, 0.0f);
  kernels_.attention_back(
    back, s.qkv.data() + queries, s.qkv.data() + keys, own.probabilities.data(),
    mixed_back_.data() + first * back.out_row + item.kv_head * group,
    qkv_back_.data() + queries, qkv_back_.data() + keys,
    room(own.scratch, ops::attention_scratch(back)));
}

void fused_decoder::backward_inputs(std::size_t index, block rows,
                                    worker_room& own) {
  const auto& layer = parts_.decoder.layers[index];
  const auto d = shape_.hidden;
  const auto width = parts_.decoder.qkv_width();
  const auto at = rows.begin * d;
  const auto* input = inputs_[index].data() + at;
  kernels_.rope(qkv_back_.data() + rows.begin * width, width, rows.size(),
                shape_.heads + shape_.kv_heads, shape_.head_size,
                rotation_.cosine(), rotation_.sine(),
                sequence_->positions.data() + rows.begin, -1);
  kernels_.rms_norm(input, layer.input_norm.data(), normal_.data() + at,
                    row_scale_.data() + rows.begin, rows.size(), d,
                    static_cast<float>(shape_.norm_epsilon));
  // Below the first layer only the embedding wants to know.
  const auto needed = index > 0 || parts_.layout.embedding;
  linear_back(index, linear_role::qkv, rows, qkv_back_.data(),
              needed ? small_.data() : nullptr, own);
  if (!needed)
    return;
  std::memcpy(below_.data() + at, middle_back_.data() + at,
              rows.size() * d * sizeof(float));
  kernels_.rms_norm_back(small_.data() + at, input, layer.input_norm.data(),
                         row_scale_.data() + rows.begin, below_.data() + at,
                         nullptr, rows.size(), d);
}

void fused_decoder::backward_layer(std::size_t index, layer_state& s,
                                   float* gradients) {
  const auto rows = sequence_->tokens.size();
  const auto d = shape_.hidden;
  room(wide_, rows * shape_.intermediate);
  room(small_, rows * d);
  room(middle_back_, rows * d);
  room(below_, rows * d);
  room(mixed_back_, rows * shape_.q_width());
  room(qkv_back_, rows * parts_.decoder.qkv_width());
  room(low_back_, adapters_per_layer_ * rows * parts_.lora.rank);
  each_block(
    [&](block b, worker_room& own) { backward_mlp(index, s, b, own); });
  parts_.workers.run(attention_.size(), [&](std::size_t i, std::size_t worker) {
    attend_back(s, attention_[i], workers_[worker]);
  });
  each_block(
    [&](block b, worker_room& own) { backward_inputs(index, b, own); });
  adapter_gradients(index, s, gradients);
  stream_.swap(below_);
}

void fused_decoder::adapter_gradients(std::size_t index, layer_state& s,
                                      float* gradients) {
  /// Part of dB, rows of it, or of dA, columns of it.
  struct item {
    std::size_t adapter;
    bool b;
    std::size_t begin;
    std::size_t end;
  };
  constexpr std::size_t b_rows = 192, a_columns = 256;
  std::vector<item> items;
  for (std::size_t k = 0; k < adapters_per_layer_; ++k) {
    const auto i = index * adapters_per_layer_ + k;
    const auto& slot = parts_.layout.adapters[i];
    for (std::size_t at = 0; at < slot.rows; at += b_rows)
      items.push_back({i, true, at, std::min(at + b_rows, slot.rows)});
    for (std::size_t at = 0; at < slot.columns; at += a_columns)
      items.push_back({i, false, at, std::min(at + a_columns, slot.columns)});
  }
  const auto rows = sequence_->tokens.size();
  const auto rank = parts_.lora.rank;
  const auto inputs = [&](linear_role role) -> const float* {
    switch (role) {
    case linear_role::qkv:
      return normal_.data();
    case linear_role::output:
      return s.mixed.data();
    case linear_role::gate_up:
      return middle_normal_.data();
    case linear_role::down:
      break;
    }
    return activation_.data();
  };
  const auto slopes = [&](linear_role role) -> const float* {
    switch (role) {
    case linear_role::qkv:
      return qkv_back_.data();
    case linear_role::output:
      return middle_back_.data();
    case linear_role::gate_up:
      return s.gate_up.data();
    case linear_role::down:
      break;
    }
    return stream_.data();
  };
  parts_.workers.run(items.size(), [&](std::size_t at, std::size_t worker) {
    const auto& x = items[at];
    const auto& slot = parts_.layout.adapters[x.adapter];
    const auto low = x.adapter % adapters_per_layer_ * rows * rank;
    if (x.b) {
      const auto out = parts_.decoder.layers[index].matrix(slot.role).rows();
      kernels_.multiply(
        transposed(slopes(slot.role) + slot.begin + x.begin, out),
        plain(s.low.data() + low, rank), gradients + slot.b + x.begin * rank,
        rank, x.end - x.begin, rank, rows, true);
      return;
    }
    const auto from
      = dropped(x.adapter, {0, rows}, {inputs(slot.role), slot.columns},
                x.begin, x.end, workers_[worker].dropped);
    kernels_.multiply(transposed(low_back_.data() + low, rank),
                      plain(from.data, from.row), gradients + slot.a + x.begin,
                      slot.columns, rank, x.end - x.begin, rows, true);
  });
}

} // namespace aura::model
