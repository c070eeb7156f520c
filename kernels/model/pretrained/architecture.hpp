#pragma once

#include "kernels/base/expected.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aura::model {

/// Who published the layout of a checkpoint. All compute the same decoder:
/// RMSNorm, RoPE (half-split), grouped-query attention, SwiGLU.
enum class family : std::uint8_t {
  /// Phi-3 and Phi-4: q, k, v in one matrix, gate and up in one.
  phi3,
  /// Llama, SmolLM2: a matrix each.
  llama,
  /// Qwen2 and 2.5: like Llama, with a bias on q, k and v.
  qwen2,
};

/// No configuration of a checkpoint is nested deeper.
constexpr int configuration_depth = 8;

/// What `config.json` says of a pretrained decoder.
struct architecture {
  family kind = family::phi3;
  std::size_t vocabulary = 0;
  std::size_t hidden = 0;
  std::size_t layers = 0;
  std::size_t heads = 0;
  std::size_t kv_heads = 0;
  /// Not always hidden / heads.
  std::size_t head_size = 0;
  std::size_t intermediate = 0;
  /// Longest sequence, in tokens.
  std::size_t positions = 0;
  double rope_theta = 10000;
  double norm_epsilon = 1e-5;
  /// Whether the head is the embedding.
  bool tied = false;
  /// Whether q, k and v have a bias.
  bool qkv_bias = false;
  /// Any of them ends an answer: `generation_config.json` over `config.json`.
  std::vector<std::int32_t> end_tokens;
  std::optional<std::int32_t> begin_token;
  std::optional<std::int32_t> pad_token;

  bool operator==(const architecture&) const = default;

  std::size_t q_width() const noexcept {
    return heads * head_size;
  }

  std::size_t kv_width() const noexcept {
    return kv_heads * head_size;
  }
};

/// A matrix or vector that a checkpoint of an architecture holds.
struct tensor_plan {
  /// As Hugging Face names it: `model.layers.0.self_attn.qkv_proj.weight`.
  std::string name;
  std::size_t rows = 0;
  /// 0 for a vector.
  std::size_t columns = 0;

  std::size_t size() const noexcept {
    return columns == 0 ? rows : rows * columns;
  }
};

/// Every tensor of a checkpoint, in the order of a published one.
std::vector<tensor_plan> tensors_of(const architecture& x);

/// Parameters of all tensors.
std::size_t parameters_of(const architecture& x);

/// Reads `config.json`, and `generation_config.json` where there is one (else
/// empty). What is missing, of another type, or would change the mathematics
/// in a way that this program does not know (a scaled RoPE, a window shorter
/// than the positions, another activation) is refused with `invalid_model` or
/// `unsupported`, the field and what was found.
expected<architecture> read_architecture(std::string_view config,
                                         std::string_view generation = {});

} // namespace aura::model
