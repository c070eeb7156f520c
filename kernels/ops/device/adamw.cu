#include "kernels/ops/device/adamw.hpp"
#include "kernels/ops/device/kernel.cuh"

namespace aura::ops::device::cuda {

namespace {

constexpr unsigned threads = 256;

__global__ void step32(adamw32_tensor x, adamw_factors f) {
  const auto i
    = static_cast<std::size_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i >= x.size)
    return;
  const auto slope = x.g[i] * f.scale;
  const auto m = x.m[i] * f.beta1 + slope * f.rest1;
  const auto v = x.v[i] * f.beta2 + slope * slope * f.rest2;
  x.m[i] = m;
  x.v[i] = v;
  x.p[i] = x.p[i] * f.keep - f.size * (m / (sqrtf(v) + f.epsilon));
}

/// The index of the nearest of 256 ascending values: how many midpoints are not
/// above `x`. `limit` has 255 of them.
__device__ unsigned nearest(const float* limit, float x) {
  unsigned code = 0;
  for (unsigned step = 128; step > 0; step /= 2)
    code += limit[code + step - 1] > x ? 0 : step;
  return code;
}

/// A warp a block of 256: a thread has eight numbers that follow one another.
__global__ void step8(adamw8_tensor x, adamw_factors f, bool movable) {
  constexpr int own = adamw8_block / 32;
  __shared__ float m_map[256], v_map[256], m_limit[256], v_limit[256];
  m_map[threadIdx.x] = x.m_map[threadIdx.x];
  v_map[threadIdx.x] = x.v_map[threadIdx.x];
  __syncthreads();
  if (threadIdx.x < 255) {
    m_limit[threadIdx.x] = (m_map[threadIdx.x] + m_map[threadIdx.x + 1]) / 2.0f;
    v_limit[threadIdx.x] = (v_map[threadIdx.x] + v_map[threadIdx.x + 1]) / 2.0f;
  }
  __syncthreads();
  const auto block
    = (static_cast<std::size_t>(blockIdx.x) * blockDim.x + threadIdx.x) / 32;
  const auto begin = block * adamw8_block + threadIdx.x % 32 * own;
  // All threads of a warp leave together.
  if (block * adamw8_block >= x.size)
    return;
  const auto whole = movable && begin + own <= x.size;
  float p[own], g[own];
  std::uint8_t mc[own], vc[own];
  if (whole) {
    for (auto part = 0; part < own / 4; ++part) {
      const auto ps = reinterpret_cast<const float4*>(x.p + begin)[part];
      const auto gs = reinterpret_cast<const float4*>(x.g + begin)[part];
      p[4 * part] = ps.x, p[4 * part + 1] = ps.y;
      p[4 * part + 2] = ps.z, p[4 * part + 3] = ps.w;
      g[4 * part] = gs.x, g[4 * part + 1] = gs.y;
      g[4 * part + 2] = gs.z, g[4 * part + 3] = gs.w;
    }
    const auto ms
      = *reinterpret_cast<const pack<std::uint8_t, own>*>(x.m + begin);
    const auto vs
      = *reinterpret_cast<const pack<std::uint8_t, own>*>(x.v + begin);
    for (auto k = 0; k < own; ++k)
      mc[k] = ms.at[k], vc[k] = vs.at[k];
  } else {
    for (auto k = 0; k < own; ++k) {
      const auto inside = begin + k < x.size;
      p[k] = inside ? x.p[begin + k] : 0.0f;
      g[k] = inside ? x.g[begin + k] : 0.0f;
      mc[k] = inside ? x.m[begin + k] : 0;
      vc[k] = inside ? x.v[begin + k] : 0;
    }
  }
  const auto m_scale = x.m_scale[block], v_scale = x.v_scale[block];
  float m[own], v[own];
  auto m_top = 0.0f, v_top = 0.0f;
  for (auto k = 0; k < own; ++k) {
    const auto slope = g[k] * f.scale;
    m[k] = v[k] = 0;
    if (!isfinite(slope) || begin + k >= x.size)
      continue;
    m[k] = m_map[mc[k]] * m_scale * f.beta1 + slope * f.rest1;
    v[k] = v_map[vc[k]] * v_scale * f.beta2 + slope * slope * f.rest2;
    m_top = fmaxf(m_top, fabsf(m[k]));
    v_top = fmaxf(v_top, v[k]);
    p[k] -= f.size * (m[k] / (sqrtf(v[k]) + f.epsilon));
    p[k] *= f.keep;
  }
  m_top = among<32>(m_top, greater{});
  v_top = among<32>(v_top, greater{});
  if (threadIdx.x % 32 == 0) {
    x.m_scale[block] = m_top;
    x.v_scale[block] = v_top;
  }
  for (auto k = 0; k < own; ++k) {
    const auto scaled = m_top > 0 ? m[k] / m_top : 0.0f;
    auto code = nearest(m_limit, scaled);
    if (signbit(m_map[code]) != (scaled < 0))
      code = scaled > 0 ? code + 1 : code - 1;
    mc[k] = static_cast<std::uint8_t>(code);
    vc[k] = static_cast<std::uint8_t>(
      nearest(v_limit, v_top > 0 ? v[k] / v_top : 0.0f));
  }
  if (whole) {
    for (auto part = 0; part < own / 4; ++part)
      reinterpret_cast<float4*>(x.p + begin)[part] = make_float4(
        p[4 * part], p[4 * part + 1], p[4 * part + 2], p[4 * part + 3]);
    pack<std::uint8_t, own> ms, vs;
    for (auto k = 0; k < own; ++k)
      ms.at[k] = mc[k], vs.at[k] = vc[k];
    *reinterpret_cast<pack<std::uint8_t, own>*>(x.m + begin) = ms;
    *reinterpret_cast<pack<std::uint8_t, own>*>(x.v + begin) = vs;
    return;
  }
  for (auto k = 0; k < own && begin + k < x.size; ++k) {
    x.p[begin + k] = p[k];
    x.m[begin + k] = mc[k];
    x.v[begin + k] = vc[k];
  }
}

} // namespace

status adamw32(void* stream, const adamw32_tensor& x, const adamw_factors& f) {
  if (x.size == 0)
    return ok;
  step32<<<blocks_for(x.size, threads), threads, 0, stream_of(stream)>>>(x, f);
  return launched("adamw32");
}

status adamw8(void* stream, const adamw8_tensor& x, const adamw_factors& f) {
  if (x.size == 0)
    return ok;
  const auto warps = adamw8_blocks(x.size);
  const auto aligned = movable<float>(0, {x.p, x.g})
                       && reinterpret_cast<std::uintptr_t>(x.m) % 8 == 0
                       && reinterpret_cast<std::uintptr_t>(x.v) % 8 == 0;
  step8<<<blocks_for(warps * 32, threads), threads, 0, stream_of(stream)>>>(
    x, f, aligned);
  return launched("adamw8");
}

} // namespace aura::ops::device::cuda
