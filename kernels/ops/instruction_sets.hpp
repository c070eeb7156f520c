#pragma once

#include "kernels/ops/table.hpp"

/// The tables as they are compiled, whether or not this processor runs them.
namespace aura::ops {

/// Keys are padded to whole vectors of the widest instruction set.
constexpr std::size_t padded_keys(std::size_t count) {
  return (count + 15) / 16 * 16;
}

const kernel_table& generic_table();

#if defined(__x86_64__)
const kernel_table& avx2_table();
const kernel_table& avx512_table();
#endif

} // namespace aura::ops
