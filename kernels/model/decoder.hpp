#pragma once

#include "kernels/model/engine.hpp"
#include "kernels/model/packing.hpp"
#include "kernels/model/shape.hpp"
#include "kernels/ops/table.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace aura::model {

/// Forward and backward of the decoder written out by hand over preallocated
/// buffers. In the last layer only the rows that predict an answer ask, and the
/// head sees only them.
///
/// Holds buffers that grow with the largest sequence seen.
class decoder final : public engine {
public:
  /// @pre check(shape)
  explicit decoder(const decoder_shape& shape,
                   const ops::kernel_table& kernels = ops::best());

  const decoder_shape& shape() const noexcept {
    return shape_;
  }

  pass_result evaluate(std::span<const float> parameters,
                       const packed_sequence& sequence) override;

  pass_result accumulate(std::span<const float> parameters,
                         const packed_sequence& sequence, float weight,
                         std::span<float> gradients) override;

  /// Logits of the supervised rows, in order: for tests.
  std::vector<float> logits(std::span<const float> parameters,
                            const packed_sequence& sequence);

  /// Keys and values of every row of the last sequence, as `layer` left them:
  /// rows of 2 · kv_width() floats, keys rotated. Valid until the next call.
  const float* keys_and_values(std::size_t layer) const {
    return layers_[layer].kv.data();
  }

private:
  /// What one layer keeps for its way back.
  struct layer_state {
    std::vector<float> input, input_scale, normal, normal_asking, q, kv,
      probabilities, mixed, middle, middle_scale, middle_normal, gate_up,
      activation;
  };

  struct sizes {
    std::size_t rows;
    std::size_t asking;
  };

  void forward(const float* parameters, const packed_sequence& sequence);
  void forward_layer(const float* parameters, std::size_t index,
                     const packed_sequence& sequence);
  pass_result head(const float* parameters, const packed_sequence& sequence,
                   float weight, float* gradients);
  void backward_layer(const float* parameters, std::size_t index,
                      const packed_sequence& sequence, float* gradients);
  ops::attention_problem problem(const packed_sequence& sequence,
                                 bool last) const;
  sizes size_of(std::size_t index, const packed_sequence& sequence) const;

  decoder_shape shape_;
  layout layout_;
  const ops::kernel_table& kernels_;
  std::vector<float> cosine_, sine_;
  std::vector<layer_state> layers_;
  /// Rows that ask in the last layer, and their positions.
  std::vector<std::uint32_t> asking_, asking_positions_;
  std::vector<ops::segment> asking_segments_, whole_segments_;
  std::vector<float> final_, final_scale_, final_normal_, logits_, scratch_;
  /// Gradients on the way back: of the residual stream, of what a layer mixes,
  /// and of intermediate rows.
  std::vector<float> stream_, stream_below_, wide_, rows_, q_back_, kv_back_;
  std::vector<std::uint8_t> correct_;
};

} // namespace aura::model
