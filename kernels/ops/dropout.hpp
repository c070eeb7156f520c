#pragma once

#include "kernels/base/random.hpp"

#include <cstdint>

/// Which inputs a training pass leaves out: a function of a key and a place, so
/// that a pass that is computed again, on another device or by another engine,
/// leaves out the same.
namespace aura::ops {

/// What the drawing of one matrix in one pass begins from.
constexpr std::uint64_t drop_key(std::uint64_t seed, std::uint64_t pass,
                                 std::uint64_t matrix) noexcept {
  return mix64(mix64(mix64(seed) ^ pass) + matrix);
}

/// What kept() compares with so that a share of `share` is left out.
/// @pre 0 <= share < 1
constexpr std::uint32_t drop_threshold(double share) noexcept {
  return static_cast<std::uint32_t>(share * 4294967296.0);
}

/// Whether element `index` of the matrix, row by row, stays; it is multiplied
/// by 1 / (1 - share) then. One drawing serves two neighbours.
constexpr bool kept(std::uint64_t key, std::uint64_t index,
                    std::uint32_t threshold) noexcept {
  const auto drawn = mix64(key + 0x9e3779b97f4a7c15ULL * (index >> 1));
  const auto half = (index & 1) != 0 ? drawn >> 32 : drawn;
  return static_cast<std::uint32_t>(half) >= threshold;
}

} // namespace aura::ops
