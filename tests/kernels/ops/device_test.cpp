#include "kernels/base/random.hpp"
#include "kernels/ops/device/adamw.hpp"
#include "kernels/ops/device/cross_entropy.hpp"
#include "kernels/ops/device/dropout.hpp"
#include "kernels/ops/device/memory.hpp"
#include "kernels/ops/device/nf4.hpp"
#include "kernels/ops/device/rms_norm.hpp"
#include "kernels/ops/device/rope.hpp"
#include "kernels/ops/device/swiglu.hpp"
#include "kernels/ops/nf4.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

namespace aura::ops::device {
namespace {

using vector = std::vector<float>;

vector random_values(std::size_t size, std::uint64_t seed, double most = 2) {
  random_stream random{seed, "values"};
  vector result(size);
  for (auto& x : result)
    x = static_cast<float>((random.uniform() - 0.5) * 2 * most);
  return result;
}

/// Bytes of a vector in a place.
template <class T>
class held {
public:
  held(const place& where, const std::vector<T>& values)
    : where_{where}, size_{values.size()}, memory_{
                                             memory_at(where, values.size()
                                                                * sizeof(T))} {
    if (where.cuda)
      EXPECT_TRUE(cuda::copy(memory_.get(), values.data(), size_ * sizeof(T),
                             cuda::direction::up));
    else if (size_ > 0)
      std::memcpy(memory_.get(), values.data(), size_ * sizeof(T));
  }

  T* data() const {
    return static_cast<T*>(memory_.get());
  }

  std::vector<T> values() const {
    std::vector<T> result(size_);
    if (where_.cuda)
      EXPECT_TRUE(cuda::copy(result.data(), memory_.get(), size_ * sizeof(T),
                             cuda::direction::down));
    else if (size_ > 0)
      std::memcpy(result.data(), memory_.get(), size_ * sizeof(T));
    return result;
  }

private:
  place where_;
  std::size_t size_;
  std::shared_ptr<void> memory_;
};

/// Numbers of a form in a place.
class numbers {
public:
  numbers(const place& where, number form, const vector& values)
    : form_{form}, wide_{where, form == number::f32 ? values : vector{}},
      narrow_{where,
              form == number::bf16 ? cast(values) : std::vector<bf16>{}} {
  }

  array get() const {
    if (form_ == number::f32)
      return {wide_.data(), form_};
    return {narrow_.data(), form_};
  }

  vector values() const {
    if (form_ == number::f32)
      return wide_.values();
    vector result;
    for (auto x : narrow_.values())
      result.push_back(load(x));
    return result;
  }

private:
  static std::vector<bf16> cast(const vector& values) {
    std::vector<bf16> result(values.size());
    for (std::size_t i = 0; i < values.size(); ++i)
      store(result[i], values[i]);
    return result;
  }

  number form_;
  held<float> wide_;
  held<bf16> narrow_;
};

/// Every kernel in every place and form. On a machine with a device and a build
/// with nvcc that is the CPU and the device, else the CPU alone.
class Device : public testing::TestWithParam<number> {
protected:
  number form = GetParam();

  vector as_held(vector x) const {
    if (form == number::bf16)
      for (auto& value : x)
        value = rounded<bf16>(value);
    return x;
  }

