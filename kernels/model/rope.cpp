#include "kernels/model/rope.hpp"

#include <cmath>

namespace aura::model {

void rope_tables(const decoder_shape& shape, std::vector<float>& cosine,
                 std::vector<float>& sine) {
  const auto half = shape.head_size() / 2;
  cosine.resize(shape.positions * half);
  sine.resize(shape.positions * half);
  for (std::size_t i = 0; i < half; ++i) {
    const auto frequency = std::pow(
      shape.rope_theta, -static_cast<double>(i) / static_cast<double>(half));
    for (std::size_t p = 0; p < shape.positions; ++p) {
      const auto angle = static_cast<double>(p) * frequency;
      cosine[p * half + i] = static_cast<float>(std::cos(angle));
      sine[p * half + i] = static_cast<float>(std::sin(angle));
    }
  }
}

} // namespace aura::model
