#pragma once

#include "kernels/base/expected.hpp"
#include "kernels/model/pretrained/weights.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace aura::model {

/// What is trained beside a frozen decoder: y = x Wᵀ + s · (drop(x) Aᵀ) Bᵀ with
/// s = α / r, or α / √r (rsLoRA), as PEFT has it.
struct lora_options {
  std::size_t rank = 16;
  double alpha = 32;
  bool rank_stabilised = false;
  /// Share of the inputs of A that a training pass leaves out.
  double dropout = 0;
  /// Names of the linear layers that get an adapter: `q_proj k_proj v_proj
  /// o_proj gate_proj up_proj down_proj`, or of a fused checkpoint also
  /// `qkv_proj gate_up_proj`; `all-linear` is every linear layer as the
  /// checkpoint keeps it, `all-linear-split` every one by itself.
  std::vector<std::string> targets{"all-linear"};
  /// Whether embedding and head are trained whole.
  bool train_embedding = false;
  bool train_head = false;

  bool operator==(const lora_options&) const = default;
};

/// α / r or α / √r.
double scale_of(const lora_options& x);

/// Which matrix of a layer.
enum class linear_role : std::uint8_t { qkv, output, gate_up, down };

/// One adapter and where its numbers lie in the flat buffer of everything that
/// is trained.
struct adapter_slot {
  /// `model.layers.0.self_attn.q_proj`.
  std::string module;
  std::size_t layer = 0;
  linear_role role = linear_role::qkv;
  /// Rows of the stacked matrix that it adds to: [begin, begin + rows).
  std::size_t begin = 0;
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::size_t rank = 0;
  /// Of A (rank × columns) and B (rows × rank), in floats.
  std::size_t a = 0;
  std::size_t b = 0;
};

/// A tensor that is trained whole.
struct whole_slot {
  std::string name;
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::size_t offset = 0;
};

/// Where each trained tensor lies.
struct trainable_layout {
  std::vector<adapter_slot> adapters;
  std::optional<whole_slot> embedding;
  /// None also where the head is the embedding.
  std::optional<whole_slot> head;
  /// Floats of the whole buffer; offsets are multiples of 16.
  std::size_t size = 0;
};

/// Fails with `invalid_option`, naming it, if a target is not of this
/// architecture, targets overlap, or a number is out of range.
expected<trainable_layout> lay_out(const architecture& x,
                                   const lora_options& options);

/// The buffer before training: A from U(-1/√in, 1/√in), B zero, embedding and
/// head copied from the checkpoint.
std::vector<float> initial_trainables(const model_weights& weights,
                                      const trainable_layout& layout,
                                      std::uint64_t seed);

} // namespace aura::model