  /// A rounding of the form, or of sums in single precision: of the number
  /// itself and of a share of the largest.
  void expect_near(const vector& found, const std::vector<double>& expected,
                   double roundings = 1, double share = 0.02) const {
    ASSERT_EQ(found.size(), expected.size());
    auto largest = 0.0;
    for (auto x : expected)
      largest = std::max(largest, std::fabs(x));
    const auto unit = form == number::bf16 ? 1.0 / 256 : 1e-6;
    for (std::size_t i = 0; i < found.size(); ++i)
      ASSERT_NEAR(found[i], expected[i],
                  roundings * unit * (std::fabs(expected[i]) + share * largest))
        << i;
  }
};

/// d f / d x[i] for all i, in double precision.
std::vector<double>
slopes(const vector& x, const std::function<double(std::vector<double>)>& f) {
  std::vector<double> at{x.begin(), x.end()}, result;
  for (auto& value : at) {
    const auto kept_value = value;
    const auto step = 1e-5;
    value = kept_value + step;
    const auto above = f(at);
    value = kept_value - step;
    const auto below = f(at);
    value = kept_value;
    result.push_back((above - below) / (2 * step));
  }
  return result;
}

constexpr auto epsilon = 1e-5f;

std::vector<double> normalised(const std::vector<double>& x, const vector& w) {
  std::vector<double> result(x.size());
  for (std::size_t at = 0; at < x.size(); at += w.size()) {
    auto sum = 0.0;
    for (std::size_t j = 0; j < w.size(); ++j)
      sum += x[at + j] * x[at + j];
    const auto scale
      = 1 / std::sqrt(sum / static_cast<double>(w.size()) + epsilon);
    for (std::size_t j = 0; j < w.size(); ++j)
      result[at + j] = x[at + j] * scale * w[j];
  }
  return result;
}

double dot(const std::vector<double>& a, const vector& b) {
  auto result = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i)
    result += a[i] * b[i];
  return result;
}

TEST_P(Device, NormalisesRowsThereAndBack) {
  for (const auto& where : places())
    for (std::size_t width : {8u, 33u, 48u}) {
      constexpr std::size_t rows = 3;
      const auto x = as_held(random_values(rows * width, 1));
      const auto dy = as_held(random_values(rows * width, 2));
      const auto w = random_values(width, 3);
      const held<float> weights{where, w}, scale{where, vector(rows)};
      const numbers in{where, form, x}, up{where, form, dy};
      const numbers out{where, form, vector(x.size())};
      ASSERT_TRUE(rms_norm(where, in.get(), weights.data(), out.get(),
                           scale.data(), {rows, width}, epsilon));
      expect_near(out.values(), normalised({x.begin(), x.end()}, w), 2);
      ASSERT_TRUE(rms_norm_back(where, up.get(), in.get(), weights.data(),
                                scale.data(), out.get(), {rows, width}));
      expect_near(
        out.values(),
        slopes(x, [&](const auto& at) { return dot(normalised(at, w), dy); }),
        3);
    }
}

TEST_P(Device, TurnsPairsOfHalvesThereAndBack) {
  for (const auto& where : places())
    for (std::size_t head_size : {32u, 6u}) {
      const rope_shape shape{4, 3, head_size, 3 * head_size + 16};
      const auto half = head_size / 2;
      const auto x = as_held(random_values(shape.rows * shape.stride, 1));
      const std::vector<std::int32_t> positions{0, 5, 1, 7};
      vector c(8 * half), s(8 * half);
      for (std::size_t p = 0; p < 8; ++p)
        for (std::size_t j = 0; j < half; ++j) {
          const auto angle = static_cast<double>(p) / (1.0 + double(j));
          c[p * half + j] = static_cast<float>(std::cos(angle));
          s[p * half + j] = static_cast<float>(std::sin(angle));
        }
      const held<float> cosine{where, c}, sine{where, s};
      const held<std::int32_t> rows{where, positions};
      const numbers held_x{where, form, x};
      ASSERT_TRUE(rope(where, held_x.get(), cosine.data(), sine.data(),
                       rows.data(), shape, 1));
      std::vector<double> turned{x.begin(), x.end()};
      for (std::size_t i = 0; i < shape.rows; ++i)
        for (std::size_t h = 0; h < shape.heads; ++h)
          for (std::size_t j = 0; j < half; ++j) {
            const auto at = i * shape.stride + h * head_size + j;
            const auto place
              = static_cast<std::size_t>(positions[i]) * half + j;
            turned[at]
              = double(x[at]) * c[place] - double(x[at + half]) * s[place];
            turned[at + half]
              = double(x[at + half]) * c[place] + double(x[at]) * s[place];
          }
      expect_near(held_x.values(), turned);
      ASSERT_TRUE(rope(where, held_x.get(), cosine.data(), sine.data(),
                       rows.data(), shape, -1));
      // What a number lost on its way has the size of its pair.
      expect_near(held_x.values(), {x.begin(), x.end()}, 2, 1);
    }
}

std::vector<double> activated(const std::vector<double>& x, std::size_t width) {
  std::vector<double> result;
  for (std::size_t at = 0; at < x.size(); at += 2 * width)
    for (std::size_t j = 0; j < width; ++j)
      result.push_back(x[at + j] / (1 + std::exp(-x[at + j]))
                       * x[at + width + j]);
  return result;
}

TEST_P(Device, ActivatesThereAndBack) {
  for (const auto& where : places())
    for (std::size_t width : {16u, 7u}) {
      constexpr std::size_t rows = 3;
      const auto x = as_held(random_values(rows * 2 * width, 1, 4));
      const auto dh = as_held(random_values(rows * width, 2));
      const numbers in{where, form, x}, up{where, form, dh};
      const numbers h{where, form, vector(dh.size())};
      ASSERT_TRUE(swiglu(where, in.get(), h.get(), {rows, width}));
      expect_near(h.values(), activated({x.begin(), x.end()}, width));
      ASSERT_TRUE(
        swiglu_back(where, in.get(), up.get(), in.get(), {rows, width}));
      expect_near(
        in.values(),
        slopes(x,
               [&](const auto& at) { return dot(activated(at, width), dh); }),
        2);
    }
}

/// Summed loss of rows of `width` logits.
double entropy(const std::vector<double>& x,
               const std::vector<std::int32_t>& targets, std::size_t width) {
  auto result = 0.0;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    auto sum = 0.0;
    for (std::size_t j = 0; j < width; ++j)
      sum += std::exp(x[i * width + j]);
    result
      += std::log(sum) - x[i * width + static_cast<std::size_t>(targets[i])];
  }
  return result;
}

