#include "kernels/ops/nf4.hpp"

#include "kernels/ops/bf16.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>

namespace aura::ops {

const std::array<float, 16> nf4_codebook{-1.0f,
                                         -0.6961928009986877f,
                                         -0.5250730514526367f,
                                         -0.39491748809814453f,
                                         -0.28444138169288635f,
                                         -0.18477343022823334f,
                                         -0.09105003625154495f,
                                         0.0f,
                                         0.07958029955625534f,
                                         0.16093020141124725f,
                                         0.24611230194568634f,
                                         0.33791524171829224f,
                                         0.44070982933044434f,
                                         0.5626170039176941f,
                                         0.7229568362236023f,
                                         1.0f};

namespace {

/// Below it a block counts as zero; 1 over it is still finite.
constexpr auto least_scale = 1e-38f;

/// The code of a value in [-1, 1]: how many midpoints lie below it.
std::uint8_t code_of(float x) {
  std::uint8_t code = 0;
  for (std::size_t i = 0; i + 1 < nf4_codebook.size(); ++i)
    code += x > (nf4_codebook[i] + nf4_codebook[i + 1]) / 2.0f;
  return code;
}

/// bitsandbytes looks codes up in a table of 65,536 steps over [-1, 1]: what a
/// value is rounded to before the nearest code is taken.
float on_grid(float x) {
  constexpr auto steps = 65535.0f;
  return std::round((x + 1.0f) * 0.5f * steps) * (2.0f / steps) - 1.0f;
}

float largest(std::span<const float> x) {
  auto result = 0.0f;
  for (auto value : x)
    result = std::max(result, std::fabs(value));
  return result;
}

} // namespace

void quantise_nf4(std::span<const float> x, std::span<std::uint8_t> codes,
                  std::span<float> scales) {
  assert(codes.size() == nf4_bytes(x.size()));
  assert(scales.size() == nf4_blocks(x.size()));
  for (std::size_t b = 0; b < scales.size(); ++b) {
    const auto begin = b * nf4_block;
    const auto block = x.subspan(begin, std::min(nf4_block, x.size() - begin));
    const auto top = largest(block);
    const auto whole = block.size() == nf4_block;
    // bitsandbytes multiplies by the reciprocal, but divides in the last block.
    const auto divisor = std::max(top, least_scale);
    const auto factor = 1.0f / divisor;
    scales[b] = whole ? top : divisor;
    for (std::size_t i = 0; i < block.size(); i += 2) {
      const auto code = [&](std::size_t at) {
        if (at >= block.size())
          return code_of(0);
        return code_of(whole ? block[at] * factor : block[at] / divisor);
      };
      codes[(begin + i) / 2]
        = static_cast<std::uint8_t>(code(i) << 4 | code(i + 1));
    }
  }
}

void dequantise_nf4(std::span<const std::uint8_t> codes,
                    std::span<const float> scales, std::size_t first,
                    std::span<float> out) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto at = first + i;
    const auto pair = codes[at / 2];
    const auto code = at % 2 == 0 ? pair >> 4 : pair & 15;
    out[i] = round_to_bf16(nf4_codebook[static_cast<std::size_t>(code)]
                           * scales[at / nf4_block]);
  }
}

nf4_double_scales quantise_scales(std::span<const float> scales) {
  auto total = 0.0;
  for (auto x : scales)
    total += x;
  return quantise_scales(
    scales,
    static_cast<float>(
      total / static_cast<double>(std::max<std::size_t>(scales.size(), 1))));
}

nf4_double_scales quantise_scales(std::span<const float> scales, float offset) {
  nf4_double_scales result;
  result.offset = offset;
  const auto& find = dynamic_finder(true);
  for (std::size_t b = 0; b < scales.size(); b += nf4_scale_block) {
    const auto block
      = scales.subspan(b, std::min(nf4_scale_block, scales.size() - b));
    auto top = 0.0f;
    for (auto x : block)
      top = std::max(top, std::fabs(x - offset));
    result.nested.push_back(top);
    const auto factor = 1.0f / top;
    for (auto x : block)
      result.codes.push_back(top > 0 ? find(on_grid((x - offset) * factor))
                                     : std::uint8_t{0});
  }
  return result;
}

std::vector<float> dequantise_scales(const nf4_double_scales& x) {
  const auto& map = dynamic_map(true);
  std::vector<float> result;
  for (std::size_t i = 0; i < x.codes.size(); ++i) {
    result.push_back(map[x.codes[i]] * x.nested[i / nf4_scale_block]
                     + x.offset);
  }
  return result;
}

} // namespace aura::ops
