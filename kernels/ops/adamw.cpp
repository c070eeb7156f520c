#include "kernels/ops/adamw.hpp"

#include "kernels/ops/dynamic_map.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>

namespace aura::ops {

namespace {

/// m / (√v + ε) written so that ε keeps its meaning: both corrections are in
/// `size` and `epsilon`.
void block8(float* p, const float* g, std::uint8_t* m, std::uint8_t* v,
            float& m_scale, float& v_scale, std::size_t count,
            const adamw_factors& f) {
  const auto& first_map = dynamic_map(true);
  const auto& second_map = dynamic_map(false);
  const auto& first_code = dynamic_finder(true);
  const auto& second_code = dynamic_finder(false);
  std::array<float, adamw8_block> first, second;
  auto first_top = 0.0f, second_top = 0.0f;
  for (std::size_t i = 0; i < count; ++i) {
    const auto slope = g[i] * f.scale;
    if (!std::isfinite(slope)) {
      first[i] = second[i] = 0;
      continue;
    }
    first[i] = first_map[m[i]] * m_scale * f.beta1 + slope * f.rest1;
    second[i] = second_map[v[i]] * v_scale * f.beta2 + f.rest2 * slope * slope;
    first_top = std::max(first_top, std::fabs(first[i]));
    second_top = std::max(second_top, second[i]);
    p[i] -= f.size * (first[i] / (std::sqrt(second[i]) + f.epsilon));
    p[i] *= f.keep;
  }
  m_scale = first_top;
  v_scale = second_top;
  for (std::size_t i = 0; i < count; ++i) {
    const auto x = first_top > 0 ? first[i] / first_top : 0.0f;
    auto code = first_code(x);
    if (std::signbit(first_map[code]) != (x < 0))
      code = static_cast<std::uint8_t>(x > 0 ? code + 1 : code - 1);
    m[i] = code;
    v[i] = second_code(second_top > 0 ? second[i] / second_top : 0.0f);
  }
}

} // namespace

adamw_factors::adamw_factors(const adamw_rule& rule)
  : beta1{static_cast<float>(rule.beta1)}, beta2{static_cast<float>(
                                             rule.beta2)},
    rest1{static_cast<float>(1 - rule.beta1)}, rest2{static_cast<float>(
                                                 1 - rule.beta2)},
    scale{static_cast<float>(rule.scale)}, keep{static_cast<float>(
                                             1
                                             - rule.rate * rule.weight_decay)} {
  const auto t = static_cast<double>(rule.step);
  const auto correction2 = std::sqrt(1 - std::pow(rule.beta2, t));
  size = static_cast<float>(rule.rate * correction2
                            / (1 - std::pow(rule.beta1, t)));
  epsilon = static_cast<float>(rule.epsilon * correction2);
}

void adamw32(std::span<float> p, std::span<const float> g, std::span<float> m,
             std::span<float> v, const adamw_rule& rule) {
  assert(g.size() == p.size() && m.size() == p.size() && v.size() == p.size());
  const adamw_factors f{rule};
  for (std::size_t i = 0; i < p.size(); ++i) {
    const auto slope = g[i] * f.scale;
    m[i] = m[i] * f.beta1 + slope * f.rest1;
    v[i] = v[i] * f.beta2 + slope * slope * f.rest2;
    p[i] *= f.keep;
    p[i] -= f.size * (m[i] / (std::sqrt(v[i]) + f.epsilon));
  }
}

void clear(const adamw8_moments& x) {
  std::fill(x.m.begin(), x.m.end(), zero_code(true));
  std::fill(x.v.begin(), x.v.end(), zero_code(false));
  std::fill(x.m_scale.begin(), x.m_scale.end(), 0.0f);
  std::fill(x.v_scale.begin(), x.v_scale.end(), 0.0f);
}

void adamw8(std::span<float> p, std::span<const float> g,
            const adamw8_moments& moments, const adamw_rule& rule) {
  assert(g.size() == p.size() && moments.m.size() == p.size()
         && moments.v.size() == p.size());
  assert(moments.m_scale.size() == adamw8_blocks(p.size()));
  const adamw_factors f{rule};
  for (std::size_t b = 0; b < moments.m_scale.size(); ++b) {
    const auto at = b * adamw8_block;
    block8(p.data() + at, g.data() + at, moments.m.data() + at,
           moments.v.data() + at, moments.m_scale[b], moments.v_scale[b],
           std::min(adamw8_block, p.size() - at), f);
  }
}

double clip_factor(double norm, double most) {
  return most > 0 ? std::min(1.0, most / (norm + 1e-6)) : 1.0;
}

} // namespace aura::ops
