#include "kernels/model/pretrained/cpu_reader.hpp"

#include "kernels/model/buffers.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>

namespace aura::model {

namespace {

/// Rows of one pass: enough for products to be quick.
constexpr std::size_t pass_rows = 512;
/// Columns of a product that one worker takes at a time.
constexpr std::size_t portion_columns = 96;

constexpr std::size_t padded(std::size_t count) {
  return (count + 15) / 16 * 16;
}

std::size_t common_beginning(std::span<const std::vector<std::int32_t>> texts) {
  if (texts.size() < 2)
    return 0;
  const auto& first = texts.front();
  auto length = first.size();
  for (const auto& x : texts) {
    const auto most = std::min(length, x.size());
    const auto end = first.begin() + static_cast<std::ptrdiff_t>(most);
    length = static_cast<std::size_t>(
      std::mismatch(first.begin(), end, x.begin()).first - first.begin());
    // Something must be left to say what comes next.
    length = std::min(length, x.size() - 1);
  }
  return length;
}

} // namespace

cpu_reader::cpu_reader(frozen_decoder decoder, std::optional<adapter> trained,
                       const reader_options& options,
                       const ops::kernel_table& kernels)
  : decoder_{std::move(decoder)}, trained_{std::move(trained)},
    positions_{std::min(options.positions, decoder_.shape.positions)},
    kernels_{kernels}, rotation_{decoder_.shape.rope_theta,
                                 decoder_.shape.head_size},
    crew_{std::max<std::size_t>(options.threads, 1)},
    scratch_(crew_.size(), std::vector<float>(decoder_.scratch())),
    scores_(crew_.size()) {
  if (trained_)
    scale_ = static_cast<float>(scale_of(trained_->options));
}

status cpu_reader::start(std::span<const std::vector<std::int32_t>> prompts) {
  for (const auto& x : prompts) {
    assert(!x.empty());
    if (x.size() > positions_)
      return fault{errc::too_long,
                   "a prompt has at most " + std::to_string(positions_)
                     + " tokens, found " + std::to_string(x.size())};
  }
  const auto layers = decoder_.layers.size();
  logits_.assign(prompts.size() * decoder_.shape.vocabulary, 0);
  texts_.assign(prompts.size(), {cache(layers), 0});
  shared_length_ = 0;
  if (const auto common = common_beginning(prompts); common > 0) {
    text together{cache(layers), 0};
    const portion beginning{&together, std::span{prompts.front()}.first(common),
                            nullptr};
    read({&beginning, 1});
    shared_ = std::move(together.own);
    shared_length_ = common;
  }
  std::vector<portion> rest;
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    texts_[i].length = shared_length_;
    rest.push_back({&texts_[i], std::span{prompts[i]}.subspan(shared_length_),
                    logits_.data() + i * decoder_.shape.vocabulary});
  }
  read(rest);
  return ok;
}

std::span<const float> cpu_reader::logits(std::size_t i) const {
  const auto width = decoder_.shape.vocabulary;
  return {logits_.data() + i * width, width};
}

std::size_t cpu_reader::room_left(std::size_t i) const {
  return positions_ - texts_[i].length;
}

status cpu_reader::append(std::span<const std::size_t> which,
                          std::span<const std::vector<std::int32_t>> tokens) {
  assert(which.size() == tokens.size());
  std::vector<portion> portions;
  for (std::size_t j = 0; j < which.size(); ++j) {
    assert(!tokens[j].empty() && tokens[j].size() <= room_left(which[j]));
    portions.push_back({&texts_[which[j]], tokens[j],
                        logits_.data() + which[j] * decoder_.shape.vocabulary});
  }
  read(portions);
  return ok;
}

void cpu_reader::read(std::span<const portion> portions) {
  std::vector<row> rows;
  for (const auto& p : portions)
    for (std::size_t i = 0; i < p.tokens.size(); ++i) {
      const auto last = i + 1 == p.tokens.size();
      rows.push_back({p.reader, p.tokens[i],
                      static_cast<std::uint32_t>(p.reader->length++),
                      last ? p.logits : nullptr});
      rotation_.reach(p.reader->length);
    }
  for (std::size_t i = 0; i < rows.size(); i += pass_rows)
    read_rows(std::span{rows}.subspan(i, std::min(pass_rows, rows.size() - i)));
}

