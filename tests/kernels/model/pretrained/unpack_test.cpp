#include "kernels/model/pretrained/unpack.hpp"

#include "kernels/base/random.hpp"
#include "kernels/model/pretrained/blocks.hpp"
#include "kernels/ops/nf4.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

namespace aura::model {
namespace {

using bytes = std::vector<std::byte>;

class EveryTable : public testing::TestWithParam<const ops::kernel_table*> {};

INSTANTIATE_TEST_SUITE_P(Unpack, EveryTable,
                         testing::ValuesIn(ops::tables().begin(),
                                           ops::tables().end()),
                         [](const auto& x) {
                           return std::string{x.param->name};
                         });

bytes random_bytes(std::size_t count) {
  random_stream draw{7, "unpack", count};
  bytes result(count);
  for (auto& x : result)
    x = static_cast<std::byte>(draw.below(256));
  return result;
}

/// Unpacks rows [begin, end) both ways and compares every bit; a number that
/// is none may be any of those.
void expect_same(const ops::kernel_table& kernels, const weight& x,
                 std::size_t begin, std::size_t end) {
  std::vector<float> wanted((end - begin) * x.columns), found(wanted.size());
  decode_rows(x, begin, end, wanted.data());
  unpack_rows(kernels, x, begin, end, found.data());
  for (std::size_t i = 0; i < wanted.size(); ++i)
    if (!std::isnan(wanted[i]) || !std::isnan(found[i])) {
      ASSERT_EQ(std::bit_cast<std::uint32_t>(found[i]),
                std::bit_cast<std::uint32_t>(wanted[i]))
        << x.name << ", value " << i;
    }
}

// Random bytes have scales of every kind: subnormal, infinite, no number.
TEST_P(EveryTable, UnpacksBlocksAsTheReferenceDoes) {
  const std::vector<std::pair<const char*, encoding>> forms{
    {"Q8_0", encoding::q8_0}, {"Q4_0", encoding::q4_0},
    {"Q4_1", encoding::q4_1}, {"Q4_K", encoding::q4_k},
    {"F16", encoding::f16},   {"BF16", encoding::bf16},
    {"F32", encoding::f32}};
  for (const auto& [name, form] : forms) {
    const auto stored = random_bytes(*bytes_of(form, 200, 512));
    const weight x{name, 200, 512, form, stored, {}, nullptr};
    expect_same(*GetParam(), x, 0, 200);
    expect_same(*GetParam(), x, 3, 8);
  }
}

TEST_P(EveryTable, UnpacksEveryHalf) {
  for (auto form : {encoding::f16, encoding::bf16}) {
    bytes stored;
    for (unsigned i = 0; i < 65536; ++i) {
      stored.push_back(static_cast<std::byte>(i & 255));
      stored.push_back(static_cast<std::byte>(i >> 8));
    }
    const weight x{"every number", 256, 256, form, stored, {}, nullptr};
    expect_same(*GetParam(), x, 0, 256);
    // No multiple of any vector.
    const weight odd{"odd", 2,      9, form, std::span{stored}.first(36),
                     {},    nullptr};
    expect_same(*GetParam(), odd, 1, 2);
  }
}

TEST_P(EveryTable, UnpacksNf4) {
  constexpr std::size_t rows = 70, columns = 192;
  const auto stored = random_bytes(rows * columns / 2);
  random_stream draw{3, "unpack", 0};
  std::vector<float> scales(rows * columns / ops::nf4_block);
  for (auto& x : scales)
    x = static_cast<float>(draw.below(1000)) * 1e-4f;
  constexpr auto infinite = std::numeric_limits<float>::infinity();
  constexpr auto none = std::numeric_limits<float>::quiet_NaN();
  scales[0] = 0;
  scales[1] = infinite;
  scales[2] = none;
  scales[3] = std::numeric_limits<float>::max();
  scales[4] = std::numeric_limits<float>::denorm_min();
  weight x{"plain", rows, columns, encoding::nf4, stored, {}, nullptr};
  x.scales.plain = scales;
  expect_same(*GetParam(), x, 0, rows);
  expect_same(*GetParam(), x, 11, 12);

  const auto twice = ops::quantise_scales(std::span{scales}.subspan(5));
  const auto& map = ops::dynamic_map(true);
  x.name = "doubly quantised";
  x.rows = rows - 2;
  x.scales = {{}, twice.codes, twice.nested, map, twice.offset};
  expect_same(*GetParam(), x, 0, x.rows);

  x.name = "rows that end within a block";
  x.rows = 100;
  x.columns = 96;
  expect_same(*GetParam(), x, 7, 100);
}

} // namespace
} // namespace aura::model
