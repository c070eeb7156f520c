#pragma once

#include "kernels/ops/device/place.hpp"

namespace aura::ops::device {

struct entropy_shape {
  std::size_t rows;
  std::size_t width;
};

/// loss[i] = -log softmax(logits of row i)[target of row i]; `correct` gets 1
/// where the target has the highest logit, else 0. Replaces the logits by
/// `weight` times the gradient of the summed loss, unless `weight` is 0. A NaN
/// in a row makes its loss NaN. A large matrix is given in chunks of rows.
/// @pre 0 <= target < width
status cross_entropy(const place& where, array logits,
                     const std::int32_t* targets, float* loss,
                     std::uint8_t* correct, entropy_shape shape, float weight);

namespace cuda {

status cross_entropy(void* stream, array logits, const std::int32_t* targets,
                     float* loss, std::uint8_t* correct, entropy_shape shape,
                     float weight);

} // namespace cuda

} // namespace aura::ops::device
