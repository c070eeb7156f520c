#include "kernels/ops/device/kernel.cuh"
#include "kernels/ops/device/rope.hpp"

namespace aura::ops::device::cuda {

namespace {

/// A block a row; a thread turns N neighbouring pairs of one head after
/// another.
template <class T, int N>
__global__ void turn(T* x, const float* cosine, const float* sine,
                     const std::int32_t* positions, rope_shape shape,
                     float direction) {
  using packed = pack<T, N>;
  const auto half = shape.head_size / 2;
  const auto groups = half / N;
  auto* row = x + blockIdx.x * shape.stride;
  const auto angle = static_cast<std::size_t>(positions[blockIdx.x]) * half;
  for (std::size_t i = threadIdx.x; i < shape.heads * groups; i += blockDim.x) {
    const auto j = i % groups * N;
    auto* low
      = reinterpret_cast<packed*>(row + i / groups * shape.head_size + j);
    auto* high = reinterpret_cast<packed*>(row + i / groups * shape.head_size
                                           + half + j);
    auto a = *low, b = *high;
    for (auto k = 0; k < N; ++k) {
      const auto c = cosine[angle + j + k];
      const auto s = direction * sine[angle + j + k];
      const auto first = load(a.at[k]), second = load(b.at[k]);
      store(a.at[k], first * c - second * s);
      store(b.at[k], second * c + first * s);
    }
    *low = a;
    *high = b;
  }
}

} // namespace

status rope(void* stream, array x, const float* cosine, const float* sine,
            const std::int32_t* positions, rope_shape shape, float direction) {
  if (shape.rows == 0 || shape.heads == 0)
    return ok;
  const auto half = shape.head_size / 2;
  // Rows must begin where packs may, as halves do.
  const auto grain = shape.stride % (16 / bytes_of(x.form)) == 0 ? half : 1;
  with_lanes(x.form, grain, {x.data}, [&](auto* type, auto n) {
    using T = std::remove_pointer_t<decltype(type)>;
    const auto threads = threads_for(shape.heads * half / n(), 512);
    turn<T, n()>
      <<<static_cast<unsigned>(shape.rows), threads, 0, stream_of(stream)>>>(
        static_cast<T*>(x.data), cosine, sine, positions, shape, direction);
  });
  return launched("rope");
}

} // namespace aura::ops::device::cuda
