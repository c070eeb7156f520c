#pragma once

#include "kernels/base/expected.hpp"
#include "kernels/model/pretrained/lora.hpp"
#include "kernels/model/pretrained/weights.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace aura::model {

/// An adapter that goes with a decoder: what was trained, and where it lies.
struct adapter {
  lora_options options;
  trainable_layout layout;
  std::shared_ptr<const std::vector<float>> values;
};

/// Reads texts token by token, side by side, over a cache of keys and values:
/// what one text gets does not depend on the others, nor on how its tokens
/// were cut into calls. Not thread-safe; several may share the weights.
class reader {
public:
  virtual ~reader() = default;

  /// Forgets everything and reads the prompts; the longest common beginning
  /// of all of them is read once. @pre no prompt is empty, tokens are known
  virtual status start(std::span<const std::vector<std::int32_t>> prompts) = 0;

  /// What text `i` would say next: a score for every token.
  virtual std::span<const float> logits(std::size_t i) const = 0;

  /// Positions that text `i` has left.
  virtual std::size_t room_left(std::size_t i) const = 0;

  /// Lets text `which[j]` go on with `tokens[j]` (one or more, all read at
  /// once), for all j. @pre there is room, and no text twice
  virtual status append(std::span<const std::size_t> which,
                        std::span<const std::vector<std::int32_t>> tokens)
    = 0;
};

struct reader_options {
  /// Longest text, at most what the architecture allows.
  std::size_t positions = 2048;
  std::size_t threads = 2;
};

/// The CPU's reader: weights stay as they are stored and are decoded on the
/// way into a product.
expected<std::unique_ptr<reader>> make_reader(const model_weights& weights,
                                              const adapter* trained,
                                              const reader_options& options);

} // namespace aura::model
