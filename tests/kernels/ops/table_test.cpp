#include "kernels/ops/table.hpp"

#include "kernels/base/random.hpp"
#include "kernels/ops/reference.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <limits>

namespace aura::ops {
namespace {

using doubles = std::vector<double>;
using floats = std::vector<float>;

doubles random_values(std::size_t n, std::uint64_t seed, double size = 1) {
  random_stream random{seed, "values"};
  doubles result(n);
  // What single precision holds, so that both start from the same numbers.
  for (auto& x : result)
    x = static_cast<float>((random.uniform() - 0.5) * 2 * size);
  return result;
}

floats narrow(const doubles& x) {
  return {x.begin(), x.end()};
}

void expect_near(const floats& found, const doubles& wanted, double tolerance,
                 const char* what) {
  ASSERT_EQ(found.size(), wanted.size()) << what;
  for (std::size_t i = 0; i < found.size(); ++i)
    ASSERT_NEAR(found[i], wanted[i], tolerance * (1 + std::fabs(wanted[i])))
      << what << " at " << i;
}

/// The slope of `f` at `x` by central differences, weighted by `out`: what a
/// backward kernel gives for dy = out.
doubles slope(const std::function<doubles(const doubles&)>& f, doubles x,
              const doubles& out) {
  constexpr auto step = 1e-5;
  doubles result(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    const auto at = x[i];
    x[i] = at + step;
    const auto above = f(x);
    x[i] = at - step;
    const auto below = f(x);
    x[i] = at;
    for (std::size_t j = 0; j < out.size(); ++j)
      result[i] += (above[j] - below[j]) / (2 * step) * out[j];
  }
  return result;
}

class EveryTable : public testing::TestWithParam<const kernel_table*> {
protected:
  const kernel_table& kernels = *GetParam();
};

TEST_P(EveryTable, MultipliesEveryLayoutAndOddSize) {
  struct size {
    std::size_t m, n, k;
  };
  for (const auto [m, n, k] :
       {size{1, 1, 1}, size{3, 5, 7}, size{6, 64, 16}, size{7, 65, 300},
        size{100, 48, 33}, size{130, 17, 600}, size{2, 128, 0},
        size{97, 100, 257}}) {
    const auto a = random_values(m * k, 1), b = random_values(k * n, 2);
    const auto wanted = reference::multiply(a, b, m, n, k);
    doubles a_turned(m * k), b_turned(k * n);
    for (std::size_t i = 0; i < m; ++i)
      for (std::size_t p = 0; p < k; ++p)
        a_turned[p * m + i] = a[i * k + p];
    for (std::size_t p = 0; p < k; ++p)
      for (std::size_t j = 0; j < n; ++j)
        b_turned[j * k + p] = b[p * n + j];
    const auto row
      = [](std::size_t x) { return static_cast<std::ptrdiff_t>(x); };
    const auto left = narrow(a), left_turned = narrow(a_turned);
    const auto right = narrow(b), right_turned = narrow(b_turned);
    for (const auto& x : {matrix_view{left.data(), row(k), 1},
                          matrix_view{left_turned.data(), 1, row(m)}})
      for (const auto& y : {matrix_view{right.data(), row(n), 1},
                            matrix_view{right_turned.data(), 1, row(k)}}) {
        // A margin on each side shows what is written outside.
        constexpr std::size_t margin = 3;
        const auto c_row = n + 2 * margin;
        floats c(m * c_row, 9);
        kernels.multiply(x, y, c.data() + margin, c_row, m, n, k, false);
        kernels.multiply(x, y, c.data() + margin, c_row, m, n, k, true);
        for (std::size_t i = 0; i < m; ++i)
          for (std::size_t j = 0; j < c_row; ++j)
            if (j < margin || j >= margin + n)
              ASSERT_EQ(c[i * c_row + j], 9) << i << " " << j;
            else
              ASSERT_NEAR(c[i * c_row + j], 2 * wanted[i * n + j - margin],
                          1e-6 * static_cast<double>(k + 10))
                << m << "x" << n << "x" << k;
      }
  }
}

TEST_P(EveryTable, DotsRowsTheSameWhateverIsBesideThem) {
  struct size {
    std::size_t m, n, k;
  };
  for (const auto [m, n, k] : {size{1, 1, 1}, size{5, 7, 33}, size{70, 13, 64},
                               size{4, 6, 100}, size{3, 50, 16}}) {
    const auto a = random_values(m * k, 1), b = random_values(n * k, 2);
    doubles turned(n * k);
    for (std::size_t j = 0; j < n; ++j)
      for (std::size_t p = 0; p < k; ++p)
        turned[p * n + j] = b[j * k + p];
    const auto wanted = reference::multiply(a, turned, m, n, k);
    const auto a32 = narrow(a), b32 = narrow(b);
    floats c(m * n, 1), one(1);
    kernels.dots(a32.data(), k, b32.data(), k, c.data(), n, m, n, k, false);
    for (std::size_t i = 0; i < m; ++i)
      for (std::size_t j = 0; j < n; ++j) {
        ASSERT_NEAR(c[i * n + j], wanted[i * n + j],
                    1e-6 * static_cast<double>(k + 1));
        kernels.dots(a32.data() + i * k, k, b32.data() + j * k, k, one.data(),
                     1, 1, 1, k, false);
        ASSERT_EQ(c[i * n + j], one[0]) << i << " " << j;
      }
    auto twice = c;
    kernels.dots(a32.data(), k, b32.data(), k, twice.data(), n, m, n, k, true);
    for (std::size_t i = 0; i < m * n; ++i)
      ASSERT_EQ(twice[i], c[i] + c[i]);
  }
}

TEST_P(EveryTable, WeighsRowsInAnyNumberOfPortions) {
  constexpr std::size_t m = 2, n = 19, width = 87;
  const auto p = random_values(m * n, 1), v = random_values(n * width, 2);
  const auto wanted = reference::multiply(p, v, m, width, n);
  const auto p32 = narrow(p), v32 = narrow(v);
  floats whole(m * width), parts(m * width);
  kernels.weigh(p32.data(), n, v32.data(), width, whole.data(), width, m, n,
                width);
  expect_near(whole, wanted, 1e-6, "sum");
  for (std::size_t at = 0; at < n; at += 4)
    kernels.weigh(p32.data() + at, n, v32.data() + at * width, width,
                  parts.data(), width, m, std::min<std::size_t>(4, n - at),
                  width);
  EXPECT_EQ(whole, parts);
}

TEST_P(EveryTable, SoftmaxClearsWhatIsBehind) {
  floats scores(32, 7);
  const auto x = random_values(20, 1, 4);
  std::copy(x.begin(), x.end(), scores.begin());
  kernels.softmax(scores.data(), 20, 0.5f);
  auto total = 0.0;
  for (auto value : x)
    total += std::exp(0.5 * value);
  for (std::size_t i = 0; i < 20; ++i)
    EXPECT_NEAR(scores[i], std::exp(0.5 * x[i]) / total, 1e-6);
  for (std::size_t i = 20; i < 32; ++i)
    EXPECT_EQ(scores[i], 0);
}

TEST_P(EveryTable, NormalizesThereAndBack) {
  constexpr std::size_t rows = 3, width = 48;
  const auto x = random_values(rows * width, 1), w = random_values(width, 2);
  const auto dy = random_values(rows * width, 3);
  floats y(x.size()), scale(rows), dx(x.size(), 1), dw(width, 1);
  const auto x32 = narrow(x), w32 = narrow(w), dy32 = narrow(dy);
  kernels.rms_norm(x32.data(), w32.data(), y.data(), scale.data(), rows, width,
                   1e-5f);
  expect_near(y, reference::rms_norm(x, w, 1e-5), 1e-6, "y");
  kernels.rms_norm_back(dy32.data(), x32.data(), w32.data(), scale.data(),
                        dx.data(), dw.data(), rows, width);
  auto want_dx = slope(
    [&](const doubles& at) { return reference::rms_norm(at, w, 1e-5); }, x, dy);
  auto want_dw = slope(
    [&](const doubles& at) { return reference::rms_norm(x, at, 1e-5); }, w, dy);
  for (auto* added : {&want_dx, &want_dw})
    for (auto& value : *added)
      value += 1;
  expect_near(dx, want_dx, 1e-5, "dx");
  expect_near(dw, want_dw, 1e-5, "dw");
}

TEST_P(EveryTable, GatesThereAndBack) {
  constexpr std::size_t rows = 3, width = 32;
  auto gate_up = random_values(rows * 2 * width, 1, 4);
  // Where exp saturates, too.
  gate_up[0] = 200;
  gate_up[1] = -200;
  const auto dh = random_values(rows * width, 2);
  auto buffer = narrow(gate_up);
  const auto dh32 = narrow(dh);
  floats h(rows * width);
  kernels.swiglu(buffer.data(), h.data(), rows, width);
  expect_near(h, reference::swiglu(gate_up, width), 2e-6, "h");
  kernels.swiglu_back(buffer.data(), dh32.data(), rows, width);
  expect_near(
    buffer,
    slope([&](const doubles& at) { return reference::swiglu(at, width); },
          gate_up, dh),
    1e-5, "gradient");
}

TEST_P(EveryTable, TurnsPairsHalfAHeadApart) {
  constexpr std::size_t rows = 2, heads = 2, size = 32, row = 80;
  const auto x = random_values(rows * row, 1);
  floats cosine(4 * 16), sine(4 * 16);
  for (std::size_t p = 0; p < 4; ++p)
    for (std::size_t i = 0; i < 16; ++i) {
      const auto angle
        = static_cast<double>(p) / (1.0 + static_cast<double>(i));
      cosine[p * 16 + i] = static_cast<float>(std::cos(angle));
      sine[p * 16 + i] = static_cast<float>(std::sin(angle));
    }
  const std::uint32_t positions[] = {3, 1};
  auto turned = narrow(x);
  kernels.rope(turned.data(), row, rows, heads, size, cosine.data(),
               sine.data(), positions, 1);
  auto wanted = x;
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t h = 0; h < heads; ++h)
      for (std::size_t j = 0; j < 16; ++j) {
        const auto low = i * row + h * size + j, high = low + 16;
        const auto angle = positions[i] / (1.0 + static_cast<double>(j));
        wanted[low] = x[low] * std::cos(angle) - x[high] * std::sin(angle);
        wanted[high] = x[high] * std::cos(angle) + x[low] * std::sin(angle);
      }
  expect_near(turned, wanted, 1e-6, "turned");
  kernels.rope(turned.data(), row, rows, heads, size, cosine.data(),
               sine.data(), positions, -1);
  expect_near(turned, x, 1e-6, "turned back");
}

TEST_P(EveryTable, AttendsThereAndBack) {
  // A context of 5 rows, a question that asks at every row, one that asks late,
  // and one longer than a vector.
  const std::vector<segment> segments{
    {0, 0, 5}, {5, 5, 8}, {8, 10, 12}, {12, 30, 33}};
  constexpr std::size_t rows = 33, asking = 5 + 3 + 2 + 3;
  const attention_problem p{.heads = 4,
                            .kv_heads = 2,
                            .head_size = 32,
                            .context = 5,
                            .segments = segments,
                            .kv_row = 128,
                            .q_row = 128};
  const auto q = random_values(asking * p.q_row, 1, 2);
  const auto kv = random_values(rows * p.kv_row, 2, 2);
  const auto dout = random_values(q.size(), 3);
  const auto q32 = narrow(q), kv32 = narrow(kv), dout32 = narrow(dout);
  floats out(q.size()), probabilities(attention_memory(p)),
    scratch(attention_scratch(p)), dq(q.size()), dkv(kv.size());
  kernels.attention(p, q32.data(), kv32.data(), out.data(),
                    probabilities.data(), scratch.data());
  expect_near(out, reference::attention(p, q, kv), 2e-6, "out");
  kernels.attention_back(p, q32.data(), kv32.data(), probabilities.data(),
                         dout32.data(), dq.data(), dkv.data(), scratch.data());
  // Differences of every element would take minutes: some of each.
  const auto check = [&](const doubles& x, const floats& found, bool of_q) {
    for (std::size_t i = 0; i < x.size(); i += 37) {
      auto moved = x;
      const auto loss = [&](double by) {
        moved[i] = x[i] + by;
        const auto y = of_q ? reference::attention(p, moved, kv)
                            : reference::attention(p, q, moved);
        auto total = 0.0;
        for (std::size_t j = 0; j < y.size(); ++j)
          total += y[j] * dout[j];
        return total;
      };
      ASSERT_NEAR(found[i], (loss(1e-5) - loss(-1e-5)) / 2e-5, 1e-5)
        << (of_q ? "dq " : "dkv ") << i;
    }
  };
  check(q, dq, true);
  check(kv, dkv, false);
}

TEST_P(EveryTable, ComparesWithTheTarget) {
  constexpr std::size_t rows = 4, width = 64;
  auto logits = random_values(rows * width, 1, 30);
  logits[2 * width + 5] = 100;
  const std::vector<std::int32_t> targets{0, 63, 5, 17};
  auto buffer = narrow(logits);
  std::vector<std::uint8_t> correct(rows);
  const auto loss = kernels.cross_entropy(buffer.data(), targets.data(), rows,
                                          width, 0.5f, correct.data());
  EXPECT_NEAR(loss, reference::cross_entropy(logits, targets), 1e-5 * loss);
  expect_near(buffer,
              slope(
                [&](const doubles& at) {
                  return doubles{reference::cross_entropy(at, targets)};
                },
                logits, {0.5}),
              1e-5, "gradient");
  EXPECT_EQ(correct, (std::vector<std::uint8_t>{0, 0, 1, 0}));
}

TEST_P(EveryTable, StepsLikeAdam) {
  constexpr std::size_t n = 32;
  const auto start = random_values(n, 1);
  auto p = narrow(start);
  floats m(n), v(n);
  auto want = start;
  doubles first(n), second(n);
  for (int t = 1; t <= 10; ++t) {
    const auto g = random_values(n, static_cast<std::uint64_t>(100 + t));
    const auto c1 = 1 / (1 - std::pow(0.9, t)),
               c2 = 1 / (1 - std::pow(0.98, t));
    kernels.adam(p.data(), narrow(g).data(), m.data(), v.data(), n, 0.01f, 0.9f,
                 0.98f, 1e-8f, static_cast<float>(c1), static_cast<float>(c2));
    for (std::size_t i = 0; i < n; ++i) {
      first[i] = 0.9 * first[i] + 0.1 * g[i];
      second[i] = 0.98 * second[i] + 0.02 * g[i] * g[i];
      want[i] -= 0.01 * first[i] * c1 / (std::sqrt(second[i] * c2) + 1e-8);
    }
  }
  expect_near(p, want, 1e-5, "parameters");
}

TEST_P(EveryTable, AddsAndSquaresOddLengths) {
  for (std::size_t n : {0, 1, 15, 16, 1023, 1024, 5000}) {
    const auto x = random_values(n, 1), y = random_values(n, 2);
    auto sum = narrow(y);
    kernels.add(narrow(x).data(), sum.data(), n);
    auto total = 0.0;
    for (std::size_t i = 0; i < n; ++i) {
      EXPECT_FLOAT_EQ(sum[i], static_cast<float>(x[i] + y[i]));
      total += x[i] * x[i];
    }
    EXPECT_NEAR(kernels.squares(narrow(x).data(), n), total, 1e-5 * total);
  }
}

TEST_P(EveryTable, KeepsNaNInItsRow) {
  constexpr std::size_t width = 16;
  floats x(2 * width, 1), w(width, 1), y(2 * width), scale(2);
  x[3] = std::numeric_limits<float>::quiet_NaN();
  kernels.rms_norm(x.data(), w.data(), y.data(), scale.data(), 2, width, 1e-5f);
  EXPECT_TRUE(std::isnan(y[0]));
  EXPECT_FALSE(std::isnan(y[width]));
}

INSTANTIATE_TEST_SUITE_P(Kernels, EveryTable,
                         testing::ValuesIn(tables().begin(), tables().end()),
                         [](const auto& instance) {
                           return std::string{instance.param->name};
                         });

TEST(Tables, BeginWithTheGenericOne) {
  ASSERT_FALSE(tables().empty());
  EXPECT_STREQ(tables().front()->name, "generic");
  EXPECT_EQ(&best(), tables().back());
}

} // namespace
} // namespace aura::ops
