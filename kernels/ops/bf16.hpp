#pragma once

#include <cstdint>
#include <cstring>

namespace aura::ops {

/// Rounds to the nearest bfloat16, ties to even, and back; NaN stays NaN,
/// whichever of its bits say so.
inline float round_to_bf16(float x) {
  std::uint32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  if ((bits & 0x7fff'ffff) > 0x7f80'0000)
    bits |= 0x0040'0000;
  else
    bits += 0x7fff + (bits >> 16 & 1);
  bits &= 0xffff'0000;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}

} // namespace aura::ops
