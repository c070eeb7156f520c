#pragma once

#include "kernels/ops/device/place.hpp"

namespace aura::ops::device {

/// Scales of the blocks of 64: `plain`, or where that is null
/// map[codes[i]] · nested[i / 256] + offset.
struct nf4_scales {
  const float* plain = nullptr;
  const std::uint8_t* codes = nullptr;
  const float* nested = nullptr;
  /// The 256 values of the map that the codes were made with.
  const float* map = nullptr;
  float offset = 0;
};

/// NF4 codes and scales as kernels/ops/nf4.hpp has them, equal to the bit in
/// both places. `codes` takes (size + 1) / 2 bytes, `scales` one float a block.
status quantise_nf4(const place& where, const_array x, std::size_t size,
                    std::uint8_t* codes, float* scales);

/// What the codes stand for, rounded to bfloat16 whatever the form of `out`.
/// Memory beyond 2^31 blocks is not addressed: `shape_mismatch`.
status dequantise_nf4(const place& where, const std::uint8_t* codes,
                      const nf4_scales& scales, std::size_t size, array out);

namespace cuda {

status quantise_nf4(void* stream, const_array x, std::size_t size,
                    std::uint8_t* codes, float* scales);
status dequantise_nf4(void* stream, const std::uint8_t* codes,
                      const nf4_scales& scales, std::size_t size, array out);

} // namespace cuda

} // namespace aura::ops::device
