#pragma once

#include "kernels/model/pretrained/tensor_files.hpp"

namespace aura::model {

/// The weights of a decoder out of the tensors of a checkpoint, which share
/// their bytes. Fails with `invalid_model` and tensor, expected and found if
/// one is missing, too many, of another shape, or of a type that holds no
/// weights.
expected<model_weights> assemble(const architecture& shape,
                                 const stored_tensors& tensors);

} // namespace aura::model
