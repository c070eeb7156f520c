#pragma once

#include "kernels/base/expected.hpp"

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

namespace aura::model {

/// A file in the address space, read-only, until the last owner is gone. Its
/// bytes take memory as they are touched, and give it back under pressure.
struct mapped_file {
  std::span<const std::byte> bytes;
  std::shared_ptr<const void> owner;
};

/// Fails with `missing_file`, with `damaged_file` if it is empty or no regular
/// file, or with `io_error`.
expected<mapped_file> map_file(const std::filesystem::path& file);

} // namespace aura::model
