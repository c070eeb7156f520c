#include "kernels/model/torch_decoder.hpp"

#include <dlfcn.h>
#include <filesystem>

namespace aura::model {

namespace {

/// Beside the program, or where it was built. Never closed: libtorch does not
/// survive that.
void* open_library(std::string& reason) {
  std::error_code unknown;
  const auto program
    = std::filesystem::read_symlink("/proc/self/exe", unknown).parent_path();
  for (const auto& file :
       {program / "aura_torch.so", std::filesystem::path{AURA_TORCH_LIBRARY}}) {
    if (auto* library = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL))
      return library;
    reason = ::dlerror();
  }
  return nullptr;
}

} // namespace

expected<std::unique_ptr<engine>>
make_torch_decoder(const decoder_shape& shape, const std::string& device) {
  std::string reason;
  auto* library = open_library(reason);
  if (library == nullptr)
    return fault{errc::unsupported, "cannot load libtorch: " + reason};
  auto* make = reinterpret_cast<decltype(&aura_torch_decoder)>(
    ::dlsym(library, "aura_torch_decoder"));
  if (make == nullptr)
    return fault{errc::unsupported, "aura_torch.so is of another version"};
  if (auto* made = make(&shape, device.c_str(), &reason))
    return std::unique_ptr<engine>{made};
  return fault{errc::unsupported, reason};
}

} // namespace aura::model
