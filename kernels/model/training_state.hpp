#pragma once

#include "kernels/base/expected.hpp"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace aura::model {

/// A training between two steps: with it and the same data the rest gives the
/// same bytes as if nothing had come in between.
struct training_state {
  /// What it is the state of: data, recipe, program.
  std::string key;
  /// Steps done, and those on which the optimiser moved.
  std::size_t step = 0;
  std::size_t optimizer_steps = 0;
  /// Whatever else the training counts, as JSON.
  std::string counters;
  std::vector<float> parameters;
  std::vector<float> first;
  std::vector<float> second;
};

/// Replaces the file in one step, and makes it durable. Fails with `io_error`
/// or `disk_full`.
status save_training_state(const std::filesystem::path& file,
                           const training_state& x);

/// Nothing if the file is not there, is damaged, or has another key: then a
/// training begins anew.
std::optional<training_state>
load_training_state(const std::filesystem::path& file, const std::string& key);

} // namespace aura::model
