#pragma once

#include "kernels/dsl/syntax.hpp"

#include <cstddef>
#include <functional>

namespace aura::skeleton {

/// A query with as much as possible taken out of `x` that still `fails`: LETs,
/// operators, items and parts of expressions go one after the other until none
/// can be spared. `fails` is asked at most `attempts` times; a query that no
/// longer means anything must not fail. @pre fails(x)
dsl::query shrink(dsl::query x,
                  const std::function<bool(const dsl::query&)>& fails,
                  std::size_t attempts = 3000);

} // namespace aura::skeleton
