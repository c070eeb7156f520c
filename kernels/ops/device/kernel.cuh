#pragma once

#include "kernels/ops/device/place.hpp"

#include <algorithm>
#include <cuda_bf16.h>
#include <cuda_runtime.h>

/// What the kernels share. A thread moves 16 bytes at a time where rows allow
/// it, and single numbers where they do not.
namespace aura::ops::device::cuda {

constexpr unsigned whole_warp = 0xffffffffu;

__device__ inline float load(float x) {
  return x;
}

__device__ inline float load(__nv_bfloat16 x) {
  return __bfloat162float(x);
}

__device__ inline void store(float& out, float x) {
  out = x;
}

__device__ inline void store(__nv_bfloat16& out, float x) {
  out = __float2bfloat16_rn(x);
}

template <class T>
__device__ float rounded(float x) {
  T held;
  store(held, x);
  return load(held);
}

/// N numbers side by side, moved at once.
template <class T, int N>
struct alignas(sizeof(T) * N) pack {
  T at[N];
};

/// Numbers of T in 16 bytes.
template <class T>
constexpr int lanes = 16 / sizeof(T);

struct add {
  __device__ float operator()(float a, float b) const {
    return a + b;
  }
};

struct greater {
  __device__ float operator()(float a, float b) const {
    return fmaxf(a, b);
  }
};

/// `f` over all `Width` neighbours of a warp, in every one of them.
template <int Width, class F>
__device__ float among(float x, F f) {
  for (auto distance = Width / 2; distance > 0; distance /= 2)
    x = f(x, __shfl_xor_sync(whole_warp, x, distance, Width));
  return x;
}

/// `f` over all threads of a block, in every one of them. `room` is 32 floats
/// of shared memory. The order does not depend on timing.
template <class F>
__device__ float among_block(float x, float* room, float identity, F f) {
  x = among<32>(x, f);
  const auto lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  const auto warps = (blockDim.x + 31) / 32;
  // What the last call left has been read by all.
  __syncthreads();
  if (lane == 0)
    room[warp] = x;
  __syncthreads();
  return among<32>(lane < warps ? room[lane] : identity, f);
}

/// Whether rows of `width` numbers of T at `data` may be moved 16 bytes at a
/// time.
template <class T>
bool movable(std::size_t width, std::initializer_list<const void*> data) {
  auto result = width % lanes<T> == 0;
  for (const auto* x : data)
    result = result && reinterpret_cast<std::uintptr_t>(x) % 16 == 0;
  return result;
}

/// Calls `f` with a null pointer of the device's type of `form`, and the number
/// of lanes as a constant: those of 16 bytes, or one.
template <class F>
void with_lanes(number form, std::size_t width,
                std::initializer_list<const void*> data, F f) {
  const auto call = [&](auto* type) {
    using T = std::remove_pointer_t<decltype(type)>;
    if (movable<T>(width, data))
      f(type, std::integral_constant<int, lanes<T>>{});
    else
      f(type, std::integral_constant<int, 1>{});
  };
  if (form == number::bf16)
    call(static_cast<__nv_bfloat16*>(nullptr));
  else
    call(static_cast<float*>(nullptr));
}

/// Blocks of `threads` for `work` items, one each.
inline unsigned blocks_for(std::size_t work, unsigned threads) {
  return static_cast<unsigned>((work + threads - 1) / threads);
}

/// A multiple of 32 threads that a row of `work` items keeps busy.
inline unsigned threads_for(std::size_t work, unsigned most) {
  const auto wanted = (work + 31) / 32 * 32;
  return static_cast<unsigned>(std::clamp<std::size_t>(wanted, 32, most));
}

/// What the last launch came to.
inline status launched(const char* kernel) {
  const auto found = cudaGetLastError();
  if (found == cudaSuccess)
    return ok;
  return fault{errc::internal,
               std::string{kernel} + ": " + cudaGetErrorString(found)};
}

inline cudaStream_t stream_of(void* stream) {
  return static_cast<cudaStream_t>(stream);
}

} // namespace aura::ops::device::cuda
