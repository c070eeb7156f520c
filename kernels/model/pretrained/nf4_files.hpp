#pragma once

#include "kernels/model/pretrained/tensor_files.hpp"

namespace aura::model {

/// Whether the tensor `name` was quantised to NF4 by bitsandbytes: then its
/// scales are tensors beside it.
bool is_nf4(const std::string& name, const stored_tensors& tensors);

/// The name that a tensor of scales belongs to, such as
/// `model.layers.0.mlp.down_proj.weight` of `….weight.absmax`; empty for
/// others.
std::string_view scaled_by(std::string_view name);

/// Puts codes and scales of one tensor together. Fails with `invalid_model` or
/// `unsupported`, naming the tensor, what was expected and found.
expected<weight> take_nf4(const tensor_plan& plan,
                          const stored_tensors& tensors);

} // namespace aura::model
