#pragma once

#include "kernels/base/random.hpp"
#include "kernels/model/pretrained/reader.hpp"

#include <gtest/gtest.h>

namespace aura::model {

inline architecture small_architecture(family kind) {
  architecture x;
  x.kind = kind;
  x.vocabulary = 423;
  x.hidden = 16;
  x.layers = 2;
  x.heads = 4;
  x.kv_heads = 2;
  x.head_size = 4;
  x.intermediate = 24;
  x.positions = 64;
  x.qkv_bias = kind == family::qwen2;
  return x;
}

/// An adapter whose every number was drawn.
inline adapter sample_adapter(const architecture& shape,
                              const lora_options& options) {
  auto layout = lay_out(shape, options);
  EXPECT_TRUE(layout) << (layout ? "" : layout.error().message);
  std::vector<float> values(layout->size);
  random_stream random{1, "adapter", 0};
  const auto draw = [&](std::size_t at, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
      values[at + i] = static_cast<float>(random.uniform() - 0.5);
  };
  for (const auto& slot : layout->adapters) {
    draw(slot.a, slot.rank * slot.columns);
    draw(slot.b, slot.rows * slot.rank);
  }
  for (const auto* whole : {&layout->embedding, &layout->head})
    if (*whole)
      draw((*whole)->offset, (*whole)->rows * (*whole)->columns);
  return {options, std::move(*layout),
          std::make_shared<const std::vector<float>>(std::move(values))};
}

/// s · B A over all rows of the stacked matrix of a layer, in double precision.
inline std::vector<double> delta_of(const architecture& shape, const adapter& x,
                                    std::size_t layer, linear_role role) {
  const auto columns = role == linear_role::output ? shape.q_width()
                       : role == linear_role::down ? shape.intermediate
                                                   : shape.hidden;
  const auto rows = role == linear_role::qkv
                      ? shape.q_width() + 2 * shape.kv_width()
                    : role == linear_role::gate_up ? 2 * shape.intermediate
                                                   : shape.hidden;
  std::vector<double> result(rows * columns);
  for (const auto& slot : x.layout.adapters)
    if (slot.layer == layer && slot.role == role)
      for (std::size_t i = 0; i < slot.rows; ++i)
        for (std::size_t k = 0; k < slot.rank; ++k)
          for (std::size_t j = 0; j < columns; ++j)
            result[(slot.begin + i) * columns + j]
              += scale_of(x.options) * (*x.values)[slot.b + i * slot.rank + k]
                 * (*x.values)[slot.a + k * columns + j];
  return result;
}

inline void expect_same_deltas(const architecture& shape, const adapter& x,
                               const adapter& y, double tolerance) {
  for (std::size_t layer = 0; layer < shape.layers; ++layer)
    for (auto role : {linear_role::qkv, linear_role::output,
                      linear_role::gate_up, linear_role::down}) {
      const auto a = delta_of(shape, x, layer, role);
      const auto b = delta_of(shape, y, layer, role);
      for (std::size_t i = 0; i < a.size(); ++i)
        ASSERT_NEAR(a[i], b[i], tolerance)
          << layer << " " << static_cast<int>(role) << " " << i;
    }
}

} // namespace aura::model
