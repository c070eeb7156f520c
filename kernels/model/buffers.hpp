#pragma once

#include "kernels/ops/table.hpp"

#include <cstddef>
#include <vector>

/// How engines of ours hand their buffers to kernels.
namespace aura::model {

/// Rows of `row` floats one after another.
inline ops::matrix_view plain(const float* x, std::size_t row) {
  return {x, static_cast<std::ptrdiff_t>(row), 1};
}

/// The transpose of plain().
inline ops::matrix_view transposed(const float* x, std::size_t row) {
  return {x, 1, static_cast<std::ptrdiff_t>(row)};
}

/// Space for `size` floats. Grows only, so that a buffer settles after a few
/// sequences.
inline float* room(std::vector<float>& x, std::size_t size) {
  if (x.size() < size)
    x.resize(size);
  return x.data();
}

} // namespace aura::model
