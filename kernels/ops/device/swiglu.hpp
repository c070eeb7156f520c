#pragma once

#include "kernels/ops/device/place.hpp"

namespace aura::ops::device {

/// `width` is that of gate or up alone.
struct swiglu_shape {
  std::size_t rows;
  std::size_t width;
};

/// h = silu(gate) · up, where a row of `gate_up` is gate, then up. Fails with
/// `shape_mismatch` unless both have one form.
status swiglu(const place& where, const_array gate_up, array h,
              swiglu_shape shape);

/// Gradients of gate and up; `out` may be `gate_up`.
status swiglu_back(const place& where, const_array gate_up, const_array dh,
                   array out, swiglu_shape shape);

namespace cuda {

status swiglu(void* stream, const_array gate_up, array h, swiglu_shape shape);
status swiglu_back(void* stream, const_array gate_up, const_array dh, array out,
                   swiglu_shape shape);

} // namespace cuda

} // namespace aura::ops::device
