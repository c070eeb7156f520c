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
};

/// Nothing if the file is not there, is damaged, or has another key.
std::optional<artifact> load_artifact(const std::filesystem::path& file,
                                      const std::string& key);

/// Fails with `disk_full` or `io_error`.
status save_artifact(const std::filesystem::path& file, const artifact& x);

} // namespace aura::flow
