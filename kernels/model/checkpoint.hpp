#pragma once

#include "kernels/base/expected.hpp"
#include "kernels/model/shape.hpp"

#include <filesystem>
#include <span>
#include <vector>

namespace aura::model {

/// A decoder as it lies in a folder.
struct checkpoint {
  decoder_shape shape;
  /// As lay_out(shape) says.
  std::vector<float> parameters;
};

/// Writes config.json and model.safetensors into `folder`, creating it. Each
/// file is replaced as a whole. Fails with `io_error`.
status save_checkpoint(const std::filesystem::path& folder,
                       const decoder_shape& shape,
                       std::span<const float> parameters);

/// Reads them back. Fails with `missing_file`, `damaged_file`, or
/// `invalid_model` where config and tensors do not fit each other; a tensor
/// that the configuration does not know is refused too.
expected<checkpoint> load_checkpoint(const std::filesystem::path& folder);

} // namespace aura::model
