#include "kernels/model/pretrained/torch_site.hpp"

#include "kernels/ops/dynamic_map.hpp"

#ifdef AURA_CUDA
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAFunctions.h>
#include <c10/cuda/CUDAStream.h>
#pragma GCC diagnostic pop

#include <cstdlib>
#endif

namespace aura::model {

ops::device::place torch_site::place() const {
#ifdef AURA_CUDA
  if (device.is_cuda())
    return {true, c10::cuda::getCurrentCUDAStream(device.index()).stream()};
#endif
  return {};
}

at::Tensor dynamic_map_on(bool with_sign, const torch_site& site) {
  auto map = ops::dynamic_map(with_sign);
  return at::from_blob(map.data(), {256}, at::kFloat)
    .to(site.of(at::kFloat), false, true);
}

std::size_t peak_bytes([[maybe_unused]] const torch_site& site) {
#ifdef AURA_CUDA
  if (site.device.is_cuda()) {
    const auto stats
      = c10::cuda::CUDACachingAllocator::getDeviceStats(site.device.index());
    // Entry 0 counts pools of all sizes.
    return static_cast<std::size_t>(stats.reserved_bytes[0].peak);
  }
#endif
  return 0;
}

expected<torch_site> open_site(const std::string& name) {
  torch_site result;
  try {
    result.device = at::Device{name};
  } catch (const std::exception&) {
    return fault{errc::unsupported, "libtorch knows no device '" + name + "'"};
  }
  at::set_num_threads(1);
  if (result.device.is_cpu())
    return result;
#ifdef AURA_CUDA
  const auto devices = c10::cuda::device_count();
  if (result.device.is_cuda() && !result.device.has_index())
    result.device.set_index(0);
  if (result.device.is_cuda() && result.device.index() < devices) {
    // cuBLAS reads it when it is first used.
    ::setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", 0);
    at::globalContext().setDeterministicAlgorithms(true, false);
#if TORCH_VERSION_MAJOR > 2                                                    \
  || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 2)
    at::globalContext().setDeterministicFillUninitializedMemory(false);
#endif
    c10::cuda::set_device(result.device.index());
    result.number = at::kBFloat16;
    return result;
  }
  return fault{errc::unsupported, "libtorch finds no device '" + name + "'"};
#else
  return fault{errc::unsupported, "this build computes on 'cpu' only, found '"
                                    + name
                                    + "': it was configured without nvcc or "
                                      "without a CUDA libtorch"};
#endif
}

} // namespace aura::model
