#pragma once

#include "kernels/model/pretrained/weights.hpp"
#include "kernels/model/safetensors.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace aura::model {

/// A tensor as a file declares it, its bytes mapped.
struct stored_tensor {
  /// `BF16`, `U8`, `Q4_K`, …
  std::string type;
  std::vector<std::size_t> shape;
  std::span<const std::byte> bytes;
  std::shared_ptr<const void> owner;
};

/// By name.
using stored_tensors = std::map<std::string, stored_tensor, std::less<>>;

/// Adds the tensors of a file.
void add(const safetensors& file, stored_tensors& out);

/// `[5120, 5120]`.
std::string print_shape(const std::vector<std::size_t>& shape);

/// Which file each tensor should be in, by an index in JSON. Fails with
/// `damaged_file` if a tensor is in no safetensors file beside the index.
expected<std::map<std::string, std::string>>
read_tensor_index(std::string_view text);

/// Maps `model.safetensors`, or the files that `model.safetensors.index.json`
/// lists. Fails with `missing_file` or `damaged_file`: also if the index names
/// a file outside the folder, or if files and index list different tensors.
expected<stored_tensors> open_tensor_files(const std::filesystem::path& folder);

} // namespace aura::model
