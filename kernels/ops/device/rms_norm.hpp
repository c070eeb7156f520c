#pragma once

#include "kernels/ops/device/place.hpp"

namespace aura::ops::device {

struct rms_shape {
  std::size_t rows;
  std::size_t width;
};

/// y = w · x̂ by row, where x̂ = x · scale is rounded to the form of x first, as
/// transformers does, and scale = 1 / √(mean(x²) + epsilon). Keeps `scale`, one
/// a row, for the way back. Fails with `shape_mismatch` unless x and y have one
/// form and rows have a width.
status rms_norm(const place& where, const_array x, const float* w, array y,
                float* scale, rms_shape shape, float epsilon);

/// dx = scale · (g - x̂ · mean(g · x̂)) with g = dy · w. The weights of frozen
/// norms get no gradient.
status rms_norm_back(const place& where, const_array dy, const_array x,
                     const float* w, const float* scale, array dx,
                     rms_shape shape);

namespace cuda {

status rms_norm(void* stream, const_array x, const float* w, array y,
                float* scale, rms_shape shape, float epsilon);
status rms_norm_back(void* stream, const_array dy, const_array x,
                     const float* w, const float* scale, array dx,
                     rms_shape shape);

} // namespace cuda

} // namespace aura::ops::device
