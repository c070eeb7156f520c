#include "kernels/ops/nf4.hpp"

#include "kernels/base/random.hpp"
#include "kernels/ops/adamw.hpp"
#include "tests/kernels/model/golden.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace aura::ops {
namespace {

using floats = std::vector<float>;

/// A standard normal number.
double normal(random_stream& random) {
  const auto radius = std::sqrt(-2 * std::log(1 - random.uniform()));
  return radius * std::cos(2 * std::numbers::pi * random.uniform());
}

struct quantised {
  std::vector<std::uint8_t> codes;
  floats scales;
};

quantised quantise(const floats& x) {
  quantised out{std::vector<std::uint8_t>(nf4_bytes(x.size())),
                floats(nf4_blocks(x.size()))};
  quantise_nf4(x, out.codes, out.scales);
  return out;
}

floats as_floats(std::span<const std::uint8_t> codes) {
  return {codes.begin(), codes.end()};
}

class Nf4 : public testing::Test {
protected:
  golden_file golden{"model/nf4.safetensors"};
};

TEST_F(Nf4, MapsAreThoseOfBitsandbytes) {
  for (auto with_sign : {false, true}) {
    const auto wanted = golden.read(with_sign ? "signed_map" : "unsigned_map");
    const auto& found = dynamic_map(with_sign);
    EXPECT_EQ(floats(found.begin(), found.end()), wanted);
  }
}

TEST_F(Nf4, CodesScalesAndValuesAreThoseOfBitsandbytes) {
  for (const std::string name :
       {"blocks", "zeros", "odd", "short", "nothing", "midpoints"}) {
    const auto x = golden.read(name + ".x");
    const auto found = quantise(x);
    EXPECT_EQ(as_floats(found.codes), golden.read(name + ".codes")) << name;
    EXPECT_EQ(found.scales, golden.read(name + ".scales")) << name;
    const auto wanted = golden.read(name + ".back");
    floats back(x.size());
    dequantise_nf4(found.codes, found.scales, 0, back);
    EXPECT_EQ(back, wanted) << name;
    floats part(x.size() - 3);
    dequantise_nf4(found.codes, found.scales, 3, part);
    EXPECT_EQ(part, floats(wanted.begin() + 3, wanted.end())) << name;
  }
}

TEST_F(Nf4, ScalesQuantiseAsInBitsandbytes) {
  const auto scales = golden.read("scales.x");
  const auto offset = golden.read("scales.offset").front();
  EXPECT_NEAR(quantise_scales(scales).offset, offset, 1e-6 * offset);
  const auto found = quantise_scales(scales, offset);
  EXPECT_EQ(as_floats(found.codes), golden.read("scales.codes"));
  EXPECT_EQ(found.nested, golden.read("scales.nested"));
  EXPECT_EQ(dequantise_scales(found), golden.read("scales.back"));
}

TEST_F(Nf4, ErrorOfNormalNumbersIsWhatIsPublished) {
  // bitsandbytes' own test: 200 times a megabyte; the bounds are its 7 sigma
  // for as many, widened by the square root of what is drawn less.
  constexpr std::size_t rounds = 4, size = 256 * 256;
  auto error = 0.0, relative = 0.0;
  for (std::size_t round = 0; round < rounds; ++round) {
    random_stream random{7, "normal", round};
    floats x(size), back(size);
    for (auto& value : x)
      value = static_cast<float>(normal(random));
    const auto found = quantise(x);
    dequantise_nf4(found.codes, found.scales, 0, back);
    for (std::size_t i = 0; i < size; ++i) {
      const auto off = std::fabs(static_cast<double>(x[i]) - back[i]);
      error += off;
      relative += off / (std::fabs(x[i]) + 1e-8);
    }
  }
  EXPECT_NEAR(error / (rounds * size), 0.072798, 7 * 0.000074 * 3);
  EXPECT_NEAR(relative / (rounds * size), 0.203339, 7 * 0.00034 * 3);
}

TEST(CodeFinder, FindsTheNearestCode) {
  random_stream random{3, "codes"};
  for (auto with_sign : {false, true}) {
    const auto& map = dynamic_map(with_sign);
    const auto& find = dynamic_finder(with_sign);
    const auto check
      = [&](float x) { ASSERT_EQ(find(x), nearest_code(map, x)) << x; };
    for (std::size_t i = 0; i + 1 < map.size(); ++i) {
      const auto middle = (map[i] + map[i + 1]) / 2.0f;
      for (auto x : {map[i], middle, std::nextafter(middle, -2.0f),
                     std::nextafter(middle, 2.0f)})
        check(x);
    }
    for (int i = 0; i < 20000; ++i)
      check(static_cast<float>((2 * random.uniform() - 1)
                               * std::pow(10.0, -8 * random.uniform())));
    check(0.0f);
    check(-0.0f);
    check(1.0f);
    check(-1.0f);
  }
}

} // namespace
} // namespace aura::ops
