#pragma once

#include "kernels/model/pretrained/torch_frozen.hpp"
#include "kernels/ops/device/dropout.hpp"

#include <vector>

/// Operators of the decoder that libtorch differentiates with our backward.
namespace aura::model {

/// An adapter at work on rows [begin, begin + rows) of a stacked matrix.
struct adapter_use {
  at::Tensor a, b;
  std::int64_t begin = 0, rows = 0;
  ops::device::drop_rule drop;
};

/// Everything that a frozen matrix with its adapters is applied with.
struct application {
  const torch_matrix* matrix = nullptr;
  std::vector<adapter_use> adapters;
  /// α / r.
  double scale = 1;
  at::Tensor scratch;
  torch_site site;
};

/// x Wᵀ + bias + s · (drop(x) Aᵀ) Bᵀ. Keeps x and x Aᵀ, and decodes W again on
/// the way back.
at::Tensor apply(const at::Tensor& x, const application& how);

at::Tensor normalize(const at::Tensor& x, const at::Tensor& weight,
                     double epsilon, const torch_site& site);

/// silu(gate) · up of rows that hold both.
at::Tensor activate(const at::Tensor& gate_up, const torch_site& site);

/// Angles of a sequence, and how its rows are laid out.
struct torch_rotation {
  /// head_size / 2 a position.
  at::Tensor cosine, sine;
  /// A position a row, 32 bits.
  at::Tensor positions;
  std::int64_t heads = 0, head_size = 0;
};

/// Rotates the first `heads` heads of every row.
at::Tensor rotate(const at::Tensor& x, const torch_rotation& how,
                  const torch_site& site);

} // namespace aura::model
