#pragma once

#include "kernels/model/pretrained/weights.hpp"
#include "kernels/ops/table.hpp"

#include <cstddef>
#include <vector>

namespace aura::model {

/// Rows as products want them: each `row` floats after the one before.
struct rows_view {
  const float* data;
  std::size_t row;
};

/// A matrix that is multiplied with and never changed. It stays as it is stored
/// and is decoded tile by tile, unless it lies there in single precision.
/// Immutable: any number of threads may use it, each with its own scratch.
class frozen_matrix {
public:
  frozen_matrix() = default;
  explicit frozen_matrix(stacked_weight stored);
  explicit frozen_matrix(weight stored);

  std::size_t rows() const noexcept {
    return rows_;
  }

  std::size_t columns() const noexcept {
    return columns_;
  }

  /// Floats of scratch that products want.
  std::size_t scratch() const noexcept;

  /// Columns [begin, end) of y = x Wᵀ, or y += x Wᵀ, for m rows. `y` points to
  /// the first column of all. The same bytes however columns and rows are cut.
  void apply(const ops::kernel_table& kernels, rows_view x, std::size_t m,
             float* y, std::size_t y_row, std::size_t begin, std::size_t end,
             bool accumulate, float* scratch) const;

  /// The same, quicker for many rows, with sums in another order than apply().
  void apply_many(const ops::kernel_table& kernels, rows_view x, std::size_t m,
                  float* y, std::size_t y_row, std::size_t begin,
                  std::size_t end, bool accumulate, float* scratch) const;

  /// dx = dy W, or dx += dy W, for m rows.
  void apply_back(const ops::kernel_table& kernels, rows_view dy, std::size_t m,
                  float* dx, std::size_t dx_row, bool accumulate,
                  float* scratch) const;

  /// One row in single precision.
  void read_row(std::size_t row, float* out) const;

private:
  /// Rows that lie in one part.
  struct tile {
    std::size_t first;
    std::size_t count;
    const float* values;
  };

  template <class Visit>
  void each_tile(const ops::kernel_table& kernels, std::size_t begin,
                 std::size_t end, std::size_t most, float* scratch,
                 Visit&& visit) const;

  stacked_weight stored_;
  std::size_t rows_ = 0;
  std::size_t columns_ = 0;
};

/// The values of a vector, or of parts one after another.
std::vector<float> decoded(const weight& x);
std::vector<float> decoded(const std::vector<weight>& parts);

} // namespace aura::model
