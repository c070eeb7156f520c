#pragma once

#include "kernels/dsl/syntax.hpp"

namespace aura::skeleton {

/// How much there is to understand in `x`, in units of one plain condition,
/// figure or key: a shown column is half of one, a computation one and a half,
/// a condition within a call two.
double effort(const dsl::query& x);

} // namespace aura::skeleton
