#include "kernels/model/generation.hpp"

#include "kernels/model/buffers.hpp"
#include "kernels/model/rope.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <map>

namespace aura::model {

namespace {

/// Softmax in place over the first `count` scores.
void softmax(std::vector<float>& scores, std::size_t count, float scale) {
  const auto end = scores.begin() + static_cast<std::ptrdiff_t>(count);
  const auto top = *std::max_element(scores.begin(), end);
  auto total = 0.0f;
  for (std::size_t i = 0; i < count; ++i) {
    scores[i] = std::exp((scores[i] - top) * scale);
    total += scores[i];
  }
  for (std::size_t i = 0; i < count; ++i)
    scores[i] /= total;
}

} // namespace

generation::generation(const decoder_shape& shape,
                       std::span<const float> parameters,
                       const ops::kernel_table& kernels)
  : shape_{shape}, layout_{lay_out(shape)}, parameters_{parameters},
    kernels_{kernels}, reader_{shape, kernels}, kv_row_{2 * shape.kv_width()} {
  rope_tables(shape_, cosine_, sine_);
}

void generation::start(std::span<const example* const> questions) {
  contexts_.clear();
  sequences_.assign(questions.size(), {});
  logits_.assign(questions.size() * shape_.vocabulary, 0);
  std::map<std::vector<std::int32_t>, std::vector<std::size_t>> groups;
  for (std::size_t i = 0; i < questions.size(); ++i)
    groups[questions[i]->context].push_back(i);
  for (const auto& [context, members] : groups)
    read_group(questions, members);
}

void generation::read_group(std::span<const example* const> questions,
                            const std::vector<std::size_t>& members) {
  // An answer of one token makes the reader look one token ahead.
  std::vector<example> opened;
  for (auto i : members)
    opened.push_back({questions[i]->context, questions[i]->question, {0}});
  std::vector<const example*> pointers;
  for (const auto& x : opened)
    pointers.push_back(&x);
  const auto packed = pack(pointers);
  const auto found = reader_.logits(parameters_, packed);
  const auto index = contexts_.size();
  auto& shared = contexts_.emplace_back(shape_.layers);
  for (std::size_t l = 0; l < shape_.layers; ++l) {
    const auto* rows = reader_.keys_and_values(l);
    shared[l].assign(rows, rows + packed.context * kv_row_);
  }
  const auto skipped = packed.context > 0 ? std::size_t{1} : 0;
  for (std::size_t m = 0; m < members.size(); ++m) {
    const auto& rows = packed.segments[m + skipped];
    auto& x = sequences_[members[m]];
    x.context = index;
    x.own.resize(shape_.layers);
    x.position = packed.positions[rows.end - 1] + 1;
    for (std::size_t l = 0; l < shape_.layers; ++l) {
      const auto* first = reader_.keys_and_values(l);
      x.own[l].assign(first + rows.begin * kv_row_, first + rows.end * kv_row_);
    }
    std::copy_n(found.data() + m * shape_.vocabulary, shape_.vocabulary,
                logits_.data() + members[m] * shape_.vocabulary);
  }
}

std::span<const float> generation::logits(std::size_t i) const {
  return {logits_.data() + i * shape_.vocabulary, shape_.vocabulary};
}

std::size_t generation::room_left(std::size_t i) const {
  return shape_.positions - sequences_[i].position;
}

void generation::attend(std::size_t layer, const sequence& x, const float* q,
                        float* out) {
  const auto size = shape_.head_size();
  const auto group = shape_.heads / shape_.kv_heads;
  const auto scale = 1.0f / std::sqrt(static_cast<float>(size));
  const auto& shared = contexts_[x.context][layer];
  const auto& own = x.own[layer];
  const auto before = shared.size() / kv_row_;
  const auto after = own.size() / kv_row_;
  if (scores_.size() < before + after)
    scores_.resize(before + after);
  for (std::size_t h = 0; h < shape_.heads; ++h) {
    const auto key = h / group * size;
    const auto value = shape_.kv_width() + key;
    const auto query = plain(q + h * size, size);
    kernels_.multiply(query, transposed(shared.data() + key, kv_row_),
                      scores_.data(), before, 1, before, size, false);
    kernels_.multiply(query, transposed(own.data() + key, kv_row_),
                      scores_.data() + before, after, 1, after, size, false);
    softmax(scores_, before + after, scale);
    kernels_.multiply(plain(scores_.data(), before),
                      plain(shared.data() + value, kv_row_), out + h * size,
                      size, 1, size, before, false);
    kernels_.multiply(plain(scores_.data() + before, after),
                      plain(own.data() + value, kv_row_), out + h * size, size,
                      1, size, after, true);
  }
}

void generation::append(std::span<const std::size_t> which,
                        std::span<const std::int32_t> tokens) {
  assert(which.size() == tokens.size());
  const auto n = which.size();
  const auto d = shape_.hidden;
  const auto f = shape_.intermediate;
  const auto epsilon = static_cast<float>(shape_.norm_epsilon);
  const auto weight
    = [&](const tensor_slot& slot) { return parameters_.data() + slot.offset; };
  std::vector<float> x(n * d), normal(n * d), scale(n), q(n * d),
    kv(n * kv_row_), mixed(n * d), gate_up(n * 2 * f), activation(n * f);
  std::vector<std::uint32_t> positions(n);
  for (std::size_t i = 0; i < n; ++i) {
    positions[i] = sequences_[which[i]].position++;
    std::copy_n(weight(layout_.embedding)
                  + static_cast<std::size_t>(tokens[i]) * d,
                d, x.data() + i * d);
  }
  for (std::size_t l = 0; l < shape_.layers; ++l) {
    const auto& slots = layout_.layers[l];
    kernels_.rms_norm(x.data(), weight(slots.input_norm), normal.data(),
                      scale.data(), n, d, epsilon);
    kernels_.multiply(plain(normal.data(), d), transposed(weight(slots.qkv), d),
                      q.data(), d, n, d, d, false);
    kernels_.multiply(plain(normal.data(), d),
                      transposed(weight(slots.qkv) + d * d, d), kv.data(),
                      kv_row_, n, kv_row_, d, false);
    kernels_.rope(q.data(), d, n, shape_.heads, shape_.head_size(),
                  cosine_.data(), sine_.data(), positions.data(), 1);
    kernels_.rope(kv.data(), kv_row_, n, shape_.kv_heads, shape_.head_size(),
                  cosine_.data(), sine_.data(), positions.data(), 1);
    for (std::size_t i = 0; i < n; ++i) {
      auto& one = sequences_[which[i]];
      const auto* row = kv.data() + i * kv_row_;
      one.own[l].insert(one.own[l].end(), row, row + kv_row_);
      attend(l, one, q.data() + i * d, mixed.data() + i * d);
    }
    kernels_.multiply(plain(mixed.data(), d),
                      transposed(weight(slots.output), d), x.data(), d, n, d, d,
                      true);
    kernels_.rms_norm(x.data(), weight(slots.post_norm), normal.data(),
                      scale.data(), n, d, epsilon);
    kernels_.multiply(plain(normal.data(), d),
                      transposed(weight(slots.gate_up), d), gate_up.data(),
                      2 * f, n, 2 * f, d, false);
    kernels_.swiglu(gate_up.data(), activation.data(), n, f);
    kernels_.multiply(plain(activation.data(), f),
                      transposed(weight(slots.down), f), x.data(), d, n, d, f,
                      true);
  }
  kernels_.rms_norm(x.data(), weight(layout_.norm), normal.data(), scale.data(),
                    n, d, epsilon);
  std::vector<float> found(n * shape_.vocabulary);
  kernels_.multiply(plain(normal.data(), d),
                    transposed(weight(layout_.embedding), d), found.data(),
                    shape_.vocabulary, n, shape_.vocabulary, d, false);
  for (std::size_t i = 0; i < n; ++i)
    std::copy_n(found.data() + i * shape_.vocabulary, shape_.vocabulary,
                logits_.data() + which[i] * shape_.vocabulary);
}

} // namespace aura::model
