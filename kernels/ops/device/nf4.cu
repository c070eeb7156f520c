#include "kernels/ops/device/kernel.cuh"
#include "kernels/ops/device/nf4.hpp"
#include "kernels/ops/nf4.hpp"

namespace aura::ops::device::cuda {

namespace {

/// Numbers of a thread: eight make one word of codes.
constexpr int own = 8;
constexpr unsigned threads = 256;

/// The values of the codes, and the midpoints between them. The host's table
/// is the only copy of the numbers.
struct code_table {
  float value[16];
  float limit[15];
};

code_table table() {
  code_table result{};
  for (std::size_t i = 0; i < 16; ++i)
    result.value[i] = nf4_codebook[i];
  for (std::size_t i = 0; i < 15; ++i)
    result.limit[i] = (nf4_codebook[i] + nf4_codebook[i + 1]) / 2.0f;
  return result;
}

/// How many midpoints lie below `x`.
__device__ unsigned code_of(float x, const float* limit) {
  unsigned code = 0;
  for (unsigned step = 8; step > 0; step /= 2)
    code += x > limit[code + step - 1] ? step : 0;
  return code;
}

/// Eight threads a block of 64. The last block of an odd end divides, where the
/// others multiply, as bitsandbytes does.
template <class T>
__global__ void quantise(const T* x, std::size_t size, std::uint8_t* codes,
                         float* scales, code_table given, bool movable) {
  __shared__ float limit[16];
  if (threadIdx.x < 15)
    limit[threadIdx.x] = given.limit[threadIdx.x];
  __syncthreads();
  const auto begin
    = (static_cast<std::size_t>(blockIdx.x) * blockDim.x + threadIdx.x) * own;
  float values[own];
  if (movable && begin + own <= size) {
    constexpr auto n = lanes<T>;
    for (auto part = 0; part < own / n; ++part) {
      const auto taken = reinterpret_cast<const pack<T, n>*>(x + begin)[part];
      for (auto k = 0; k < n; ++k)
        values[part * n + k] = load(taken.at[k]);
    }
  } else {
    for (auto k = 0; k < own; ++k)
      values[k] = begin + k < size ? load(x[begin + k]) : 0.0f;
  }
  auto top = 0.0f;
  for (auto k = 0; k < own; ++k)
    top = fmaxf(top, fabsf(values[k]));
  top = among<own>(top, greater{});
  if (begin >= size)
    return;
  const auto whole = begin / nf4_block * nf4_block + nf4_block <= size;
  const auto divisor = fmaxf(top, 1e-38f);
  const auto factor = __frcp_rn(divisor);
  if (begin % nf4_block == 0)
    scales[begin / nf4_block] = whole ? top : divisor;
  unsigned word = 0;
  for (auto k = 0; k < own; ++k) {
    const auto scaled
      = whole ? values[k] * factor : __fdiv_rn(values[k], divisor);
    const auto code = code_of(scaled, limit);
    // The first of a pair is in the high nibble of its byte.
    word |= code << (k / 2 * 8 + (k % 2 == 0 ? 4 : 0));
  }
  if (begin + own <= size && reinterpret_cast<std::uintptr_t>(codes) % 4 == 0) {
    reinterpret_cast<unsigned*>(codes)[begin / own] = word;
    return;
  }
  for (auto k = 0; k < own && begin + k < size; k += 2)
    codes[(begin + k) / 2] = static_cast<std::uint8_t>(word >> (k / 2 * 8));
}

__device__ float scale_at(const nf4_scales& x, std::size_t block) {
  if (x.plain != nullptr)
    return x.plain[block];
  return __fadd_rn(
    __fmul_rn(x.map[x.codes[block]], x.nested[block / nf4_scale_block]),
    x.offset);
}

template <class T>
__global__ void dequantise(const std::uint8_t* codes, nf4_scales scales,
                           std::size_t size, T* out, code_table given,
                           bool movable) {
  __shared__ float value[16];
  if (threadIdx.x < 16)
    value[threadIdx.x] = given.value[threadIdx.x];
  __syncthreads();
  const auto begin
    = (static_cast<std::size_t>(blockIdx.x) * blockDim.x + threadIdx.x) * own;
  if (begin >= size)
    return;
  const auto scale = scale_at(scales, begin / nf4_block);
  const auto number = [&](unsigned word, int k) {
    const auto code = word >> (k / 2 * 8 + (k % 2 == 0 ? 4 : 0)) & 15;
    return rounded<__nv_bfloat16>(value[code] * scale);
  };
  if (movable && begin + own <= size) {
    const auto word = reinterpret_cast<const unsigned*>(codes)[begin / own];
    constexpr auto n = lanes<T>;
    for (auto part = 0; part < own / n; ++part) {
      pack<T, n> result;
      for (auto k = 0; k < n; ++k)
        store(result.at[k], number(word, part * n + k));
      reinterpret_cast<pack<T, n>*>(out + begin)[part] = result;
    }
    return;
  }
  for (auto k = 0; k < own && begin + k < size; ++k)
    store(
      out[begin + k],
      number(static_cast<unsigned>(codes[(begin + k) / 2]) << (k / 2 * 8), k));
}

} // namespace

status quantise_nf4(void* stream, const_array x, std::size_t size,
                    std::uint8_t* codes, float* scales) {
  if (size == 0)
    return ok;
  // Whole blocks of 64, so that all eight threads of the last one take part.
  const auto work = nf4_blocks(size) * (nf4_block / own);
  with_lanes(x.form, 1, {}, [&](auto* type, auto) {
    using T = std::remove_pointer_t<decltype(type)>;
    quantise<<<blocks_for(work, threads), threads, 0, stream_of(stream)>>>(
      static_cast<const T*>(x.data), size, codes, scales, table(),
      movable<T>(0, {x.data}));
  });
  return launched("quantise_nf4");
}

status dequantise_nf4(void* stream, const std::uint8_t* codes,
                      const nf4_scales& scales, std::size_t size, array out) {
  if (size == 0)
    return ok;
  const auto aligned = reinterpret_cast<std::uintptr_t>(codes) % 4 == 0;
  with_lanes(out.form, 1, {}, [&](auto* type, auto) {
    using T = std::remove_pointer_t<decltype(type)>;
    dequantise<<<blocks_for((size + own - 1) / own, threads), threads, 0,
                 stream_of(stream)>>>(codes, scales, size,
                                      static_cast<T*>(out.data), table(),
                                      aligned && movable<T>(0, {out.data}));
  });
  return launched("dequantise_nf4");
}

} // namespace aura::ops::device::cuda
