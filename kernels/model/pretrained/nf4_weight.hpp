#pragma once

#include "kernels/model/pretrained/crew.hpp"
#include "kernels/model/pretrained/weights.hpp"

namespace aura::model {

/// `x` in NF4 with doubly quantised scales, as bitsandbytes would store it. A
/// matrix that is NF4 already is returned as it is.
weight as_nf4(const weight& x, crew& workers);

/// `x` with every linear layer in NF4; embedding, norms, biases and head stay.
model_weights as_nf4(model_weights x, crew& workers);

} // namespace aura::model
