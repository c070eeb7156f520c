#pragma once

#include "kernels/model/pretrained/finetune.hpp"

#include <string>
#include <string_view>

namespace aura::model {

/// Where a fine-tuning stands beside its numbers, from one step to the next.
struct tuning_standing {
  finetune_report report;
  /// Evaluations without improvement in a row.
  std::size_t worse = 0;
  /// Of the steps that moved something: not skipped, and not at a rate of 0.
  decay_trace decayed;
};

/// As JSON, without `best` and `movements`. Numbers come back to the bit.
std::string write_standing(const tuning_standing& x);

/// False if `text` is not what `write_standing` wrote.
bool read_standing(std::string_view text, tuning_standing& x);

} // namespace aura::model
