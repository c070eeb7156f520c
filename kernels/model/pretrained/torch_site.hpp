#pragma once

#include "kernels/model/pretrained/torch_headers.hpp"
#include "kernels/ops/device/place.hpp"

#include <string>

/// What the files that include libtorch share.
namespace aura::model {

/// Where a tuner computes, and in which numbers.
struct torch_site {
  at::Device device{at::kCPU};
  at::ScalarType number = at::kFloat;

  /// The device's current stream.
  ops::device::place place() const;

  at::TensorOptions numbers() const {
    return at::TensorOptions{}.device(device).dtype(number);
  }

  at::TensorOptions of(at::ScalarType type) const {
    return at::TensorOptions{}.device(device).dtype(type);
  }
};

/// `name` as a device that this build and this machine can compute on, made
/// ready to give the same bytes each time. Process-wide: one thread of
/// libtorch's, and on CUDA its deterministic algorithms.
expected<torch_site> open_site(const std::string& name);

/// One of the two dynamic maps, on the device.
at::Tensor dynamic_map_on(bool with_sign, const torch_site& site);

/// Most bytes that its allocator has held; 0 on the CPU.
std::size_t peak_bytes(const torch_site& site);

inline std::int64_t wide(std::size_t x) {
  return static_cast<std::int64_t>(x);
}

/// Throws what libtorch would: for use below a function that catches that.
inline void must(const status& x) {
  TORCH_CHECK(x.has_value(), x.has_value() ? "" : x.error().message);
}

inline ops::device::array array_of(const at::Tensor& x) {
  return {x.data_ptr(), x.scalar_type() == at::kBFloat16
                          ? ops::device::number::bf16
                          : ops::device::number::f32};
}

} // namespace aura::model
