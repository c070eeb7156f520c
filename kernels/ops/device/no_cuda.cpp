#include "kernels/ops/device/adamw.hpp"
#include "kernels/ops/device/cross_entropy.hpp"
#include "kernels/ops/device/dropout.hpp"
#include "kernels/ops/device/memory.hpp"
#include "kernels/ops/device/nf4.hpp"
#include "kernels/ops/device/rms_norm.hpp"
#include "kernels/ops/device/rope.hpp"
#include "kernels/ops/device/swiglu.hpp"

// Stands where the .cu files would, in a build without them.
namespace aura::ops::device::cuda {

status rms_norm(void*, const_array, const float*, array, float*, rms_shape,
                float) {
  return no_cuda("rms_norm");
}

status rms_norm_back(void*, const_array, const_array, const float*,
                     const float*, array, rms_shape) {
  return no_cuda("rms_norm_back");
}

status rope(void*, array, const float*, const float*, const std::int32_t*,
            rope_shape, float) {
  return no_cuda("rope");
}

status swiglu(void*, const_array, array, swiglu_shape) {
  return no_cuda("swiglu");
}

status swiglu_back(void*, const_array, const_array, array, swiglu_shape) {
  return no_cuda("swiglu_back");
}

status cross_entropy(void*, array, const std::int32_t*, float*, std::uint8_t*,
                     entropy_shape, float) {
  return no_cuda("cross_entropy");
}

status dropout(void*, const_array, array, std::size_t, drop_rule) {
  return no_cuda("dropout");
}

status quantise_nf4(void*, const_array, std::size_t, std::uint8_t*, float*) {
  return no_cuda("quantise_nf4");
}

status dequantise_nf4(void*, const std::uint8_t*, const nf4_scales&,
                      std::size_t, array) {
  return no_cuda("dequantise_nf4");
}

status adamw32(void*, const adamw32_tensor&, const adamw_factors&) {
  return no_cuda("adamw32");
}

status adamw8(void*, const adamw8_tensor&, const adamw_factors&) {
  return no_cuda("adamw8");
}

bool available() {
  return false;
}

void* allocate(std::size_t) {
  return nullptr;
}

void release(void*) {
}

status copy(void*, const void*, std::size_t, direction) {
  return no_cuda("copy");
}

status synchronise() {
  return no_cuda("synchronise");
}

} // namespace aura::ops::device::cuda
