#pragma once

#include "kernels/base/expected.hpp"

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aura::model {

/// Bytes that a value of `F32`, `BF16`, … takes; 0 if there is no such type.
std::size_t element_size(std::string_view type);

/// A tensor to be written: `shape` may be empty for a scalar.
struct tensor_view {
  std::string name;
  std::vector<std::size_t> shape;
  std::span<const float> values;
};

/// Writes `tensors` as F32 in the given order: beside the target first, then
/// renamed over it. Fails with `io_error`.
/// @pre the product of each shape is the number of its values
status write_safetensors(const std::filesystem::path& file,
                         const std::vector<tensor_view>& tensors);

/// A tensor as the header of a file declares it.
struct tensor_entry {
  std::string name;
  /// `F32`, `BF16`, …
  std::string type;
  std::vector<std::size_t> shape;
  /// Bytes of the file after its header, end exclusive.
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// A safetensors file, mapped read-only. Immutable, hence safe to read from any
/// thread.
class safetensors {
public:
  /// Checks the whole header before any tensor can be asked for: its length (at
  /// most 100 MB), every field, known types, shapes whose product is the length
  /// of the range, and ranges that cover the rest of the file without hole or
  /// overlap. Anything else is refused with `damaged_file`, naming the tensor.
  static expected<safetensors> open(const std::filesystem::path& file);

  /// The same of bytes that are in memory already; `name` begins messages.
  static expected<safetensors> read(std::span<const std::byte> bytes,
                                    std::shared_ptr<const void> owner,
                                    const std::string& name);

  const std::vector<tensor_entry>& entries() const noexcept {
    return entries_;
  }

  /// Where the tensor `x` of this file is mapped, as long as owner() lives.
  std::span<const std::byte> bytes(const tensor_entry& x) const noexcept {
    return bytes_.subspan(data_ + x.begin, x.end - x.begin);
  }

  std::shared_ptr<const void> owner() const noexcept {
    return owner_;
  }

  /// The values of the F32 tensor `name`. Fails with `invalid_model`, expected
  /// and found, if it is missing, of another type, or of another shape.
  expected<std::vector<float>>
  read(std::string_view name, const std::vector<std::size_t>& shape) const;

private:
  std::shared_ptr<const void> owner_;
  std::span<const std::byte> bytes_;
  std::size_t data_ = 0;
  std::vector<tensor_entry> entries_;
};

} // namespace aura::model
