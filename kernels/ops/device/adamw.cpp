#include "kernels/ops/device/adamw.hpp"

namespace aura::ops::device {

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
