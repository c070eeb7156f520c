#pragma once

#include "kernels/model/pretrained/architecture.hpp"
#include "kernels/model/pretrained/tuner.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace aura::model {

/// The largest packed sequence that one pass of a training reads.
struct micro_batch {
  std::size_t tokens = 2048;
  /// Tokens that are predicted: the head sees only their rows.
  std::size_t supervised = 2048;
  /// The longest segment with its context.
  std::size_t longest = 2048;
};

/// What something takes of a device's memory.
struct memory_part {
  std::string name;
  std::size_t bytes = 0;
};

struct memory_plan {
  std::vector<memory_part> parts;

  std::size_t total() const;
};

/// The bytes that a tuner takes while it trains, part by part, in the order in
/// which they are allocated; a part that takes nothing is left out. Parts that
/// are never held at once count both, so that the sum is an upper estimate of
/// what lives in tensors; what an allocator loses to rounding is not in it.
/// A frozen matrix that is not NF4 counts two bytes a number.
/// @pre `layout` is lay_out(x, options.lora)
memory_plan plan_memory(const architecture& x, const trainable_layout& layout,
                        const tuner_options& options, const micro_batch& batch);

/// Bytes of a matrix in NF4 with doubly quantised scales: codes, scales of
/// blocks of 64, scales of 256 scales.
std::size_t nf4_bytes(std::size_t size);

/// Rows of the head that are computed at once.
inline constexpr std::size_t head_chunk = 1024;

} // namespace aura::model
