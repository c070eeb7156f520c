#include "kernels/ops/device/rms_norm.hpp"

#include <cmath>

namespace aura::ops::device {

namespace {

template <class T>
void forward(const T* x, const float* w, T* y, float* scale, rms_shape shape,
             float epsilon) {
  for (std::size_t i = 0; i < shape.rows; ++i) {
    const auto* row = x + i * shape.width;
    auto sum = 0.0;
    for (std::size_t j = 0; j < shape.width; ++j)
      sum += static_cast<double>(load(row[j])) * load(row[j]);
    const auto mean = sum / static_cast<double>(shape.width);
    scale[i] = static_cast<float>(1 / std::sqrt(mean + epsilon));
    for (std::size_t j = 0; j < shape.width; ++j)
      store(y[i * shape.width + j], w[j] * rounded<T>(load(row[j]) * scale[i]));
  }
}

template <class T>
void backward(const T* dy, const T* x, const float* w, const float* scale,
              T* dx, rms_shape shape) {
  for (std::size_t i = 0; i < shape.rows; ++i) {
    const auto at = i * shape.width;
    auto sum = 0.0;
    for (std::size_t j = 0; j < shape.width; ++j)
      sum += static_cast<double>(load(dy[at + j])) * w[j] * load(x[at + j])
             * scale[i];
    const auto mean
      = static_cast<float>(sum / static_cast<double>(shape.width));
    for (std::size_t j = 0; j < shape.width; ++j)
      store(dx[at + j],
            scale[i]
              * (load(dy[at + j]) * w[j] - load(x[at + j]) * scale[i] * mean));
  }
}

} // namespace

status rms_norm(const place& where, const_array x, const float* w, array y,
                float* scale, rms_shape shape, float epsilon) {
  if (x.form != y.form || shape.width == 0)
    return fault{errc::shape_mismatch, "rms_norm: x and y differ"};
  if (where.cuda)
    return cuda::rms_norm(where.stream, x, w, y, scale, shape, epsilon);
  with_type(x.form, [&](auto* type) {
    using T = std::remove_pointer_t<decltype(type)>;
    forward(static_cast<const T*>(x.data), w, static_cast<T*>(y.data), scale,
            shape, epsilon);
  });
  return ok;
}

status rms_norm_back(const place& where, const_array dy, const_array x,
                     const float* w, const float* scale, array dx,
                     rms_shape shape) {
  if (x.form != dx.form || x.form != dy.form || shape.width == 0)
    return fault{errc::shape_mismatch, "rms_norm_back: x, dx and dy differ"};
  if (where.cuda)
    return cuda::rms_norm_back(where.stream, dy, x, w, scale, dx, shape);
  with_type(x.form, [&](auto* type) {
    using T = std::remove_pointer_t<decltype(type)>;
    backward(static_cast<const T*>(dy.data), static_cast<const T*>(x.data), w,
             scale, static_cast<T*>(dx.data), shape);
  });
  return ok;
}

} // namespace aura::ops::device
