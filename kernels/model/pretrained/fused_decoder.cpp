#include "kernels/model/pretrained/fused_decoder.hpp"

#include "kernels/model/buffers.hpp"
#include "kernels/ops/dropout.hpp"

#include <algorithm>
#include <cstring>

namespace aura::model {

namespace {

/// Rows that a worker takes through a layer at a time: their activations stay
/// near while weights pass by.
constexpr std::size_t most_block_rows = 256;
/// Whole register tiles of every kernel.
constexpr std::size_t block_step = 12;

} // namespace

fused_decoder::fused_decoder(const fused_parts& parts,
                             const ops::kernel_table& kernels)
  : parts_{parts}, shape_{parts.decoder.shape}, kernels_{kernels},
    scale_{static_cast<float>(scale_of(parts.lora))},
    adapters_per_layer_{parts.layout.adapters.size() / shape_.layers},
    rotation_{shape_.rope_theta, shape_.head_size},
    workers_(parts.workers.size()),
    states_(parts.recompute ? 1 : shape_.layers), inputs_(shape_.layers + 1) {
  for (auto& x : workers_)
    x.decoded.resize(parts.decoder.scratch());
}

void fused_decoder::begin(const packed_sequence& sequence) {
  sequence_ = &sequence;
  const auto rows = sequence.tokens.size();
  asking_ = sequence.asking();
  attention_.clear();
  blocks_.clear();
  std::vector<ops::segment> whole;
  // Every row asks: what it reads feeds the next layer.
  for (const auto& s : sequence.segments)
    whole.push_back({s.begin, s.begin, s.end});
  for (std::size_t g = 0; g < shape_.kv_heads; ++g) {
    if (sequence.context > 0) {
      attention_.push_back({whole, g});
      continue;
    }
    for (const auto& s : whole)
      attention_.push_back({{s}, g});
  }
  const auto threads = parts_.workers.size();
  const auto rounds
    = (rows + threads * most_block_rows - 1) / (threads * most_block_rows);
  const auto count = std::max<std::size_t>(rounds * threads, 1);
  const auto height
    = ((rows + count - 1) / count + block_step - 1) / block_step * block_step;
  for (std::size_t i = 0; i < rows; i += height)
    blocks_.push_back({i, std::min(i + height, rows)});
  for (auto position : sequence.positions)
    rotation_.reach(position + std::size_t{1});
  room(row_scale_, rows);
  room(normal_, rows * shape_.hidden);
  room(middle_normal_, rows * shape_.hidden);
  room(activation_, rows * shape_.intermediate);
}

void fused_decoder::each_block(
  const std::function<void(block, worker_room&)>& work) {
  parts_.workers.run(blocks_.size(), [&](std::size_t i, std::size_t worker) {
    work(blocks_[i], workers_[worker]);
  });
}

fused_decoder::layer_state& fused_decoder::state_of(std::size_t layer) {
  return states_[parts_.recompute ? 0 : layer];
}

rows_view fused_decoder::dropped(std::size_t adapter, block rows, rows_view x,
                                 std::size_t begin, std::size_t end,
                                 buffer& own) const {
  const auto* from = x.data + begin;
  if (!pass_ || parts_.lora.dropout == 0)
    return {from, x.row};
  const auto columns = parts_.layout.adapters[adapter].columns;
  const auto width = end - begin;
  auto* to = room(own, rows.size() * width);
  const auto key = ops::drop_key(parts_.seed, *pass_, adapter);
  const auto threshold = ops::drop_threshold(parts_.lora.dropout);
  const auto factor = static_cast<float>(1 / (1 - parts_.lora.dropout));
  for (auto i = rows.begin; i < rows.end; ++i, from += x.row, to += width)
    for (std::size_t j = 0; j < width; ++j)
      to[j] = ops::kept(key, i * columns + begin + j, threshold)
                ? from[j] * factor
                : 0.0f;
  return {own.data(), width};
}

void fused_decoder::linear(std::size_t index, linear_role role, layer_state& s,
                           block rows, const float* x, float* y,
                           bool accumulate, worker_room& own) {
  const auto& layer = parts_.decoder.layers[index];
  const auto& matrix = layer.matrix(role);
  const auto m = rows.size();
  const auto in = matrix.columns(), out = matrix.rows();
  const auto rank = parts_.lora.rank;
  auto* to = y == nullptr ? nullptr : y + rows.begin * out;
  if (to != nullptr)
    matrix.apply_many(kernels_, {x + rows.begin * in, in}, m, to, out, 0, out,
                      accumulate, own.decoded.data());
  for (auto i : layer.adapters[static_cast<std::size_t>(role)]) {
    const auto& slot = parts_.layout.adapters[i];
    auto* low
      = s.low.data()
        + (i % adapters_per_layer_ * sequence_->tokens.size() + rows.begin)
            * rank;
    const auto from
      = dropped(i, rows, {x + rows.begin * in, in}, 0, in, own.dropped);
    kernels_.multiply(plain(from.data, from.row),
                      transposed(parts_.values.data() + slot.a, in), low, rank,
                      m, rank, in, false);
    for (std::size_t j = 0; j < m * rank; ++j)
      low[j] *= scale_;
    if (to != nullptr)
      kernels_.multiply(plain(low, rank),
                        transposed(parts_.values.data() + slot.b, rank),
                        to + slot.begin, out, m, slot.rows, rank, true);
  }
}

ops::attention_problem
fused_decoder::problem(const attention_item& item) const {
  return {
    .heads = shape_.heads / shape_.kv_heads,
    .kv_heads = 1,
    .head_size = shape_.head_size,
    .context = sequence_->context,
    .segments = item.segments,
    .kv_row = parts_.decoder.qkv_width(),
    .q_row = parts_.decoder.qkv_width(),
    .value = shape_.kv_width(),
  };
}

void fused_decoder::attend(const layer_state& s, const attention_item& item,
                           float* out, std::size_t out_row, worker_room& own) {
  auto p = problem(item);
  p.out_row = out_row;
  const auto group = p.heads * p.head_size;
  const auto* kv = s.qkv.data() + shape_.q_width() + item.kv_head * p.head_size;
  const auto* q = s.qkv.data() + item.segments.front().begin * p.q_row
                  + item.kv_head * group;
  kernels_.attention(p, q, kv, out,
                     room(own.probabilities, ops::attention_memory(p)),
                     room(own.scratch, ops::attention_scratch(p)));
}

void fused_decoder::forward_layer(std::size_t index, layer_state& s,
                                  float* out) {
  const auto rows = sequence_->tokens.size();
  const auto& layer = parts_.decoder.layers[index];
  const auto d = shape_.hidden, f = shape_.intermediate;
  const auto width = parts_.decoder.qkv_width();
  const auto q_width = shape_.q_width();
  const auto epsilon = static_cast<float>(shape_.norm_epsilon);
  const auto* input = inputs_[index].data();
  auto* qkv = room(s.qkv, rows * width);
  auto* mixed = room(s.mixed, rows * q_width);
  auto* middle = room(s.middle, rows * d);
  auto* gate_up = room(s.gate_up, rows * 2 * f);
  room(s.low, adapters_per_layer_ * rows * parts_.lora.rank);

  each_block([&](block b, worker_room& own) {
    kernels_.rms_norm(input + b.begin * d, layer.input_norm.data(),
                      normal_.data() + b.begin * d, row_scale_.data() + b.begin,
                      b.size(), d, epsilon);
    linear(index, linear_role::qkv, s, b, normal_.data(), qkv, false, own);
    for (auto i = b.begin; i < b.end && !layer.bias.empty(); ++i)
      kernels_.add(layer.bias.data(), qkv + i * width, width);
    kernels_.rope(qkv + b.begin * width, width, b.size(),
                  shape_.heads + shape_.kv_heads, shape_.head_size,
                  rotation_.cosine(), rotation_.sine(),
                  sequence_->positions.data() + b.begin, 1);
  });
  const auto group = q_width / shape_.kv_heads;
  parts_.workers.run(attention_.size(), [&](std::size_t i, std::size_t worker) {
    const auto& item = attention_[i];
    attend(s, item,
           mixed + item.segments.front().begin * q_width + item.kv_head * group,
           q_width, workers_[worker]);
  });
  each_block([&](block b, worker_room& own) {
    const auto at = b.begin * d, size = b.size() * d;
    std::memcpy(middle + at, input + at, size * sizeof(float));
    linear(index, linear_role::output, s, b, mixed, middle, true, own);
    kernels_.rms_norm(middle + at, layer.post_norm.data(),
                      middle_normal_.data() + at, row_scale_.data() + b.begin,
                      b.size(), d, epsilon);
    linear(index, linear_role::gate_up, s, b, middle_normal_.data(), gate_up,
           false, own);
    kernels_.swiglu(gate_up + b.begin * 2 * f, activation_.data() + b.begin * f,
                    b.size(), f);
    if (out != nullptr)
      std::memcpy(out + at, middle + at, size * sizeof(float));
    linear(index, linear_role::down, s, b, activation_.data(), out, true, own);
  });
}

void fused_decoder::forward() {
  const auto rows = sequence_->tokens.size();
  const auto d = shape_.hidden;
  auto* first = room(inputs_[0], rows * d);
  for (std::size_t i = 0; i < rows; ++i)
    parts_.decoder.embedding.read_row(
      static_cast<std::size_t>(sequence_->tokens[i]), first + i * d);
  for (std::size_t l = 0; l < shape_.layers; ++l)
    forward_layer(l, state_of(l), room(inputs_[l + 1], rows * d));
}

float* fused_decoder::head_logits(std::size_t first, std::size_t count) {
  constexpr std::size_t columns = 768;
  const auto& head = parts_.decoder.head;
  const auto width = (head.rows() + 15) / 16 * 16;
  auto* logits = room(logits_, count * width);
  for (std::size_t i = 0; i < count; ++i)
    std::fill(logits + i * width + head.rows(), logits + (i + 1) * width,
              -1e30f);
  parts_.workers.run(
    (head.rows() + columns - 1) / columns,
    [&](std::size_t i, std::size_t worker) {
      head.apply_many(
        kernels_, {final_normal_.data() + first * shape_.hidden, shape_.hidden},
        count, logits, width, i * columns,
        std::min((i + 1) * columns, head.rows()), false,
        workers_[worker].decoded.data());
    });
  return logits;
}

std::size_t fused_decoder::bytes() const {
  std::size_t floats = 0;
  const auto count = [&](const auto&... x) { ((floats += x.capacity()), ...); };
  for (const auto& x : workers_)
    count(x.decoded, x.dropped, x.probabilities, x.scratch, x.ignored);
  for (const auto& x : states_)
    count(x.qkv, x.mixed, x.middle, x.gate_up, x.low);
  for (const auto& x : inputs_)
    count(x);
  count(normal_, middle_normal_, activation_, row_scale_, final_, final_normal_,
        final_back_, final_scale_, logits_, stream_, middle_back_, below_,
        wide_, small_, mixed_back_, qkv_back_, low_back_);
  return floats * sizeof(float);
}

} // namespace aura::model
