#include "kernels/ops/device/dropout.hpp"

namespace aura::ops::device {

status dropout(const place& where, const_array x, array y, std::size_t size,
               drop_rule rule) {
  if (x.form != y.form)
    return fault{errc::shape_mismatch, "dropout: x and y differ"};
  if (where.cuda)
    return cuda::dropout(where.stream, x, y, size, rule);
  with_type(x.form, [&](auto* type) {
    using T = std::remove_pointer_t<decltype(type)>;
    for (std::size_t i = 0; i < size; ++i)
      store(static_cast<T*>(y.data)[i],
            kept(rule.key, i, rule.threshold)
              ? load(static_cast<const T*>(x.data)[i]) * rule.factor
              : 0.0f);
  });
  return ok;
}

} // namespace aura::ops::device
