#include "kernels/model/pretrained/schedule.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace aura::model {

double tuning_rate(schedule_kind kind, double warmup, std::size_t step,
                   std::size_t steps) {
  const auto all = static_cast<double>(steps);
  const auto warm = std::ceil(warmup * all);
  const auto at = static_cast<double>(step);
  if (at < warm)
    return at / std::max(1.0, warm);
  if (kind == schedule_kind::constant)
    return 1;
  const auto done = (at - warm) / std::max(1.0, all - warm);
  const auto left = kind == schedule_kind::cosine
                      ? 0.5 * (1 + std::cos(std::numbers::pi * done))
                      : 1 - done;
  return std::max(0.0, left);
}

} // namespace aura::model
