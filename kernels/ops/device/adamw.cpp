#include "kernels/ops/device/adamw.hpp"

#include <cmath>

namespace aura::ops::device {

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

status adamw32(const place& where, const adamw32_tensor& x,
               const adamw_rule& rule) {
  if (where.cuda)
    return cuda::adamw32(where.stream, x, adamw_factors{rule});
  ops::adamw32({x.p, x.size}, {x.g, x.size}, {x.m, x.size}, {x.v, x.size},
               rule);
  return ok;
}

status adamw8(const place& where, const adamw8_tensor& x,
              const adamw_rule& rule) {
  if (where.cuda)
    return cuda::adamw8(where.stream, x, adamw_factors{rule});
  const auto blocks = adamw8_blocks(x.size);
  ops::adamw8(
    {x.p, x.size}, {x.g, x.size},
    {{x.m, x.size}, {x.v, x.size}, {x.m_scale, blocks}, {x.v_scale, blocks}},
    rule);
  return ok;
}

} // namespace aura::ops::device
