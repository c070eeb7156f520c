#pragma once

#include "kernels/base/expected.hpp"
#include "kernels/schema/schema.hpp"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string_view>

namespace aura::schema {

/// Reads a schema file. Fails with `missing_file`, `io_error`, or as `parse`.
expected<schema> load(const std::filesystem::path& file);

/// Reads a schema from YAML text. Whatever contradicts itself, and every key
/// that nobody asked for, is refused with `invalid_schema` and its place:
/// `shop.yaml:12:5: …`.
expected<schema> parse(std::string_view yaml, std::string_view file_name);

/// Bytes of a file.
struct text_range {
  std::size_t offset = 0;
  std::size_t size = 0;
};

/// Where the schema in `yaml` declares a table, or, with an `entry`, one of its
/// `section`: `columns` or `relations`. Nothing if it does not.
std::optional<text_range> locate(std::string_view yaml, std::string_view table,
                                 std::string_view entry,
                                 std::string_view section);

} // namespace aura::schema
