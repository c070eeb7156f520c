#pragma once

#include "kernels/base/expected.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace aura::model {

/// The shape of a decoder: RMSNorm, RoPE (half-split), grouped-query attention,
/// SwiGLU, tied embeddings. Phi-3 in the names of Hugging Face.
struct decoder_shape {
  /// Rows of the embedding: the vocabulary, rounded up to a multiple of 16.
  std::size_t vocabulary = 1024;
  std::size_t hidden = 128;
  std::size_t layers = 4;
  std::size_t heads = 4;
  std::size_t kv_heads = 2;
  std::size_t intermediate = 384;
  /// Longest context with one question and its answer, in tokens.
  std::size_t positions = 1024;
  double rope_theta = 10000;
  double norm_epsilon = 1e-5;

  bool operator==(const decoder_shape&) const = default;

  std::size_t head_size() const noexcept {
    return hidden / heads;
  }

  std::size_t kv_width() const noexcept {
    return kv_heads * head_size();
  }
};

/// Fails with `invalid_option`, naming the field, unless the kernels can run
/// `shape`: hidden, intermediate and vocabulary multiples of 16, a head of a
/// multiple of 32, heads a multiple of kv_heads, nothing zero or absurd.
status check(const decoder_shape& shape);

/// One tensor of a decoder.
struct tensor_slot {
  std::string name;
  std::size_t rows = 0;
  /// 0 for a vector of `rows` entries.
  std::size_t columns = 0;
  /// Where it begins in the flat buffer of all parameters, in floats.
  std::size_t offset = 0;

  std::size_t size() const noexcept {
    return columns == 0 ? rows : rows * columns;
  }
};

/// The slots of one layer.
struct layer_slots {
  tensor_slot input_norm;
  tensor_slot qkv;
  tensor_slot output;
  tensor_slot post_norm;
  tensor_slot gate_up;
  tensor_slot down;
};

/// Where each tensor of a decoder lies in one flat buffer.
struct layout {
  tensor_slot embedding;
  std::vector<layer_slots> layers;
  tensor_slot norm;
  /// Floats of the whole buffer.
  std::size_t size = 0;

  /// Every slot, in the order of the buffer.
  std::vector<tensor_slot> all() const;
};

/// @pre check(shape)
layout lay_out(const decoder_shape& shape);

/// Parameters as they are drawn before training: matrices and embedding from
/// N(0, 0.02²), those that write into the residual stream divided by
/// √(2 · layers), norms 1. Depends on nothing but `shape` and `seed`.
std::vector<float> initial_parameters(const decoder_shape& shape,
                                      std::uint64_t seed);

/// `config.json` as `transformers` reads it, and back. `text` that lacks a
/// field, has one of another type, or describes another architecture is refused
/// with `invalid_model` and the field.
std::string write_config(const decoder_shape& shape);
expected<decoder_shape> read_config(const std::string& text);

} // namespace aura::model
