#pragma once

#include "kernels/model/engine.hpp"

#include <memory>
#include <string>

namespace aura::model {

/// The decoder in libtorch's operators, differentiated by libtorch. Parameters
/// on the CPU are tensors over the caller's buffer, without a copy; another
/// device gets a copy each time. Computes with one thread of libtorch's for the
/// whole process: its results then do not depend on the machine's load.
///
/// Lives in a library of its own, `aura_torch.so`, that is loaded here and now:
/// a program that never asks for it starts without libtorch. Fails with
/// `unsupported` if it cannot be loaded, or there is no such device.
expected<std::unique_ptr<engine>> make_torch_decoder(const decoder_shape& shape,
                                                     const std::string& device);

/// What that library exports: null and a reason, or an engine for the caller to
/// delete.
extern "C" engine* aura_torch_decoder(const decoder_shape* shape,
                                      const char* device, std::string* reason);

} // namespace aura::model
