#pragma once

#include "kernels/model/trainer.hpp"

#include <cstddef>

namespace aura::model {

/// The share of its top that a learning rate has at `step` of `steps`, counted
/// from 0, as transformers' schedules have it: warm-up over ⌈warmup · steps⌉
/// steps from 0, then to 0 at the end, or constant.
double tuning_rate(schedule_kind kind, double warmup, std::size_t step,
                   std::size_t steps);

} // namespace aura::model
