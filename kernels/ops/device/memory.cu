#include "kernels/ops/device/kernel.cuh"
#include "kernels/ops/device/memory.hpp"

namespace aura::ops::device::cuda {

bool available() {
  auto count = 0;
  return cudaGetDeviceCount(&count) == cudaSuccess && count > 0;
}

void* allocate(std::size_t bytes) {
  void* result = nullptr;
  return cudaMalloc(&result, bytes) == cudaSuccess ? result : nullptr;
}

void release(void* memory) {
  cudaFree(memory);
}

status copy(void* to, const void* from, std::size_t bytes, direction way) {
  const auto kind = way == direction::up     ? cudaMemcpyHostToDevice
                    : way == direction::down ? cudaMemcpyDeviceToHost
                                             : cudaMemcpyDeviceToDevice;
  if (const auto found = cudaMemcpy(to, from, bytes, kind);
      found != cudaSuccess)
    return fault{errc::internal,
                 std::string{"copy: "} + cudaGetErrorString(found)};
  return ok;
}

status synchronise() {
  if (const auto found = cudaDeviceSynchronize(); found != cudaSuccess)
    return fault{errc::internal,
                 std::string{"synchronise: "} + cudaGetErrorString(found)};
  return ok;
}

} // namespace aura::ops::device::cuda
