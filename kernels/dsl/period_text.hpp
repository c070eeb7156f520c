#pragma once

#include <string_view>

namespace aura::dsl {

/// Whether `x` names a year, quarter, month or day that exists: `2024`,
/// `2024-Q1`, `2024-03`, `2024-03-05`.
bool is_period(std::string_view x);

} // namespace aura::dsl
