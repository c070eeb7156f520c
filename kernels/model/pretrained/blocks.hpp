#pragma once

#include "kernels/model/pretrained/weights.hpp"

namespace aura::model {

/// How many values a block of `form` holds, and in how many bytes. One value
/// where there are no blocks.
struct block_size {
  std::size_t values = 1;
  std::size_t bytes = 0;
};

/// Of the forms that have blocks along a row, hence not of NF4.
block_size block_of(encoding form);

/// Writes the values of `blocks` blocks that lie one after another at `from`,
/// as ggml's `dequantize_row_*` does, each operation rounded by itself.
void decode_blocks(encoding form, const std::byte* from, std::size_t blocks,
                   float* out);

/// The scale of a block of 64 values of NF4.
float scale_of(const nf4_scales& x, std::size_t block);

/// Writes values [begin, end) of a flattened NF4 tensor: code book times scale
/// of the block of 64, rounded to bfloat16.
void decode_nf4(const weight& x, std::size_t begin, std::size_t end,
                float* out);

/// IEEE 754 binary16 at `from`, in any alignment.
float load_half(const std::byte* from);

} // namespace aura::model
