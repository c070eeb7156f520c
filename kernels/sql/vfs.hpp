#pragma once

#include <sqlite3.h>

#include <string_view>

namespace aura::sql {

/// The file system of connections to images: one read-only file, whose bytes
/// lie in memory, and neither journals nor a clock.
inline constexpr const char* image_system = "aura-image";

/// The file system of connections to files: the default without its clock, so
/// that `date('now')` is NULL.
inline constexpr const char* disk_system = "aura-disk";

/// Registers both. Returns a result code of SQLite. @pre called once
int register_file_systems();

/// The operation of `sqlite3_file_control` that takes a `std::string_view*`
/// with the bytes to read from now on.
inline constexpr int show_image = 0x61757261;

} // namespace aura::sql
