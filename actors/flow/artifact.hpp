#pragma once

#include "kernels/base/expected.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace aura::flow {

/// What a stage left behind when it was done: the sections it published, and
/// the key of what it was made from. A stage whose key did not change need not
/// run again.
struct artifact {
  std::string key;
  std::map<std::string, std::string> sections;
  /// What the key stands for, in parts that have names: `options`, `data`.
  std::map<std::string, std::string> parts = {};
};

/// The key that stands for all these parts.
std::string key_of(const std::map<std::string, std::string>& parts);

/// Why a stage runs again: `the options and the data changed`.
std::string reason_to_rerun(const std::map<std::string, std::string>& before,
                            const std::map<std::string, std::string>& now);

/// Changes when this program does.
std::string program_stamp();

/// Nothing if the file is not there, is damaged, or has another key.
std::optional<artifact> load_artifact(const std::filesystem::path& file,
                                      const std::string& key);

/// The same whatever its key is.
std::optional<artifact> load_artifact(const std::filesystem::path& file);

/// Fails with `disk_full` or `io_error`.
status save_artifact(const std::filesystem::path& file, const artifact& x);

} // namespace aura::flow
