#pragma once

#include "kernels/ops/device/place.hpp"
#include "kernels/ops/dropout.hpp"

namespace aura::ops::device {

/// What one matrix leaves out: see kernels/ops/dropout.hpp.
struct drop_rule {
  std::uint64_t key = 0;
  std::uint32_t threshold = 0;
  /// 1 / (1 - share).
  float factor = 1;
};

/// y = x · factor where kept, else 0; the way back is the same. `y` may be `x`.
/// Fails with `shape_mismatch` unless both have one form.
status dropout(const place& where, const_array x, array y, std::size_t size,
               drop_rule rule);

namespace cuda {

status dropout(void* stream, const_array x, array y, std::size_t size,
               drop_rule rule);

} // namespace cuda

} // namespace aura::ops::device
