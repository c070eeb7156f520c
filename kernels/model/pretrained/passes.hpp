#pragma once

#include "kernels/model/batches.hpp"
#include "kernels/model/packing.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace aura::model {

/// Examples that are computed at once: side by side, or with one context for
/// all of them.
struct tuning_pass {
  group members;
  bool shared = false;
};

/// What one step of a fine-tuning computes.
using tuning_window = std::vector<tuning_pass>;

struct pass_limits {
  /// Examples of one pass that share nothing.
  std::size_t examples = 16;
  /// A longer example has a pass of its own.
  std::size_t tokens = 8192;
  /// Examples that share one context; 1 shares none.
  std::size_t group = 1;
};

/// The windows of one epoch: every example once, in random order, at least
/// `size` examples a window but for the last; exactly `size` where `group` is
/// 1. Depends on nothing but the arguments.
std::vector<tuning_window> plan_windows(const std::vector<example>& examples,
                                        const pass_limits& limits,
                                        std::size_t size, std::uint64_t seed,
                                        std::size_t epoch);

/// Cuts groups into passes within the limits. Examples that share nothing are
/// packed by length, the longest first, each where it first fits.
tuning_window cut_passes(const std::vector<example>& examples,
                         const std::vector<group>& groups,
                         const pass_limits& limits);

/// Packs examples side by side, each with its own context, so that none sees
/// another. @pre every example has a question and an answer
packed_sequence pack_apart(std::span<const example* const> examples);

/// As the pass says.
packed_sequence pack_pass(const std::vector<example>& examples,
                          const tuning_pass& pass);

/// Tokens that are read of an example: all but its last.
std::size_t tokens_of(const example& x);

} // namespace aura::model