void cpu_reader::read_rows(std::span<const row> rows) {
  const auto d = decoder_.shape.hidden;
  auto* x = room(x_, rows.size() * d);
  for (std::size_t i = 0; i < rows.size(); ++i)
    decoder_.embedding.read_row(static_cast<std::size_t>(rows[i].token),
                                x + i * d);
  for (std::size_t l = 0; l < decoder_.layers.size(); ++l)
    read_layer(l, rows);
  write_logits(rows);
}

void cpu_reader::normalise(const float* x, const std::vector<float>& w,
                           float* y, std::size_t m) {
  kernels_.rms_norm(x, w.data(), y, room(scales_, m), m, decoder_.shape.hidden,
                    static_cast<float>(decoder_.shape.norm_epsilon));
}

void cpu_reader::apply(const frozen_layer& layer, linear_role role, rows_view x,
                       std::size_t m, float* y, std::size_t y_row,
                       bool accumulate) {
  const auto& matrix = layer.matrix(role);
  const auto& chosen = layer.adapters[static_cast<std::size_t>(role)];
  const auto rank = trained_ ? trained_->options.rank : 0;
  auto* low = room(low_, chosen.size() * m * rank);
  const auto slot = [&](std::size_t i) -> const adapter_slot& {
    return trained_->layout.adapters[chosen[i]];
  };
  crew_.run(chosen.size(), [&](std::size_t i, std::size_t) {
    auto* out = low + i * m * rank;
    kernels_.dots(x.data, x.row, trained_->values->data() + slot(i).a,
                  slot(i).columns, out, rank, m, rank, slot(i).columns, false);
    for (std::size_t j = 0; j < m * rank; ++j)
      out[j] *= scale_;
  });
  const auto bias = role == linear_role::qkv && !layer.bias.empty();
  const auto items = (matrix.rows() + portion_columns - 1) / portion_columns;
  crew_.run(items, [&](std::size_t item, std::size_t worker) {
    const auto begin = item * portion_columns;
    const auto end = std::min(begin + portion_columns, matrix.rows());
    matrix.apply(kernels_, x, m, y, y_row, begin, end, accumulate,
                 scratch_[worker].data());
    for (std::size_t i = 0; bias && i < m; ++i)
      kernels_.add(layer.bias.data() + begin, y + i * y_row + begin,
                   end - begin);
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      const auto from = std::max(begin, slot(i).begin);
      const auto to = std::min(end, slot(i).begin + slot(i).rows);
      if (from < to)
        kernels_.dots(low + i * m * rank, rank,
                      trained_->values->data() + slot(i).b
                        + (from - slot(i).begin) * rank,
                      rank, y + from, y_row, m, to - from, rank, true);
    }
  });
}

void cpu_reader::read_layer(std::size_t index, std::span<const row> rows) {
  const auto& shape = decoder_.shape;
  const auto& layer = decoder_.layers[index];
  const auto m = rows.size();
  const auto d = shape.hidden, f = shape.intermediate;
  const auto q_width = shape.q_width(), kv_row = 2 * shape.kv_width();
  const auto width = decoder_.qkv_width();
  auto* x = x_.data();
  auto* normal = room(normal_, m * d);
  auto* qkv = room(qkv_, m * width);
  auto* mixed = room(mixed_, m * q_width);
  normalise(x, layer.input_norm, normal, m);
  apply(layer, linear_role::qkv, {normal, d}, m, qkv, width, false);
  for (std::size_t i = 0; i < m; ++i) {
    auto* at = qkv + i * width;
    kernels_.rope(at, width, 1, shape.heads + shape.kv_heads, shape.head_size,
                  rotation_.cosine(), rotation_.sine(), &rows[i].position, 1);
    auto& own = rows[i].reader->own[index];
    own.insert(own.end(), at + q_width, at + q_width + kv_row);
  }
  crew_.run(m * shape.kv_heads, [&](std::size_t item, std::size_t worker) {
    const auto i = item / shape.kv_heads, g = item % shape.kv_heads;
    const auto group = q_width / shape.kv_heads;
    attend(index, rows[i], g, qkv + i * width + g * group,
           mixed + i * q_width + g * group, scores_[worker]);
  });
  apply(layer, linear_role::output, {mixed, q_width}, m, x, d, true);
  normalise(x, layer.post_norm, normal, m);
  auto* gate_up = room(gate_up_, m * 2 * f);
  auto* activation = room(activation_, m * f);
  apply(layer, linear_role::gate_up, {normal, d}, m, gate_up, 2 * f, false);
  kernels_.swiglu(gate_up, activation, m, f);
  apply(layer, linear_role::down, {activation, f}, m, x, d, true);
}

