#pragma once

#include "kernels/ops/device/place.hpp"

namespace aura::ops::device {

/// Rows of heads that follow one another, then something else up to `stride`.
struct rope_shape {
  std::size_t rows;
  std::size_t heads;
  std::size_t head_size;
  std::size_t stride;
};

/// Rotates pairs (j, j + head_size / 2) of each head in place by the angle of
/// its row's position; `direction` -1 turns back, which is the way back too.
/// `cosine` and `sine` have head_size / 2 entries a position. Fails with
/// `shape_mismatch` unless heads are of an even size and fit a row.
status rope(const place& where, array x, const float* cosine, const float* sine,
            const std::int32_t* positions, rope_shape shape, float direction);

namespace cuda {

status rope(void* stream, array x, const float* cosine, const float* sine,
            const std::int32_t* positions, rope_shape shape, float direction);

} // namespace cuda

} // namespace aura::ops::device
