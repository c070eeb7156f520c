#pragma once

#include "kernels/model/pretrained/reader.hpp"

#include <string>
#include <vector>

namespace aura::model {

/// Whether q, k, v and gate, up have an adapter each or one together. Both ways
/// between them are exact: parts of a fused adapter share its A and take rows
/// of its B; parts that are put together stand in blocks of a larger rank.
enum class peft_layout : std::uint8_t { as_trained, fused, split };

/// An adapter of one module of a file, made of those that were trained.
struct adapter_part {
  /// Rows [begin, begin + rows) of the B of slot `slot`, from row `at` on.
  struct piece {
    std::size_t slot = 0;
    std::size_t begin = 0;
    std::size_t rows = 0;
    std::size_t at = 0;
  };

  /// `model.layers.0.self_attn.qkv_proj`.
  std::string module;
  std::size_t layer = 0;
  linear_role role = linear_role::qkv;
  std::size_t rows = 0;
  std::size_t columns = 0;
  /// Of all pieces together.
  std::size_t rank = 0;
  std::vector<piece> pieces;
};

/// The parts of `trained` in that layout, in the order of its slots.
std::vector<adapter_part> parts_of(const architecture& shape,
                                   const adapter& trained, peft_layout layout);

/// A (rank × columns) and B (rows × rank) of a part.
std::vector<float> a_of(const adapter& trained, const adapter_part& x);
std::vector<float> b_of(const adapter& trained, const adapter_part& x);

/// A matrix within a stacked one: `q_proj` of qkv.
struct stacked_part {
  const char* name;
  std::size_t begin = 0;
  std::size_t rows = 0;
};

/// Of qkv three, of gate and up two, none of others.
std::vector<stacked_part> stacked_parts(const architecture& shape,
                                        linear_role role);

/// `qkv_proj` of `model.layers.0.self_attn.qkv_proj`.
std::string_view leaf_of(std::string_view module);

} // namespace aura::model