void cpu_reader::attend(std::size_t layer, const row& x, std::size_t kv_head,
                        const float* q, float* out,
                        std::vector<float>& scores) const {
  const auto& shape = decoder_.shape;
  const auto size = shape.head_size;
  const auto group = shape.heads / shape.kv_heads;
  const auto kv_row = 2 * shape.kv_width();
  const auto keys = std::size_t{x.position} + 1;
  const auto before = shared_length_;
  const auto after = keys - before;
  const auto width = padded(keys);
  auto* weights = room(scores, group * width);
  const auto* own = x.reader->own[layer].data() + kv_head * size;
  const auto* shared
    = before > 0 ? shared_[layer].data() + kv_head * size : nullptr;
  kernels_.dots(q, size, shared, kv_row, weights, width, group, before, size,
                false);
  kernels_.dots(q, size, own, kv_row, weights + before, width, group, after,
                size, false);
  const auto scale = 1.0f / std::sqrt(static_cast<float>(size));
  for (std::size_t h = 0; h < group; ++h)
    kernels_.softmax(weights + h * width, keys, scale);
  std::fill_n(out, group * size, 0.0f);
  const auto value = shape.kv_width();
  if (before > 0)
    kernels_.weigh(weights, width, shared + value, kv_row, out, size, group,
                   before, size);
  kernels_.weigh(weights + before, width, own + value, kv_row, out, size, group,
                 after, size);
}

void cpu_reader::write_logits(std::span<const row> rows) {
  const auto d = decoder_.shape.hidden;
  std::vector<float*> targets;
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (rows[i].logits != nullptr) {
      std::memmove(x_.data() + targets.size() * d, x_.data() + i * d,
                   d * sizeof(float));
      targets.push_back(rows[i].logits);
    }
  const auto m = targets.size();
  if (m == 0)
    return;
  const auto& head = decoder_.head;
  normalise(x_.data(), decoder_.norm, normal_.data(), m);
  std::vector<float> found(m * head.rows());
  const auto items = (head.rows() + portion_columns - 1) / portion_columns;
  crew_.run(items, [&](std::size_t item, std::size_t worker) {
    const auto begin = item * portion_columns;
    head.apply(kernels_, {normal_.data(), d}, m, found.data(), head.rows(),
               begin, std::min(begin + portion_columns, head.rows()), false,
               scratch_[worker].data());
  });
  for (std::size_t i = 0; i < m; ++i)
    std::copy_n(found.data() + i * head.rows(), head.rows(), targets[i]);
}

expected<std::unique_ptr<reader>> make_reader(const model_weights& weights,
                                              const adapter* trained,
                                              const reader_options& options) {
  auto decoder
    = freeze(weights, trained != nullptr ? &trained->layout : nullptr,
             trained != nullptr ? std::span<const float>{*trained->values}
                                : std::span<const float>{});
  if (!decoder)
    return decoder.error();
  return std::unique_ptr<reader>{std::make_unique<cpu_reader>(
    *std::move(decoder),
    trained != nullptr ? std::optional{*trained} : std::nullopt, options)};
}

} // namespace aura::model