TEST_P(Device, MeasuresCrossEntropyAndItsGradient) {
  for (const auto& where : places())
    for (std::size_t width : {64u, 37u}) {
      auto x = as_held(random_values(3 * width, 1, 3));
      const std::vector<std::int32_t> targets{0, 20, 36};
      x[0] = x[2 * width + 36] = -1;
      x[width + 20] = 9;
      const numbers logits{where, form, x};
      const held<std::int32_t> goals{where, targets};
      const held<float> loss{where, vector(3)};
      const held<std::uint8_t> right{where, std::vector<std::uint8_t>(3, 7)};
      const entropy_shape shape{3, width};
      ASSERT_TRUE(cross_entropy(where, logits.get(), goals.data(), loss.data(),
                                right.data(), shape, 0));
      EXPECT_EQ(logits.values(), x);
      auto sum = 0.0;
      for (auto each : loss.values())
        sum += each;
      const auto expected = entropy({x.begin(), x.end()}, targets, width);
      EXPECT_NEAR(sum, expected, 1e-5 * expected);
      EXPECT_EQ(right.values(), (std::vector<std::uint8_t>{0, 1, 0}));
      ASSERT_TRUE(cross_entropy(where, logits.get(), goals.data(), loss.data(),
                                right.data(), shape, 0.25f));
      expect_near(
        logits.values(),
        slopes(x,
               [&](const auto& at) { return entropy(at, targets, width) / 4; }),
        3);
    }
}

TEST_P(Device, ShowsANanInTheLossOfItsRowOnly) {
  for (const auto& where : places()) {
    auto x = as_held(random_values(2 * 40, 1));
    x[3] = std::numeric_limits<float>::quiet_NaN();
    const numbers logits{where, form, x};
    const held<std::int32_t> goals{where, {1, 1}};
    const held<float> loss{where, vector(2)};
    const held<std::uint8_t> right{where, std::vector<std::uint8_t>(2)};
    ASSERT_TRUE(cross_entropy(where, logits.get(), goals.data(), loss.data(),
                              right.data(), {2, 40}, 0));
    EXPECT_TRUE(std::isnan(loss.values()[0]));
    EXPECT_TRUE(std::isfinite(loss.values()[1]));
  }
}

TEST_P(Device, DropsWhatTheDrawingSays) {
  for (const auto& where : places())
    for (std::size_t size : {4096u, 1001u}) {
      const auto x = as_held(random_values(size, 1));
      const numbers in{where, form, x}, out{where, form, vector(size)};
      const drop_rule rule{drop_key(1, 2, 3), drop_threshold(0.25), 1.25f};
      ASSERT_TRUE(dropout(where, in.get(), out.get(), size, rule));
      const auto found = out.values();
      std::size_t dropped = 0;
      for (std::size_t i = 0; i < size; ++i) {
        const auto stays = kept(rule.key, i, rule.threshold);
        dropped += stays ? 0 : 1;
        EXPECT_EQ(found[i], stays ? as_held({x[i] * 1.25f})[0] : 0.0f) << i;
      }
      // Seven standard deviations.
      const auto share = double(dropped) / double(size);
      EXPECT_NEAR(share, 0.25, 7 * std::sqrt(0.25 * 0.75 / double(size)));
    }
}

