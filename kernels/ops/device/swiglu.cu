#include "kernels/ops/device/kernel.cuh"
#include "kernels/ops/device/swiglu.hpp"

namespace aura::ops::device::cuda {

namespace {

__device__ float sigmoid(float x) {
  return 1 / (1 + expf(-x));
}

template <class T, int N>
__global__ void forward(const T* gate_up, T* h, swiglu_shape shape) {
  using packed = pack<T, N>;
  const auto groups = shape.width / N;
  const auto i
    = static_cast<std::size_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i >= shape.rows * groups)
    return;
  const auto* row
    = reinterpret_cast<const packed*>(gate_up) + i / groups * 2 * groups;
  const auto gate = row[i % groups], up = row[i % groups + groups];
  packed result;
  for (auto k = 0; k < N; ++k) {
    const auto x = load(gate.at[k]);
    store(result.at[k], x * sigmoid(x) * load(up.at[k]));
  }
  reinterpret_cast<packed*>(h)[i] = result;
}

template <class T, int N>
__global__ void backward(const T* gate_up, const T* dh, T* out,
                         swiglu_shape shape) {
  using packed = pack<T, N>;
  const auto groups = shape.width / N;
  const auto i
    = static_cast<std::size_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i >= shape.rows * groups)
    return;
  const auto at = i / groups * 2 * groups + i % groups;
  const auto* rows = reinterpret_cast<const packed*>(gate_up);
  auto gate = rows[at], up = rows[at + groups];
  const auto slope = reinterpret_cast<const packed*>(dh)[i];
  for (auto k = 0; k < N; ++k) {
    const auto x = load(gate.at[k]), y = load(up.at[k]);
    const auto d = load(slope.at[k]);
    const auto s = sigmoid(x);
    store(gate.at[k], d * y * s * (1 + x * (1 - s)));
    store(up.at[k], d * x * s);
  }
  reinterpret_cast<packed*>(out)[at] = gate;
  reinterpret_cast<packed*>(out)[at + groups] = up;
}

constexpr unsigned threads = 256;

} // namespace

status swiglu(void* stream, const_array gate_up, array h, swiglu_shape shape) {
  if (shape.rows * shape.width == 0)
    return ok;
  with_lanes(
    h.form, shape.width, {gate_up.data, h.data}, [&](auto* type, auto n) {
      using T = std::remove_pointer_t<decltype(type)>;
      forward<T, n()><<<blocks_for(shape.rows * shape.width / n(), threads),
                        threads, 0, stream_of(stream)>>>(
        static_cast<const T*>(gate_up.data), static_cast<T*>(h.data), shape);
    });
  return launched("swiglu");
}

status swiglu_back(void* stream, const_array gate_up, const_array dh, array out,
                   swiglu_shape shape) {
  if (shape.rows * shape.width == 0)
    return ok;
  with_lanes(
    dh.form, shape.width, {gate_up.data, dh.data, out.data},
    [&](auto* type, auto n) {
      using T = std::remove_pointer_t<decltype(type)>;
      backward<T, n()><<<blocks_for(shape.rows * shape.width / n(), threads),
                         threads, 0, stream_of(stream)>>>(
        static_cast<const T*>(gate_up.data), static_cast<const T*>(dh.data),
        static_cast<T*>(out.data), shape);
    });
  return launched("swiglu_back");
}

} // namespace aura::ops::device::cuda
