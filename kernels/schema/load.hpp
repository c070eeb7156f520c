#pragma once

#include "kernels/base/expected.hpp"
#include "kernels/schema/schema.hpp"

#include <filesystem>
#include <string_view>

namespace aura::schema {

/// Reads a schema file. Fails with `missing_file`, `io_error`, or as `parse`.
expected<schema> load(const std::filesystem::path& file);

/// Reads a schema from YAML text. Whatever contradicts itself, and every key
/// that nobody asked for, is refused with `invalid_schema` and its place:
/// `shop.yaml:12:5: …`.
expected<schema> parse(std::string_view yaml, std::string_view file_name);

} // namespace aura::schema
