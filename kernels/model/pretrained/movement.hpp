#pragma once

#include "kernels/model/pretrained/lora.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace aura::model {

/// How far a trained tensor is from where it began.
struct movement {
  std::string tensor;
  /// ‖W - W₀‖ and ‖W₀‖, Frobenius.
  double moved = 0;
  double norm = 0;
  /// ‖W - c W₀‖, where c is what weight decay alone leaves, over the numbers
  /// that differ by more than rounding: 0 of a tensor that no gradient reached.
  double learnt = 0;
};

/// What weight decay alone leaves of every number after some steps.
struct decay_trace {
  double adapters = 1;
  /// Of embedding and head.
  double whole = 1;
  std::size_t steps = 0;
};

/// How far every tensor of `layout` is from `before`: A and B of every adapter
/// by the names that PEFT gives them, then embedding and head.
std::vector<movement> movements_of(const trainable_layout& layout,
                                   std::span<const float> before,
                                   std::span<const float> now,
                                   const decay_trace& decayed = {});

} // namespace aura::model
