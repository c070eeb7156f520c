#include "kernels/model/pretrained/unpack.hpp"

#include "kernels/model/pretrained/blocks.hpp"
#include "kernels/ops/nf4.hpp"

#include <algorithm>
#include <array>

namespace aura::model {

namespace {

/// Whole blocks [begin, end) of a flattened NF4 tensor.
void unpack_nf4(const ops::kernel_table& kernels, const weight& x,
                std::size_t begin, std::size_t end, float* out) {
  const auto* codes = reinterpret_cast<const std::uint8_t*>(x.bytes.data());
  std::array<float, ops::nf4_block> scales;
  while (begin < end) {
    const auto count = std::min(scales.size(), end - begin);
    for (std::size_t i = 0; i < count; ++i)
      scales[i] = scale_of(x.scales, begin + i);
    kernels.unpack_nf4(codes + begin * ops::nf4_block / 2, scales.data(),
                       ops::nf4_codebook.data(), count, out);
    begin += count;
    out += count * ops::nf4_block;
  }
}

} // namespace

void unpack_rows(const ops::kernel_table& kernels, const weight& x,
                 std::size_t begin, std::size_t end, float* out) {
  const auto width = x.columns == 0 ? x.rows : x.columns;
  if (x.form == encoding::nf4) {
    if (width % ops::nf4_block != 0)
      return decode_rows(x, begin, end, out);
    const auto blocks = width / ops::nf4_block;
    return unpack_nf4(kernels, x, begin * blocks, end * blocks, out);
  }
  const auto size = block_of(x.form);
  const auto blocks = width / size.values;
  const auto count = (end - begin) * blocks;
  const auto* from = reinterpret_cast<const std::uint8_t*>(
    x.bytes.data() + begin * blocks * size.bytes);
  switch (x.form) {
  case encoding::q8_0:
    return kernels.unpack_q8_0(from, count, out);
  case encoding::q4_0:
    return kernels.unpack_q4_0(from, count, out);
  case encoding::q4_1:
    return kernels.unpack_q4_1(from, count, out);
  case encoding::q4_k:
    return kernels.unpack_q4_k(from, count, out);
  case encoding::f16:
    if (count % 16 == 0)
      return kernels.unpack_f16(from, count, out);
    break;
  case encoding::bf16:
    if (count % 16 == 0)
      return kernels.unpack_bf16(from, count, out);
    break;
  default:
    break;
  }
  decode_rows(x, begin, end, out);
}

} // namespace aura::model
