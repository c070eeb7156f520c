#include "kernels/model/pretrained/blocks.hpp"

#include "kernels/ops/bf16.hpp"
#include "kernels/ops/nf4.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

// This file is compiled without fused multiply-add, so that its results are
// those of the reference on every processor.

namespace aura::model {

namespace {

int code(const std::byte* at) {
  return std::to_integer<int>(*at);
}

// 32 values: a scale, then 32 signed bytes.
void decode_q8_0(const std::byte* from, float* out) {
  const auto scale = load_half(from);
  for (int i = 0; i < 32; ++i)
    out[i] = static_cast<float>(static_cast<std::int8_t>(from[2 + i])) * scale;
}

// 32 values: a scale, then 16 bytes; low halves are values 0 to 15.
void decode_q4_0(const std::byte* from, float* out) {
  const auto scale = load_half(from);
  for (int i = 0; i < 16; ++i) {
    const auto both = code(from + 2 + i);
    out[i] = static_cast<float>((both & 15) - 8) * scale;
    out[16 + i] = static_cast<float>((both >> 4) - 8) * scale;
  }
}

// As before, with the least value in place of -8 times the scale.
void decode_q4_1(const std::byte* from, float* out) {
  const auto scale = load_half(from);
  const auto least = load_half(from + 2);
  for (int i = 0; i < 16; ++i) {
    const auto both = code(from + 4 + i);
    out[i] = static_cast<float>(both & 15) * scale + least;
    out[16 + i] = static_cast<float>(both >> 4) * scale + least;
  }
}

// 256 values in 8 groups of 32: scale and least of the block, then 6 bits of
// each for every group in 12 bytes, then 128 bytes of codes; two groups share
// 32 bytes.
void decode_q4_k(const std::byte* from, float* out) {
  const auto scale = load_half(from);
  const auto least = load_half(from + 2);
  const auto* packed = from + 4;
  for (int group = 0; group < 8; ++group) {
    int s;
    int m;
    if (group < 4) {
      s = code(packed + group) & 63;
      m = code(packed + group + 4) & 63;
    } else {
      const auto low = code(packed + group + 4);
      s = (low & 15) | (code(packed + group - 4) >> 6) << 4;
      m = (low >> 4) | (code(packed + group) >> 6) << 4;
    }
    const auto a = scale * static_cast<float>(s);
    const auto b = least * static_cast<float>(m);
    const auto* codes = from + 16 + group / 2 * 32;
    const auto shift = group % 2 * 4;
    for (int i = 0; i < 32; ++i)
      out[32 * group + i]
        = a * static_cast<float>(code(codes + i) >> shift & 15) - b;
  }
}

template <class Decode>
void each(const std::byte* from, std::size_t blocks, float* out,
          block_size size, Decode decode) {
  for (std::size_t i = 0; i < blocks; ++i)
    decode(from + i * size.bytes, out + i * size.values);
}

} // namespace

block_size block_of(encoding form) {
  switch (form) {
  case encoding::f32:
    return {1, 4};
  case encoding::f16:
  case encoding::bf16:
    return {1, 2};
  case encoding::q8_0:
    return {32, 34};
  case encoding::q4_0:
    return {32, 18};
  case encoding::q4_1:
    return {32, 20};
  case encoding::q4_k:
    return {256, 144};
  case encoding::nf4:
    break;
  }
  return {};
}

void decode_blocks(encoding form, const std::byte* from, std::size_t blocks,
                   float* out) {
  const auto size = block_of(form);
  switch (form) {
  case encoding::q8_0:
    return each(from, blocks, out, size, decode_q8_0);
  case encoding::q4_0:
    return each(from, blocks, out, size, decode_q4_0);
  case encoding::q4_1:
    return each(from, blocks, out, size, decode_q4_1);
  case encoding::q4_k:
    return each(from, blocks, out, size, decode_q4_k);
  case encoding::f32:
    std::memcpy(out, from, 4 * blocks);
    return;
  case encoding::f16:
    for (std::size_t i = 0; i < blocks; ++i)
      out[i] = load_half(from + 2 * i);
    return;
  case encoding::bf16:
    for (std::size_t i = 0; i < blocks; ++i) {
      std::uint16_t bits;
      std::memcpy(&bits, from + 2 * i, 2);
      out[i] = std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
    }
    return;
  case encoding::nf4:
    break;
  }
}

float scale_of(const nf4_scales& x, std::size_t block) {
  if (!x.plain.empty())
    return x.plain[block];
  const auto nested = x.nested[block / ops::nf4_scale_block];
  return x.codebook[x.codes[block]] * nested + x.offset;
}

void decode_nf4(const weight& x, std::size_t begin, std::size_t end,
                float* out) {
  while (begin < end) {
    const auto block = begin / ops::nf4_block;
    const auto stop = std::min(end, (block + 1) * ops::nf4_block);
    const auto scale = scale_of(x.scales, block);
    std::array<float, 16> values;
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] = ops::round_to_bf16(ops::nf4_codebook[i] * scale);
    if (begin % 2 != 0)
      *out++ = values[std::to_integer<unsigned>(x.bytes[begin++ / 2]) & 15];
    for (; begin + 2 <= stop; begin += 2, out += 2) {
      const auto both = std::to_integer<unsigned>(x.bytes[begin / 2]);
      out[0] = values[both >> 4];
      out[1] = values[both & 15];
    }
    if (begin < stop)
      *out++ = values[std::to_integer<unsigned>(x.bytes[begin++ / 2]) >> 4];
  }
}

// Without branches, so that loops over it become vector code. Exact, also for
// subnormal numbers, infinities and NaN.
float load_half(const std::byte* from) {
  std::uint16_t x;
  std::memcpy(&x, from, sizeof x);
  const auto wide = static_cast<std::uint32_t>(x) << 16;
  const auto twice = wide + wide;
  const auto normal
    = std::bit_cast<float>((twice >> 4) + (0xe0u << 23)) * 0x1p-112f;
  const auto subnormal
    = std::bit_cast<float>((twice >> 17) | (126u << 23)) - 0.5f;
  return std::bit_cast<float>(
    (wide & 0x8000'0000u)
    | std::bit_cast<std::uint32_t>(twice < (1u << 27) ? subnormal : normal));
}

} // namespace aura::model
