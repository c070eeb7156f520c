#pragma once

#include "kernels/base/expected.hpp"

#include <sqlite3.h>

#include <filesystem>
#include <memory>
#include <string_view>

/// What the sources of this room share. Not for other rooms: it includes
/// SQLite.
namespace aura::sql {

struct close_handle {
  void operator()(sqlite3* x) const noexcept {
    sqlite3_close_v2(x);
  }
};

struct finalize_statement {
  void operator()(sqlite3_stmt* x) const noexcept {
    sqlite3_finalize(x);
  }
};

using handle = std::unique_ptr<sqlite3, close_handle>;
using statement = std::unique_ptr<sqlite3_stmt, finalize_statement>;

/// Configures SQLite once per process: no shared mutexes, our allocator, our
/// file systems. Fails with `internal` if somebody has used SQLite before.
status initialise();

/// Opens a file without locks and without any means to write. Fails with
/// `missing_file`, `io_error`.
expected<handle> open_file(const std::filesystem::path& file);

/// Opens an empty connection whose content `show` sets.
expected<handle> open_window();

/// Lets a connection of `open_window` see `image`, which must outlive it.
/// @pre no statement of the connection is running
void show(sqlite3* db, std::string_view image);

/// Switches off what untrusted SQL or an untrusted schema could use, reads
/// every switch back, and fails with `internal` if one did not move.
status harden(sqlite3* db, bool views);

/// Opens a writable database in memory.
expected<handle> open_memory();

/// What happened, from the last error of `db`.
fault to_fault(sqlite3* db, int code);

/// Compiles one statement of our own. Fails as `to_fault` says.
expected<statement> prepare(sqlite3* db, std::string_view sql);

/// Runs our own statements, ignoring what they return.
status execute(sqlite3* db, const char* sql);

} // namespace aura::sql
