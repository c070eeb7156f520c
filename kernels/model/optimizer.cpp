#include "kernels/model/optimizer.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace aura::model {

namespace {

/// AdamW's share is cut into parts of this many floats.
constexpr std::size_t chunk = 16384;

} // namespace

optimizer::optimizer(const decoder_shape& shape,
                     const optimizer_options& options,
                     const ops::kernel_table& kernels)
  : options_{options}, kernels_{kernels} {
  const auto slots = lay_out(shape);
  first_.resize(slots.size);
  second_.resize(slots.size);
  const auto d = shape.hidden;
  const auto adam = [&](const tensor_slot& slot) {
    const auto padded = (slot.size() + 15) / 16 * 16;
    for (std::size_t i = 0; i < padded; i += chunk)
      parts_.push_back({slot.offset + i, std::min(chunk, padded - i), 0, false,
                        slot.columns != 0});
  };
  // What is stacked in one tensor are several matrices to Muon.
  const auto matrix
    = [&](const tensor_slot& slot, std::size_t from, std::size_t rows) {
        parts_.push_back(
          {slot.offset + from * slot.columns, rows, slot.columns, true, true});
      };
  if (options.kind == optimizer_kind::adamw) {
    for (const auto& slot : slots.all())
      adam(slot);
    return;
  }
  for (const auto& layer : slots.layers) {
    matrix(layer.gate_up, 0, shape.intermediate);
    matrix(layer.gate_up, shape.intermediate, shape.intermediate);
    matrix(layer.down, 0, d);
    matrix(layer.qkv, 0, d);
    matrix(layer.qkv, d, shape.kv_width());
    matrix(layer.qkv, d + shape.kv_width(), shape.kv_width());
    matrix(layer.output, 0, d);
  }
  adam(slots.embedding);
  for (const auto& layer : slots.layers) {
    adam(layer.input_norm);
    adam(layer.post_norm);
  }
  adam(slots.norm);
}

void optimizer::restore(std::vector<float> first, std::vector<float> second,
                        std::size_t steps) {
  assert(first.size() == first_.size() && second.size() == second_.size());
  first_ = std::move(first);
  second_ = std::move(second);
  step_ = steps;
}

void optimizer::begin(double factor, double norm) {
  ++step_;
  factor_ = factor;
  scale_ = options_.clip > 0 && norm > options_.clip
             ? static_cast<float>(options_.clip / (norm + 1e-6))
             : 1.0f;
}

void optimizer::run(std::size_t index, std::span<float> parameters,
                    std::span<float> gradients) {
  const auto& x = parts_[index];
  auto* p = parameters.data() + x.offset;
  auto* g = gradients.data() + x.offset;
  const auto size = x.matrix ? x.rows * x.columns : x.rows;
  if (scale_ != 1.0f)
    for (std::size_t i = 0; i < size; ++i)
      g[i] *= scale_;
  const auto rate = factor_ * (x.matrix ? options_.matrix_rate : options_.rate);
  if (x.decays && options_.weight_decay > 0) {
    const auto keep = static_cast<float>(1.0 - rate * options_.weight_decay);
    for (std::size_t i = 0; i < size; ++i)
      p[i] *= keep;
  }
  if (x.matrix)
    run_muon(x, p, g);
  else
    run_adam(x, p, g);
}

void optimizer::run_adam(const part& x, float* parameters,
                         const float* gradients) {
  const auto t = static_cast<double>(step_);
  kernels_.adam(
    parameters, gradients, first_.data() + x.offset, second_.data() + x.offset,
    x.rows, static_cast<float>(factor_ * options_.rate),
    static_cast<float>(options_.beta1), static_cast<float>(options_.beta2),
    static_cast<float>(options_.epsilon),
    static_cast<float>(1.0 / (1.0 - std::pow(options_.beta1, t))),
    static_cast<float>(1.0 / (1.0 - std::pow(options_.beta2, t))));
}

void optimizer::run_muon(const part& x, float* parameters,
                         const float* gradients) {
  const auto size = x.rows * x.columns;
  auto* momentum = first_.data() + x.offset;
  const auto beta = static_cast<float>(options_.momentum);
  const auto tall = x.rows > x.columns;
  std::vector<float> update(size);
  for (std::size_t i = 0; i < x.rows; ++i)
    for (std::size_t j = 0; j < x.columns; ++j) {
      const auto at = i * x.columns + j;
      momentum[at] += (1.0f - beta) * (gradients[at] - momentum[at]);
      update[tall ? j * x.rows + i : at]
        = gradients[at] + beta * (momentum[at] - gradients[at]);
    }
  orthogonalise(update, std::min(x.rows, x.columns),
                std::max(x.rows, x.columns), options_.iterations, kernels_);
  const auto rate = static_cast<float>(
    factor_ * options_.matrix_rate
    * std::sqrt(std::max(1.0, static_cast<double>(x.rows)
                                / static_cast<double>(x.columns))));
  for (std::size_t i = 0; i < x.rows; ++i)
    for (std::size_t j = 0; j < x.columns; ++j)
      parameters[i * x.columns + j]
        -= rate * update[tall ? j * x.rows + i : i * x.columns + j];
}

void orthogonalise(std::vector<float>& x, std::size_t rows, std::size_t columns,
                   std::size_t iterations, const ops::kernel_table& kernels) {
  assert(rows <= columns && x.size() == rows * columns);
  const auto norm = std::sqrt(kernels.squares(x.data(), x.size()));
  const auto shrink = static_cast<float>(1.0 / (norm + 1e-7));
  for (auto& value : x)
    value *= shrink;
  std::vector<float> square(rows * rows), fourth(rows * rows), next(x.size());
  const auto m = static_cast<std::ptrdiff_t>(rows);
  const auto n = static_cast<std::ptrdiff_t>(columns);
  for (std::size_t i = 0; i < iterations; ++i) {
    constexpr auto a = 3.4445f, b = -4.7750f, c = 2.0315f;
    kernels.multiply({x.data(), n, 1}, {x.data(), 1, n}, square.data(), rows,
                     rows, rows, columns, false);
    kernels.multiply({square.data(), m, 1}, {square.data(), m, 1},
                     fourth.data(), rows, rows, rows, rows, false);
    for (std::size_t j = 0; j < square.size(); ++j)
      square[j] = b * square[j] + c * fourth[j];
    for (std::size_t j = 0; j < rows; ++j)
      square[j * rows + j] += a;
    kernels.multiply({square.data(), m, 1}, {x.data(), n, 1}, next.data(),
                     columns, rows, columns, rows, false);
    x.swap(next);
  }
}

} // namespace aura::model
