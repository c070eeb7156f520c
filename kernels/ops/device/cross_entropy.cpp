#include "kernels/ops/device/cross_entropy.hpp"

#include <algorithm>
#include <cmath>

namespace aura::ops::device {

namespace {

template <class T>
void one_row(T* row, std::size_t target, float& loss, std::uint8_t& correct,
             std::size_t width, float weight) {
  auto highest = load(row[0]);
  for (std::size_t j = 1; j < width; ++j)
    highest = std::max(highest, load(row[j]));
  auto sum = 0.0;
  for (std::size_t j = 0; j < width; ++j)
    sum += std::exp(static_cast<double>(load(row[j])) - highest);
  const auto total = highest + std::log(sum);
  const auto own = load(row[target]);
  loss = static_cast<float>(total - own);
  correct = own == highest;
  if (weight == 0)
    return;
  for (std::size_t j = 0; j < width; ++j) {
    const auto share
      = static_cast<float>(std::exp(static_cast<double>(load(row[j])) - total));
    store(row[j], weight * (share - (j == target ? 1.0f : 0.0f)));
  }
}

} // namespace

status cross_entropy(const place& where, array logits,
                     const std::int32_t* targets, float* loss,
                     std::uint8_t* correct, entropy_shape shape, float weight) {
  if (shape.width == 0)
    return fault{errc::shape_mismatch, "cross_entropy: rows are empty"};
  if (where.cuda)
    return cuda::cross_entropy(where.stream, logits, targets, loss, correct,
                               shape, weight);
  with_type(logits.form, [&](auto* type) {
    using T = std::remove_pointer_t<decltype(type)>;
    for (std::size_t i = 0; i < shape.rows; ++i)
      one_row(static_cast<T*>(logits.data) + i * shape.width,
              static_cast<std::size_t>(targets[i]), loss[i], correct[i],
              shape.width, weight);
  });
  return ok;
}

} // namespace aura::ops::device
