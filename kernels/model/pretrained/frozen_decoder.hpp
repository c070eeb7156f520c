#pragma once

#include "kernels/base/expected.hpp"
#include "kernels/model/pretrained/frozen.hpp"
#include "kernels/model/pretrained/lora.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace aura::model {

/// One layer as the kernels use it.
struct frozen_layer {
  std::vector<float> input_norm;
  std::vector<float> post_norm;
  /// Of q, k and v; empty if there is none.
  std::vector<float> bias;
  frozen_matrix qkv;
  frozen_matrix output;
  frozen_matrix gate_up;
  frozen_matrix down;
  /// Indices in trainable_layout::adapters by linear_role.
  std::array<std::vector<std::size_t>, 4> adapters;

  const frozen_matrix& matrix(linear_role role) const;
};

/// The weights of a decoder as the kernels use them.
struct frozen_decoder {
  architecture shape;
  std::vector<frozen_layer> layers;
  std::vector<float> norm;
  frozen_matrix embedding;
  frozen_matrix head;

  /// Floats of a row of q, k and v.
  std::size_t qkv_width() const noexcept {
    return shape.q_width() + 2 * shape.kv_width();
  }

  /// Floats of scratch that any product wants.
  std::size_t scratch() const;
};

/// Prepares `weights`. Where `layout` trains embedding or head, they are read
/// from `values`, which must stay where they are. Fails with `unsupported` if
/// the kernels cannot run the shape: hidden and intermediate of multiples of
/// 16, an even head size, heads a multiple of kv heads.
expected<frozen_decoder> freeze(const model_weights& weights,
                                const trainable_layout* layout,
                                std::span<const float> values);

/// cos and sin of position · theta^(-2i / head_size), head_size / 2 a position,
/// rounded where `transformers` rounds.
class rotation {
public:
  rotation(double theta, std::size_t head_size);

  /// Makes sure of positions [0, count).
  void reach(std::size_t count);

  const float* cosine() const noexcept {
    return cosine_.data();
  }

  const float* sine() const noexcept {
    return sine_.data();
  }

private:
  std::vector<float> frequencies_;
  std::vector<float> cosine_, sine_;
};

} // namespace aura::model
