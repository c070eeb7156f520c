#pragma once

#include "kernels/base/expected.hpp"
#include "kernels/model/pretrained/architecture.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace aura::model {

/// How the numbers of a tensor lie in memory.
enum class encoding : std::uint8_t {
  f32,
  f16,
  bf16,
  /// Blocks of GGUF along a row: 32 values, Q4_K 256.
  q8_0,
  q4_0,
  q4_1,
  q4_k,
  /// bitsandbytes: blocks of 64 over the flattened matrix, high nibble first.
  nf4,
};

/// What the codes of an NF4 tensor are multiplied with. Either `plain`, or
/// doubly quantised: codebook[codes[i]] · nested[i / 256] + offset.
struct nf4_scales {
  std::span<const float> plain;
  std::span<const std::uint8_t> codes;
  std::span<const float> nested;
  std::span<const float> codebook;
  float offset = 0;
};

/// A tensor as it was stored. Copies share the bytes, which `owner` keeps
/// alive: mostly a mapped file.
struct weight {
  std::string name;
  std::size_t rows = 0;
  /// 0 for a vector.
  std::size_t columns = 0;
  encoding form = encoding::f32;
  std::span<const std::byte> bytes;
  nf4_scales scales;
  std::shared_ptr<const void> owner;

  std::size_t size() const noexcept {
    return columns == 0 ? rows : rows * columns;
  }
};

/// Writes rows [begin, end) as single precision, (end - begin) · columns
/// floats; a vector has one row. NF4 is rounded to bfloat16, as bitsandbytes
/// does. @pre the rows exist, and the bytes are as long as the shape says
void decode_rows(const weight& x, std::size_t begin, std::size_t end,
                 float* out);

/// The bytes that `size` values take in rows of `columns`. Fails with
/// `invalid_model` if rows cannot be cut into blocks of that form.
expected<std::size_t> bytes_of(encoding form, std::size_t rows,
                               std::size_t columns);

/// Matrices that stand one upon another and are applied together: q, k and v,
/// or gate and up. One part where the checkpoint keeps them together.
struct stacked_weight {
  std::vector<weight> parts;

  std::size_t rows() const;
  std::size_t columns() const;
};

/// The weights of one layer, by role.
struct layer_weights {
  weight input_norm;
  stacked_weight qkv;
  /// As many as the parts of qkv, or none.
  std::vector<weight> qkv_bias;
  weight output;
  weight post_norm;
  stacked_weight gate_up;
  weight down;
};

/// All weights of a pretrained decoder. A plain value, cheap to copy.
struct model_weights {
  architecture shape;
  weight embedding;
  std::vector<layer_weights> layers;
  weight norm;
  /// None where the embedding is the head.
  std::optional<weight> head;
};

} // namespace aura::model
