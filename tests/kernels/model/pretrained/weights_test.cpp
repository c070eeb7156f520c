#include "kernels/model/pretrained/weights.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <numeric>

namespace aura::model {
namespace {

weight over(std::span<const std::byte> bytes, encoding form, std::size_t rows,
            std::size_t columns) {
  return {"x", rows, columns, form, bytes, {}, nullptr};
}

/// IEEE 754 binary16 by its definition.
double half(std::uint16_t x) {
  const auto sign = (x & 0x8000) != 0 ? -1.0 : 1.0;
  const auto exponent = (x >> 10) & 31;
  const auto fraction = x & 1023;
  if (exponent == 31)
    return fraction != 0 ? NAN : sign * INFINITY;
  return exponent == 0 ? sign * std::ldexp(fraction, -24)
                       : sign * std::ldexp(1024 + fraction, exponent - 25);
}

TEST(Weights, ReadEveryHalf) {
  std::vector<std::uint16_t> all(65536);
  std::iota(all.begin(), all.end(), std::uint16_t{0});
  std::vector<float> found(all.size());
  const auto x = over(std::as_bytes(std::span{all}), encoding::f16, 256, 256);
  decode_rows(x, 0, 256, found.data());
  for (auto bits : all) {
    if (std::isnan(half(bits)))
      EXPECT_TRUE(std::isnan(found[bits])) << bits;
    else
      EXPECT_EQ(std::bit_cast<std::uint32_t>(found[bits]),
                std::bit_cast<std::uint32_t>(static_cast<float>(half(bits))))
        << bits;
  }
}

TEST(Weights, ReadRowsFromAnywhere) {
  std::vector<float> values(12);
  std::iota(values.begin(), values.end(), 1.f);
  // One byte off, as tensors in a file may be.
  std::vector<std::byte> moved(1 + 4 * values.size());
  std::memcpy(moved.data() + 1, values.data(), 4 * values.size());
  const auto x = over(std::span{moved}.subspan(1), encoding::f32, 4, 3);
  std::vector<float> found(6);
  decode_rows(x, 1, 3, found.data());
  EXPECT_EQ(found, (std::vector<float>{4, 5, 6, 7, 8, 9}));
  const auto vector = over(std::span{moved}.subspan(1), encoding::f32, 6, 0);
  decode_rows(vector, 0, 1, found.data());
  EXPECT_EQ(found, (std::vector<float>{1, 2, 3, 4, 5, 6}));
}

TEST(Weights, TellTheirBytes) {
  EXPECT_EQ(*bytes_of(encoding::f32, 3, 5), 60u);
  EXPECT_EQ(*bytes_of(encoding::bf16, 3, 5), 30u);
  EXPECT_EQ(*bytes_of(encoding::f16, 3, 0), 6u);
}

} // namespace
} // namespace aura::model
