#include "kernels/ops/device/kernel.cuh"
#include "kernels/ops/device/rms_norm.hpp"

namespace aura::ops::device::cuda {

namespace {

/// A block a row: its second reading comes out of the cache.
template <class T, int N>
__global__ void forward(const T* x, const float* w, T* y, float* scale,
                        std::size_t width, float epsilon) {
  __shared__ float room[32];
  using packed = pack<T, N>;
  const auto* row = reinterpret_cast<const packed*>(x + blockIdx.x * width);
  auto* out = reinterpret_cast<packed*>(y + blockIdx.x * width);
  auto sum = 0.0f;
  for (std::size_t j = threadIdx.x; j < width / N; j += blockDim.x) {
    const auto values = row[j];
    for (auto k = 0; k < N; ++k)
      sum += load(values.at[k]) * load(values.at[k]);
  }
  sum = among_block(sum, room, 0, add{});
  const auto factor = rsqrtf(sum / static_cast<float>(width) + epsilon);
  if (threadIdx.x == 0)
    scale[blockIdx.x] = factor;
  for (std::size_t j = threadIdx.x; j < width / N; j += blockDim.x) {
    const auto values = row[j];
    packed result;
    for (auto k = 0; k < N; ++k)
      store(result.at[k],
            w[j * N + k] * rounded<T>(load(values.at[k]) * factor));
    out[j] = result;
  }
}

template <class T, int N>
__global__ void backward(const T* dy, const T* x, const float* w,
                         const float* scale, T* dx, std::size_t width) {
  __shared__ float room[32];
  using packed = pack<T, N>;
  const auto begin = blockIdx.x * width;
  const auto* slopes = reinterpret_cast<const packed*>(dy + begin);
  const auto* row = reinterpret_cast<const packed*>(x + begin);
  auto* out = reinterpret_cast<packed*>(dx + begin);
  const auto factor = scale[blockIdx.x];
  auto sum = 0.0f;
  for (std::size_t j = threadIdx.x; j < width / N; j += blockDim.x) {
    const auto slope = slopes[j];
    const auto values = row[j];
    for (auto k = 0; k < N; ++k)
      sum += load(slope.at[k]) * w[j * N + k] * load(values.at[k]) * factor;
  }
  const auto mean
    = among_block(sum, room, 0, add{}) / static_cast<float>(width);
  for (std::size_t j = threadIdx.x; j < width / N; j += blockDim.x) {
    const auto slope = slopes[j];
    const auto values = row[j];
    packed result;
    for (auto k = 0; k < N; ++k)
      store(result.at[k], factor
                            * (load(slope.at[k]) * w[j * N + k]
                               - load(values.at[k]) * factor * mean));
    out[j] = result;
  }
}

} // namespace

status rms_norm(void* stream, const_array x, const float* w, array y,
                float* scale, rms_shape shape, float epsilon) {
  if (shape.rows == 0)
    return ok;
  with_lanes(x.form, shape.width, {x.data, y.data}, [&](auto* type, auto n) {
    using T = std::remove_pointer_t<decltype(type)>;
    const auto threads = threads_for(shape.width / n(), 512);
    forward<T, n()>
      <<<static_cast<unsigned>(shape.rows), threads, 0, stream_of(stream)>>>(
        static_cast<const T*>(x.data), w, static_cast<T*>(y.data), scale,
        shape.width, epsilon);
  });
  return launched("rms_norm");
}

status rms_norm_back(void* stream, const_array dy, const_array x,
                     const float* w, const float* scale, array dx,
                     rms_shape shape) {
  if (shape.rows == 0)
    return ok;
  with_lanes(
    x.form, shape.width, {x.data, dy.data, dx.data}, [&](auto* type, auto n) {
      using T = std::remove_pointer_t<decltype(type)>;
      const auto threads = threads_for(shape.width / n(), 512);
      backward<T, n()>
        <<<static_cast<unsigned>(shape.rows), threads, 0, stream_of(stream)>>>(
          static_cast<const T*>(dy.data), static_cast<const T*>(x.data), w,
          scale, static_cast<T*>(dx.data), shape.width);
    });
  return launched("rms_norm_back");
}

} // namespace aura::ops::device::cuda
