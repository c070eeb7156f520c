#pragma once

#include "kernels/dsl/diagnostic.hpp"

#include <string>
#include <string_view>

namespace aura::dsl {

/// `source` with the fixes of `x` made whose confidence is at least
/// `confidence`: of each diagnostic its first such fix, and of two that
/// overlap the earlier one. What was found after the first look needs a
/// second.
std::string apply_fixes(std::string_view source, const diagnostics& x,
                        double confidence = 0.8);

} // namespace aura::dsl
