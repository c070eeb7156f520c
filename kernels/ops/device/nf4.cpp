#include "kernels/ops/device/nf4.hpp"

#include "kernels/ops/nf4.hpp"

#include <algorithm>
#include <array>

namespace aura::ops::device {

namespace {

float scale_of(const nf4_scales& x, std::size_t block) {
  if (x.plain != nullptr)
    return x.plain[block];
  return x.map[x.codes[block]] * x.nested[block / nf4_scale_block] + x.offset;
}

status check_size(std::size_t size) {
  if (nf4_blocks(size) > (std::size_t{1} << 31))
    return fault{errc::shape_mismatch, "nf4: more than 2^31 blocks"};
  return ok;
}

} // namespace

status quantise_nf4(const place& where, const_array x, std::size_t size,
                    std::uint8_t* codes, float* scales) {
  if (auto checked = check_size(size); !checked)
    return checked;
  if (where.cuda)
    return cuda::quantise_nf4(where.stream, x, size, codes, scales);
  if (x.form == number::f32) {
    ops::quantise_nf4({static_cast<const float*>(x.data), size},
                      {codes, nf4_bytes(size)}, {scales, nf4_blocks(size)});
    return ok;
  }
  std::array<float, nf4_block> values;
  for (std::size_t at = 0; at < size; at += nf4_block) {
    const auto count = std::min(nf4_block, size - at);
    for (std::size_t i = 0; i < count; ++i)
      values[i] = load(static_cast<const bf16*>(x.data)[at + i]);
    ops::quantise_nf4({values.data(), count},
                      {codes + at / 2, nf4_bytes(count)},
                      {scales + at / nf4_block, 1});
  }
  return ok;
}

status dequantise_nf4(const place& where, const std::uint8_t* codes,
                      const nf4_scales& scales, std::size_t size, array out) {
  if (auto checked = check_size(size); !checked)
    return checked;
  if (where.cuda)
    return cuda::dequantise_nf4(where.stream, codes, scales, size, out);
  with_type(out.form, [&](auto* type) {
    using T = std::remove_pointer_t<decltype(type)>;
    std::array<float, nf4_block> values;
    for (std::size_t at = 0; at < size; at += nf4_block) {
      const auto scale = scale_of(scales, at / nf4_block);
      const auto count = std::min(nf4_block, size - at);
      ops::dequantise_nf4({codes + at / 2, nf4_bytes(count)}, {&scale, 1}, 0,
                          {values.data(), count});
      for (std::size_t i = 0; i < count; ++i)
        store(static_cast<T*>(out.data)[at + i], values[i]);
    }
  });
  return ok;
}

} // namespace aura::ops::device
