#pragma once

#include "kernels/model/pretrained/memory_plan.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aura::model {

/// A card by the name that options call it.
struct card {
  std::string_view name;
  /// What a program can take of its memory.
  std::size_t bytes;
};

std::span<const card> cards();

/// Null if there is none of this name.
const card* find_card(std::string_view name);

/// A change of the options, and what a training takes then.
struct remedy {
  /// As a pipeline file says it: `recompute: true`.
  std::string change;
  std::size_t total = 0;
};

/// What would make a training fit into `room` bytes: each change that is
/// enough by itself; if none is, all of them together, as far as it takes.
/// Empty if nothing helps. @pre the options are those that lay_out() takes
std::vector<remedy> remedies(const architecture& x,
                             const tuner_options& options,
                             const micro_batch& batch, std::size_t room);

} // namespace aura::model