TEST_P(Device, QuantisesAndBackAsTheReferenceDoes) {
  for (const auto& where : places())
    for (std::size_t size : {1u, 63u, 64u, 65u, 1000u, 16384u + 192u}) {
      auto x = as_held(random_values(size, size));
      for (std::size_t i = 64; i < std::min<std::size_t>(size, 128); ++i)
        x[i] = 0;
      std::vector<std::uint8_t> codes(nf4_bytes(size));
      vector scales(nf4_blocks(size)), expected(size);
      ops::quantise_nf4(x, codes, scales);
      const numbers in{where, form, x}, out{where, form, vector(size)};
      const held<std::uint8_t> made{where,
                                    std::vector<std::uint8_t>(codes.size())};
      const held<float> tops{where, vector(scales.size())};
      ASSERT_TRUE(
        quantise_nf4(where, in.get(), size, made.data(), tops.data()));
      EXPECT_EQ(made.values(), codes) << size;
      EXPECT_EQ(tops.values(), scales) << size;
      nf4_scales given;
      given.plain = tops.data();
      ASSERT_TRUE(dequantise_nf4(where, made.data(), given, size, out.get()));
      ops::dequantise_nf4(codes, scales, 0, expected);
      EXPECT_EQ(out.values(), expected) << size;

      const auto doubly = quantise_scales(scales);
      const auto& map = dynamic_map(true);
      const held<std::uint8_t> scale_codes{where, doubly.codes};
      const held<float> nested{where, doubly.nested},
        values{where, vector{map.begin(), map.end()}};
      given = {nullptr, scale_codes.data(), nested.data(), values.data(),
               doubly.offset};
      ASSERT_TRUE(dequantise_nf4(where, made.data(), given, size, out.get()));
      ops::dequantise_nf4(codes, dequantise_scales(doubly), 0, expected);
      EXPECT_EQ(out.values(), expected) << size;
    }
}

INSTANTIATE_TEST_SUITE_P(Numbers, Device,
                         testing::Values(number::f32, number::bf16));

TEST(DeviceAdamw, StepsAsTheReferenceDoes) {
  for (const auto& where : places())
    for (std::size_t size : {4096u, 4096u + 17u}) {
      const auto start = random_values(size, 1);
      auto p32 = start, m32 = vector(size), v32 = vector(size), p8 = start;
      std::vector<std::uint8_t> m(size), v(size);
      vector m_scale(adamw8_blocks(size)), v_scale(adamw8_blocks(size));
      const adamw8_moments moments{m, v, m_scale, v_scale};
      clear(moments);
      const auto vector_of = [](const byte_map& x) {
        return vector{x.begin(), x.end()};
      };
      const held<float> hp32{where, p32}, hm32{where, m32}, hv32{where, v32};
      const held<float> hp8{where, p8}, hms{where, m_scale},
        hvs{where, v_scale};
      const held<float> m_map{where, vector_of(dynamic_map(true))},
        v_map{where, vector_of(dynamic_map(false))};
      const held<std::uint8_t> hm{where, m}, hv{where, v};
      adamw_rule rule;
      rule.rate = 1e-2;
      rule.weight_decay = 0.1;
      rule.scale = 0.5;
      for (rule.step = 1; rule.step <= 10; ++rule.step) {
        auto g = random_values(size, 10 + rule.step, 0.1);
        g[5] = 0;
        const held<float> hg32{where, g};
        ops::adamw32(p32, g, m32, v32, rule);
        ASSERT_TRUE(adamw32(
          where, {hp32.data(), hg32.data(), hm32.data(), hv32.data(), size},
          rule));
        g[7] = std::numeric_limits<float>::infinity();
        const held<float> hg8{where, g};
        ops::adamw8(p8, g, moments, rule);
        ASSERT_TRUE(
          adamw8(where,
                 {hp8.data(), hg8.data(), hm.data(), hv.data(), hms.data(),
                  hvs.data(), size, m_map.data(), v_map.data()},
                 rule));
      }
      const auto p32_found = hp32.values(), p8_found = hp8.values();
      const auto m_found = hm.values(), v_found = hv.values();
      for (std::size_t i = 0; i < size; ++i) {
        ASSERT_NEAR(p32_found[i], p32[i], 1e-6) << i;
        ASSERT_NEAR(p8_found[i], p8[i], 1e-5) << i;
        ASSERT_LE(std::abs(int{m_found[i]} - int{m[i]}), 1) << i;
        ASSERT_LE(std::abs(int{v_found[i]} - int{v[i]}), 1) << i;
      }
      EXPECT_EQ(p8_found[7], start[7]);
    }
}

TEST(DevicePlaces, RefusesWhatDoesNotFit) {
  float x[8]{};
  bf16 y[8]{};
  const auto refused
    = swiglu({}, {x, number::f32}, array{y, number::bf16}, {1, 4});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::shape_mismatch);
  const std::int32_t position = 0;
  EXPECT_FALSE(
    rope({}, array{x, number::f32}, x, x, &position, {1, 3, 4, 8}, 1));
}

TEST(DevicePlaces, SaysSoWhereThereAreNoCudaKernels) {
  if (cuda::available())
    GTEST_SKIP() << "this machine has a device";
  float x[8]{};
  const auto refused
    = dropout({true, nullptr}, {x, number::f32}, array{x, number::f32}, 8, {});
  EXPECT_FALSE(refused);
}

} // namespace
} // namespace aura::ops::device
