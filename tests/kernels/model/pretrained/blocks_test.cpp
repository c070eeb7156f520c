#include "kernels/model/pretrained/blocks.hpp"

#include "kernels/base/json.hpp"
#include "kernels/ops/bf16.hpp"

#include "tests/kernels/model/pretrained/hexadecimal.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <fstream>
#include <limits>

namespace aura::model {
namespace {

using nlohmann::json;

TEST(Blocks, AgreeWithGguf) {
  const auto dump = json::parse(std::ifstream{
    std::string{AURA_SOURCE_DIR} + "/tests/golden/model/blocks.json"});
  const std::vector<std::pair<const char*, encoding>> forms{
    {"Q8_0", encoding::q8_0},
    {"Q4_0", encoding::q4_0},
    {"Q4_1", encoding::q4_1},
    {"Q4_K", encoding::q4_k}};
  for (const auto& [name, form] : forms) {
    const auto bytes = from_hexadecimal(dump[name]["bytes"].get<std::string>());
    const auto wanted
      = floats_of(from_hexadecimal(dump[name]["values"].get<std::string>()));
    const auto size = block_of(form);
    ASSERT_EQ(bytes.size(), 4 * size.bytes) << name;
    ASSERT_EQ(wanted.size(), 4 * size.values) << name;
    // As two rows of two blocks.
    const weight x{
      name, 2,      2 * size.values, form, std::as_bytes(std::span{bytes}),
      {},   nullptr};
    EXPECT_EQ(*bytes_of(form, x.rows, x.columns), bytes.size());
    std::vector<float> found(wanted.size());
    decode_rows(x, 0, 2, found.data());
    for (std::size_t i = 0; i < wanted.size(); ++i)
      ASSERT_EQ(std::bit_cast<std::uint32_t>(found[i]),
                std::bit_cast<std::uint32_t>(wanted[i]))
        << name << " " << i;
    std::vector<float> second(x.columns);
    decode_rows(x, 1, 2, second.data());
    EXPECT_TRUE(
      std::equal(second.begin(), second.end(),
                 wanted.begin() + static_cast<std::ptrdiff_t>(x.columns)));
    const auto odd = bytes_of(form, 3, size.values + 1);
    ASSERT_FALSE(odd);
    EXPECT_EQ(odd.error().message, "rows of " + std::to_string(size.values + 1)
                                     + " values cannot be cut into blocks of "
                                     + std::to_string(size.values));
  }
}

TEST(Blocks, RoundToTheEvenBrainFloat) {
  using ops::round_to_bf16;
  const auto bits = [](std::uint32_t x) { return std::bit_cast<float>(x); };
  EXPECT_EQ(round_to_bf16(bits(0x3f80'8000)), bits(0x3f80'0000));
  EXPECT_EQ(round_to_bf16(bits(0x3f81'8000)), bits(0x3f82'0000));
  EXPECT_EQ(round_to_bf16(bits(0x3f80'8001)), bits(0x3f81'0000));
  EXPECT_EQ(round_to_bf16(bits(0xbf80'7fff)), bits(0xbf80'0000));
  EXPECT_EQ(round_to_bf16(bits(0x7f7f'ffff)),
            std::numeric_limits<float>::infinity());
  EXPECT_TRUE(std::isnan(round_to_bf16(bits(0x7f80'0001))));
}

} // namespace
} // namespace aura::model
