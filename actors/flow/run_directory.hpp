#pragma once

#include "kernels/base/expected.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace aura::flow {

/// What identifies a run, and what is written about it before it begins.
struct run_identity {
  std::string name;
  /// The configuration with every option, as YAML. Holds no secret.
  std::string resolved;
  std::vector<std::string> overrides;
  /// SHA-256 over all that decides results: options, seed, input files, code.
  std::string hash;
  /// `lock.json`.
  std::string lock;
};

/// Where a run puts its files: `runs/<name>/<time>-<hash8>/`.
class run_directory {
public:
  run_directory() = default;
  run_directory(run_directory&&) noexcept;
  run_directory& operator=(run_directory&&) noexcept;
  ~run_directory(); // gives the lock back

  /// Finds the folder of an unfinished run with the same hash, or makes a new
  /// one. `explicit_path` names the folder itself; there a run with another
  /// hash is refused with `invalid_option` and the lines that differ. `time`
  /// (`20240131-080000`) names a new folder. Fails with `io_error`,
  /// `disk_full`, or `io_error` if another process works there.
  static expected<run_directory>
  open(const std::filesystem::path& base, const run_identity& identity,
       const std::filesystem::path& explicit_path, const std::string& time,
       bool fresh);

  const std::filesystem::path& path() const {
    return path_;
  }

  /// Whether an earlier run left something here.
  bool resumed() const {
    return resumed_;
  }

private:
  std::filesystem::path path_;
  bool resumed_ = false;
  int lock_ = -1;
};

/// The folders of all runs of one pipeline, the newest first. `folder` is the
/// one that they lie in, `runs/<name>`.
std::vector<std::filesystem::path>
list_runs(const std::filesystem::path& folder);

/// The lines that two texts do not share, as `-old` and `+new`.
std::string line_difference(const std::string& before,
                            const std::string& after);

} // namespace aura::flow
