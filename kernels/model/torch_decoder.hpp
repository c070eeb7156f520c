#pragma once

#include "kernels/model/engine.hpp"

#include <memory>
#include <string>

namespace aura::model {

/// The decoder in libtorch's operators, differentiated by libtorch. Parameters
/// on the CPU are tensors over the caller's buffer, without a copy; another
/// device gets a copy each time. Computes with one thread of libtorch's for the
/// whole process: its results then do not depend on the machine's load.
/// Fails with `unsupported` if there is no such device here.
expected<std::unique_ptr<engine>> make_torch_decoder(const decoder_shape& shape,
                                                     const std::string& device);

} // namespace aura::model
