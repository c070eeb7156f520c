#pragma once

#include "kernels/model/pretrained/weights.hpp"
#include "kernels/ops/table.hpp"

namespace aura::model {

/// As decode_rows(), bit for bit, by the kernels of an instruction set: what
/// stands between a stored matrix and every product with it.
void unpack_rows(const ops::kernel_table& kernels, const weight& x,
                 std::size_t begin, std::size_t end, float* out);

} // namespace aura::model
