#include "kernels/ops/device/dropout.hpp"
#include "kernels/ops/device/kernel.cuh"

namespace aura::ops::device::cuda {

namespace {

template <class T, int N>
__global__ void drop(const T* x, T* y, std::size_t groups, drop_rule rule) {
  using packed = pack<T, N>;
  const auto i
    = static_cast<std::size_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i >= groups)
    return;
  auto values = reinterpret_cast<const packed*>(x)[i];
  for (auto k = 0; k < N; ++k)
    store(values.at[k], kept(rule.key, i * N + k, rule.threshold)
                          ? load(values.at[k]) * rule.factor
                          : 0.0f);
  reinterpret_cast<packed*>(y)[i] = values;
}

} // namespace

status dropout(void* stream, const_array x, array y, std::size_t size,
               drop_rule rule) {
  if (size == 0)
    return ok;
  with_lanes(x.form, size, {x.data, y.data}, [&](auto* type, auto n) {
    using T = std::remove_pointer_t<decltype(type)>;
    constexpr unsigned threads = 256;
    drop<T, n()>
      <<<blocks_for(size / n(), threads), threads, 0, stream_of(stream)>>>(
        static_cast<const T*>(x.data), static_cast<T*>(y.data), size / n(),
        rule);
  });
  return launched("dropout");
}

} // namespace aura::ops::device::cuda
