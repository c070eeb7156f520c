#pragma once

#include "kernels/ops/dynamic_map.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

/// NF4 as bitsandbytes has it (Dettmers et al., QLoRA, arXiv 2305.14314),
/// equal to its CPU version to the bit.
namespace aura::ops {

/// Values that share a scale, and scales that share one when quantised again.
constexpr std::size_t nf4_block = 64;
constexpr std::size_t nf4_scale_block = 256;

/// The 16 values of a code, ascending.
extern const std::array<float, 16> nf4_codebook;

constexpr std::size_t nf4_bytes(std::size_t values) {
  return (values + 1) / 2;
}

constexpr std::size_t nf4_blocks(std::size_t values) {
  return values / nf4_block + (values % nf4_block != 0);
}

constexpr std::size_t nf4_scale_blocks(std::size_t scales) {
  return scales / nf4_scale_block + (scales % nf4_scale_block != 0);
}

/// Writes nf4_bytes() codes, the first of a pair in the high nibble, and
/// nf4_blocks() scales: the largest magnitude of each block. An odd end is
/// filled up with the code of 0, and a block of zeros has only that code.
void quantise_nf4(std::span<const float> x, std::span<std::uint8_t> codes,
                  std::span<float> scales);

/// Values [first, first + out.size()) as bfloat16 holds them.
void dequantise_nf4(std::span<const std::uint8_t> codes,
                    std::span<const float> scales, std::size_t first,
                    std::span<float> out);

/// Scales that were quantised themselves.
struct nf4_double_scales {
  std::vector<std::uint8_t> codes;
  /// One per 256 codes.
  std::vector<float> nested;
  /// Mean of the scales, taken off before.
  float offset = 0;
};

/// Quantises scales by the signed dynamic map. The mean is taken in double
/// precision, where torch's depends on its vector width.
nf4_double_scales quantise_scales(std::span<const float> scales);

/// The same with an offset that is given.
nf4_double_scales quantise_scales(std::span<const float> scales, float offset);

/// map[code] · nested + offset.
std::vector<float> dequantise_scales(const nf4_double_scales& x);

} // namespace aura::ops
