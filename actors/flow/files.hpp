#pragma once

#include "kernels/base/expected.hpp"
#include "kernels/base/hash.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace aura::flow {

/// The reason in `errno` as a fault: `cannot write '/x': No space left on
/// device`. Code `disk_full` if that is what it is, else `io_error`.
fault system_fault(const std::string& what, const std::filesystem::path& file);

/// A file that appears whole or not at all: written beside its place, synced,
/// and renamed by `commit`. Without `commit` nothing is left behind.
class new_file {
public:
  explicit new_file(std::filesystem::path target);
  new_file(const new_file&) = delete;
  new_file& operator=(const new_file&) = delete;
  ~new_file(); // removes what was not committed

  /// Errors are kept and come out of `commit`.
  void write(std::string_view bytes);

  /// Fails with `disk_full` or `io_error`; then the old file still stands.
  status commit();

  /// The SHA-256 of all that was written. @pre commit() succeeded
  const std::string& digest() const {
    return digest_;
  }

private:
  void flush();

  std::filesystem::path target_;
  std::filesystem::path temporary_;
  int descriptor_ = -1;
  std::string buffer_;
  sha256 hash_;
  std::string digest_;
  fault failure_;
};

/// Replaces a file in one step.
status write_file(const std::filesystem::path& target, std::string_view bytes);

/// Copies a file, and puts the copy in its place in one step. Fails with
/// `disk_full` or `io_error`.
status copy_file(const std::filesystem::path& from,
                 const std::filesystem::path& to);

/// Reads a whole file. Fails with `missing_file` or `io_error`.
expected<std::string> read_file(const std::filesystem::path& file);

/// Creates a folder with all above it. Fails with `disk_full` or `io_error`.
status make_folder(const std::filesystem::path& folder);

/// The SHA-256 of a file's content, in hexadecimal.
expected<std::string> file_digest(const std::filesystem::path& file);

} // namespace aura::flow
