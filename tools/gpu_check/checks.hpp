#pragma once

#include "kernels/ops/device/place.hpp"

#include <cstddef>

/// What gpu_check can be asked for. Each prints as it goes and says whether all
/// was as it should be.
namespace aura {

struct check_options {
  /// Tiny shapes, for a machine without a GPU.
  bool tiny = false;
  ops::device::place where;
};

bool check_kernels(const check_options& options);
bool check_phi4(const check_options& options);
bool check_small(const check_options& options);

} // namespace aura
