#pragma once

#include "kernels/base/expected.hpp"
#include "kernels/dsl/syntax.hpp"

#include <cstdint>
#include <functional>

namespace aura::dsl {

/// Moments in seconds since 1970, UTC; the end is not inside.
struct moment_range {
  std::int64_t low = 0;
  std::int64_t high = 0;
};

/// The start of the unit around `seconds`; weeks begin on Monday.
std::int64_t start_of(std::int64_t seconds, unit x);

/// `seconds` moved by `n` units. Months, quarters and years keep the day of
/// the month or take the last one of a shorter month.
std::int64_t moved(std::int64_t seconds, std::int64_t n, unit x);

/// The range that a period covers. `now` is asked only where the period needs
/// the clock; with `whole_days` the ends are cut to days, as DATE columns need.
/// Fails with what is wrong about the period.
expected<moment_range> range_of(const period& x, bool whole_days,
                                const std::function<std::int64_t()>& now);

} // namespace aura::dsl
