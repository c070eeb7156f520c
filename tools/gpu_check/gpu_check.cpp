#include "tools/gpu_check/checks.hpp"

#include "kernels/ops/device/memory.hpp"

#include <cstdio>
#include <string_view>

int main(int count, char** arguments) {
  using namespace aura;
  check_options options;
  auto kernels = false, phi4 = false, small = false;
  for (auto i = 1; i < count; ++i) {
    const std::string_view x = arguments[i];
    options.tiny = options.tiny || x == "--tiny";
    kernels = kernels || x == "kernels";
    phi4 = phi4 || x == "phi4";
    small = small || x == "small";
  }
  const auto all = !kernels && !phi4 && !small;
  options.where.cuda = ops::device::cuda::available();
  if (!options.where.cuda && !options.tiny) {
    std::fprintf(stderr, "gpu_check: no CUDA device, or built without nvcc; "
                         "--tiny runs on the CPU\n");
    return 1;
  }
  std::printf("on %s\n", options.where.cuda ? "cuda:0" : "the CPU");
  auto good = true;
  if (all || kernels)
    good = check_kernels(options) && good;
  if (all || phi4)
    good = check_phi4(options) && good;
  if (all || small)
    good = check_small(options) && good;
  std::printf("%s\n", good ? "all as it should be" : "SOMETHING IS WRONG");
  return good ? 0 : 1;
}
