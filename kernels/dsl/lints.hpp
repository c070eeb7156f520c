#pragma once

#include "kernels/dsl/diagnostic.hpp"
#include "kernels/dsl/plan.hpp"

namespace aura::dsl {

/// Adds warnings about a plan that means something, but probably not what was
/// meant: values that are not declared, numbers out of range, orders without
/// effect and the like. At most 100 diagnostics in all.
void lint(const plan::query& x, diagnostics& out);

} // namespace aura::dsl
