#include "kernels/ops/device/swiglu.hpp"

#include <cmath>

namespace aura::ops::device {

namespace {

float sigmoid(float x) {
  return 1 / (1 + std::exp(-x));
}

template <class T>
void forward(const T* gate_up, T* h, swiglu_shape shape) {
  for (std::size_t i = 0; i < shape.rows; ++i)
    for (std::size_t j = 0; j < shape.width; ++j) {
      const auto* row = gate_up + 2 * i * shape.width;
      const auto gate = load(row[j]);
      store(h[i * shape.width + j],
            gate * sigmoid(gate) * load(row[shape.width + j]));
    }
}

template <class T>
void backward(const T* gate_up, const T* dh, T* out, swiglu_shape shape) {
  for (std::size_t i = 0; i < shape.rows; ++i)
    for (std::size_t j = 0; j < shape.width; ++j) {
      const auto at = 2 * i * shape.width + j;
      const auto gate = load(gate_up[at]);
      const auto up = load(gate_up[at + shape.width]);
      const auto slope = load(dh[i * shape.width + j]);
      const auto s = sigmoid(gate);
      store(out[at], slope * up * s * (1 + gate * (1 - s)));
      store(out[at + shape.width], slope * gate * s);
    }
}

} // namespace

status swiglu(const place& where, const_array gate_up, array h,
              swiglu_shape shape) {
  if (gate_up.form != h.form)
    return fault{errc::shape_mismatch, "swiglu: gate and h differ"};
  if (where.cuda)
    return cuda::swiglu(where.stream, gate_up, h, shape);
  with_type(h.form, [&](auto* type) {
    using T = std::remove_pointer_t<decltype(type)>;
    forward(static_cast<const T*>(gate_up.data), static_cast<T*>(h.data),
            shape);
  });
  return ok;
}

status swiglu_back(const place& where, const_array gate_up, const_array dh,
                   array out, swiglu_shape shape) {
  if (gate_up.form != dh.form || out.form != dh.form)
    return fault{errc::shape_mismatch, "swiglu_back: gate, dh and out differ"};
  if (where.cuda)
    return cuda::swiglu_back(where.stream, gate_up, dh, out, shape);
  with_type(dh.form, [&](auto* type) {
    using T = std::remove_pointer_t<decltype(type)>;
    backward(static_cast<const T*>(gate_up.data),
             static_cast<const T*>(dh.data), static_cast<T*>(out.data), shape);
  });
  return ok;
}

} // namespace aura::ops::device
