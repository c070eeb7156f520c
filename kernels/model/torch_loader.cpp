#include "kernels/model/pretrained/torch_tuner.hpp"
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

/// What the library exports as `name`.
template <class Function>
expected<Function*> exported(const char* name) {
  std::string reason;
  auto* library = open_library(reason);
  if (library == nullptr)
    return fault{errc::unsupported, "cannot load libtorch: " + reason};
  auto* found = reinterpret_cast<Function*>(::dlsym(library, name));
  if (found == nullptr)
    return fault{errc::unsupported, "aura_torch.so is of another version"};
  return found;
}

} // namespace

expected<std::unique_ptr<engine>>
make_torch_decoder(const decoder_shape& shape, const std::string& device) {
  const auto make
    = exported<decltype(aura_torch_decoder)>("aura_torch_decoder");
  if (!make)
    return make.error();
  std::string reason;
  if (auto* made = (*make)(&shape, device.c_str(), &reason))
    return std::unique_ptr<engine>{made};
  return fault{errc::unsupported, reason};
}

expected<std::unique_ptr<tuner>>
make_torch_tuner(const model_weights& weights, const tuner_options& options) {
  const auto layout = lay_out(weights.shape, options.lora);
  if (!layout)
    return layout.error();
  const auto make = exported<decltype(aura_torch_tuner)>("aura_torch_tuner");
  if (!make)
    return make.error();
  const auto initial = initial_trainables(weights, *layout, options.seed);
  const torch_tuner_request request{
    &weights,   &options, &*layout, &initial, scale_of(options.lora),
    decode_rows};
  fault reason;
  if (auto* made = (*make)(&request, &reason))
    return std::unique_ptr<tuner>{made};
  return reason;
}

} // namespace aura::model
