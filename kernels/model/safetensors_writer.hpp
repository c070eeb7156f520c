#pragma once

#include "kernels/base/expected.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <vector>

namespace aura::model {

/// What a file will hold: `shape` may be empty for a scalar.
struct tensor_header {
  std::string name;
  /// `F32`, `BF16`, `U8`, …
  std::string type;
  std::vector<std::size_t> shape;
};

/// Bytes of the values of `x`. @pre the type is known
std::size_t bytes_of(const tensor_header& x);

/// Writes a safetensors file from front to back, so that no more than a piece
/// of a tensor must be in memory: beside the target first, then renamed over
/// it. A file that was not finished leaves nothing at the target.
class safetensors_writer {
public:
  /// Writes the header. Fails with `io_error`.
  static expected<safetensors_writer>
  begin(const std::filesystem::path& file,
        const std::vector<tensor_header>& tensors);

  /// The next bytes of the tensors, which lie one after another in the order of
  /// the header.
  void append(std::span<const std::byte> bytes);

  /// Fails with `io_error` if anything could not be written.
  /// @pre as many bytes were appended as the header says
  status finish();

private:
  std::filesystem::path file_;
  std::filesystem::path temporary_;
  std::ofstream out_;
  std::size_t missing_ = 0;
};

} // namespace aura::model
