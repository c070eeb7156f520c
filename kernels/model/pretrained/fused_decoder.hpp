#pragma once

#include "kernels/model/engine.hpp"
#include "kernels/model/pretrained/crew.hpp"
#include "kernels/model/pretrained/frozen_decoder.hpp"
#include "kernels/ops/table.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace aura::model {

/// What a fused_decoder works on, kept by its owner.
struct fused_parts {
  const frozen_decoder& decoder;
  const trainable_layout& layout;
  const lora_options& lora;
  /// Everything that is trained.
  std::span<const float> values;
  crew& workers;
  /// Layers are computed again on the way back, not kept.
  bool recompute = true;
  std::uint64_t seed = 1;
};

/// Forward and backward of a frozen decoder with adapters, written out by hand
/// over buffers that grow with the largest sequence seen. The head sees only
/// the rows that are supervised, some hundred at a time.
///
/// Rows are shared out among the workers; every sum is taken by one of them in
/// an order of its own, so that their number changes no byte.
class fused_decoder {
public:
  explicit fused_decoder(const fused_parts& parts,
                         const ops::kernel_table& kernels = ops::best());

  /// Loss without dropout.
  pass_result evaluate(const packed_sequence& sequence);

  /// Adds `weight` times the gradient of the summed loss to `gradients`.
  pass_result accumulate(const packed_sequence& sequence, float weight,
                         std::uint64_t pass, std::span<float> gradients);

  /// Logits of the supervised rows, without dropout: for tests.
  std::vector<float> logits(const packed_sequence& sequence);

  /// Bytes of all buffers.
  std::size_t bytes() const;

private:
  using buffer = std::vector<float>;

  /// What a layer keeps for its way back. `low` is s · drop(x) Aᵀ of each of
  /// its adapters.
  struct layer_state {
    buffer qkv, mixed, middle, gate_up, low;
  };

  struct worker_room {
    buffer decoded, dropped, probabilities, scratch, ignored;
  };

  /// Rows [begin, end) of the sequence.
  struct block {
    std::size_t begin;
    std::size_t end;

    std::size_t size() const {
      return end - begin;
    }
  };

  /// A piece of attention that touches nothing of the others.
  struct attention_item {
    std::vector<ops::segment> segments;
    std::size_t kv_head;
  };

  void begin(const packed_sequence& sequence);
  void each_block(const std::function<void(block, worker_room&)>& work);
  layer_state& state_of(std::size_t layer);

  void forward();
  void forward_layer(std::size_t index, layer_state& s, float* out);
  void backward_layer(std::size_t index, layer_state& s, float* gradients);
  void backward_mlp(std::size_t index, layer_state& s, block rows,
                    worker_room& own);
  void backward_inputs(std::size_t index, block rows, worker_room& own);
  void attend(const layer_state& s, const attention_item& item, float* out,
              std::size_t out_row, worker_room& own);
  void attend_back(const layer_state& s, const attention_item& item,
                   worker_room& own);
  ops::attention_problem problem(const attention_item& item) const;

  /// y = x Wᵀ + adapters, or y += …, for a block; x and y are of all rows.
  void linear(std::size_t index, linear_role role, layer_state& s, block rows,
              const float* x, float* y, bool accumulate, worker_room& own);
  /// dx = dy W + adapters; without `dx` only what gradients of adapters need.
  void linear_back(std::size_t index, linear_role role, block rows,
                   const float* dy, float* dx, worker_room& own);
  /// Gradients of the adapters of a layer.
  void adapter_gradients(std::size_t index, layer_state& s, float* gradients);
  /// What dropout leaves of columns [begin, end) of the rows of a block, of
  /// which `x` is the first.
  rows_view dropped(std::size_t adapter, block rows, rows_view x,
                    std::size_t begin, std::size_t end, buffer& room) const;

  pass_result head(float weight, float* gradients);
  float* head_logits(std::size_t first, std::size_t count);

  fused_parts parts_;
  const architecture& shape_;
  const ops::kernel_table& kernels_;
  float scale_;
  std::size_t adapters_per_layer_;
  rotation rotation_;
  const packed_sequence* sequence_ = nullptr;
  /// The pass that dropout is drawn for, if any.
  std::optional<std::uint64_t> pass_;
  std::vector<block> blocks_;
  std::vector<attention_item> attention_;
  /// Rows that predict.
  std::vector<std::uint32_t> asking_;
  std::vector<std::uint8_t> correct_;
  std::vector<worker_room> workers_;
  std::vector<layer_state> states_;
  /// What goes into each layer, and comes out of the last.
  std::vector<buffer> inputs_;
  buffer normal_, middle_normal_, activation_, row_scale_;
  buffer final_, final_normal_, final_back_, final_scale_, logits_;
  /// Gradients: of what a layer gives, of its middle, of what it is given.
  buffer stream_, middle_back_, below_;
  buffer wide_, small_, mixed_back_, qkv_back_, low_back_;
};

} // namespace aura::model
