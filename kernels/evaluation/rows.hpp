#pragma once

#include "kernels/base/value.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace aura::evaluation {

/// Which columns of a row to look at, and in what order.
using columns_of_interest = std::vector<std::size_t>;

/// The columns from 0 to `count`.
columns_of_interest first_columns(std::size_t count);

/// Whether `a` and `b` hold equal rows, equally often. Cells are compared by
/// `same_cell` after both sides were brought into one order. A row of `a` is
/// seen through `left`, a row of `b` through `right`.
bool same_rows(std::span<const record> a, const columns_of_interest& left,
               std::span<const record> b, const columns_of_interest& right);

/// Whether every row of one side has an equal one on the other.
bool same_row_set(std::span<const record> a, std::span<const record> b,
                  const columns_of_interest& columns);

} // namespace aura::evaluation
