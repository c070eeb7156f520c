#include "kernels/ops/device/rope.hpp"

namespace aura::ops::device {

namespace {

template <class T>
void rotate(T* head, const float* cosine, const float* sine, std::size_t half,
            float direction) {
  for (std::size_t j = 0; j < half; ++j) {
    const auto a = load(head[j]);
    const auto b = load(head[j + half]);
    const auto turn = direction * sine[j];
    store(head[j], a * cosine[j] - b * turn);
    store(head[j + half], b * cosine[j] + a * turn);
  }
}

} // namespace

status rope(const place& where, array x, const float* cosine, const float* sine,
            const std::int32_t* positions, rope_shape shape, float direction) {
  if (shape.head_size == 0 || shape.head_size % 2 != 0
      || shape.heads * shape.head_size > shape.stride)
    return fault{errc::shape_mismatch, "rope: heads do not fit their row"};
  if (where.cuda)
    return cuda::rope(where.stream, x, cosine, sine, positions, shape,
                      direction);
  const auto half = shape.head_size / 2;
  with_type(x.form, [&](auto* type) {
    using T = std::remove_pointer_t<decltype(type)>;
    for (std::size_t i = 0; i < shape.rows; ++i) {
      const auto at = static_cast<std::size_t>(positions[i]) * half;
      for (std::size_t h = 0; h < shape.heads; ++h)
        rotate(static_cast<T*>(x.data) + i * shape.stride + h * shape.head_size,
               cosine + at, sine + at, half, direction);
    }
  });
  return ok;
}

} // namespace aura::ops::device
