#pragma once

#include "kernels/ops/adamw.hpp"
#include "kernels/ops/device/place.hpp"

namespace aura::ops::device {

/// One tensor and its moments in 32 bits.
struct adamw32_tensor {
  float* p;
  const float* g;
  float* m;
  float* v;
  std::size_t size;
};

/// One tensor and its moments in bytes, one scale for 256 of them.
struct adamw8_tensor {
  float* p;
  const float* g;
  std::uint8_t* m;
  std::uint8_t* v;
  float* m_scale;
  float* v_scale;
  std::size_t size;
  /// The signed and the unsigned dynamic map, 256 values each.
  const float* m_map;
  const float* v_map;
};

/// As kernels/ops/adamw.hpp has it.
status adamw32(const place& where, const adamw32_tensor& x,
               const adamw_rule& rule);
status adamw8(const place& where, const adamw8_tensor& x,
              const adamw_rule& rule);

namespace cuda {

status adamw32(void* stream, const adamw32_tensor& x, const adamw_factors& f);
status adamw8(void* stream, const adamw8_tensor& x, const adamw_factors& f);

} // namespace cuda

} // namespace aura::ops::device
