#pragma once

#include "kernels/base/expected.hpp"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace aura::model {

/// A fine-tuning between two steps, or the best of its states so far.
struct tuning_state {
  /// What it is the state of: data, recipe, program.
  std::string key;
  /// Steps done.
  std::size_t step = 0;
  /// Whatever else the training counts, as JSON.
  std::string counters;
  std::vector<float> trained;
  /// As the tuner gave it; empty in the best state.
  std::vector<std::byte> optimizer;
};

/// Replaces the file in one step, and makes it durable. Fails with `io_error`
/// or `disk_full`.
status save_tuning_state(const std::filesystem::path& file,
                         const tuning_state& x);

/// Nothing if the file is not there, is damaged, or has another key: then a
/// training begins anew.
std::optional<tuning_state> load_tuning_state(const std::filesystem::path& file,
                                              const std::string& key);

} // namespace aura::model
