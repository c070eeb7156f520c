#include "kernels/model/pretrained/frozen.hpp"

#include "kernels/model/pretrained/unpack.hpp"

#include <algorithm>
#include <cstdint>

namespace aura::model {

namespace {

/// Rows decoded at once for products with rows, and for products with columns,
/// where it is the depth that the kernels block by.
constexpr std::size_t forward_rows = 96;
constexpr std::size_t backward_rows = 256;
/// At most so many floats of them: half a second-level cache.
constexpr std::size_t tile_floats = 1 << 18;

std::size_t tile_rows(std::size_t most, std::size_t columns) {
  // Whole register tiles of every kernel.
  const auto fitting = tile_floats / std::max<std::size_t>(columns, 1);
  return std::clamp<std::size_t>(fitting / 12 * 12, 12, most);
}

/// Null unless the rows can be used where they lie.
const float* in_place(const weight& x) {
  const auto address = reinterpret_cast<std::uintptr_t>(x.bytes.data());
  if (x.form != encoding::f32 || address % alignof(float) != 0)
    return nullptr;
  return reinterpret_cast<const float*>(x.bytes.data());
}

} // namespace

frozen_matrix::frozen_matrix(stacked_weight stored)
  : stored_{std::move(stored)}, rows_{stored_.rows()}, columns_{
                                                         stored_.columns()} {
}

frozen_matrix::frozen_matrix(weight stored)
  : frozen_matrix{stacked_weight{{std::move(stored)}}} {
}

std::size_t frozen_matrix::scratch() const noexcept {
  return tile_rows(backward_rows, columns_) * columns_;
}

template <class Visit>
void frozen_matrix::each_tile(const ops::kernel_table& kernels,
                              std::size_t begin, std::size_t end,
                              std::size_t most, float* scratch,
                              Visit&& visit) const {
  std::size_t first = 0;
  for (const auto& part : stored_.parts) {
    const auto stop = std::min(end, first + part.rows);
    for (auto row = std::max(begin, first); row < stop;) {
      const auto count = std::min(most, stop - row);
      const auto* values = in_place(part);
      if (values != nullptr) {
        values += (row - first) * columns_;
      } else {
        unpack_rows(kernels, part, row - first, row - first + count, scratch);
        values = scratch;
      }
      visit(tile{row, count, values});
      row += count;
    }
    first += part.rows;
  }
}

void frozen_matrix::apply(const ops::kernel_table& kernels, rows_view x,
                          std::size_t m, float* y, std::size_t y_row,
                          std::size_t begin, std::size_t end, bool accumulate,
                          float* scratch) const {
  each_tile(kernels, begin, end, tile_rows(forward_rows, columns_), scratch,
            [&](const tile& t) {
              kernels.dots(x.data, x.row, t.values, columns_, y + t.first,
                           y_row, m, t.count, columns_, accumulate);
            });
}

void frozen_matrix::apply_many(const ops::kernel_table& kernels, rows_view x,
                               std::size_t m, float* y, std::size_t y_row,
                               std::size_t begin, std::size_t end,
                               bool accumulate, float* scratch) const {
  const auto row = static_cast<std::ptrdiff_t>(x.row);
  const auto width = static_cast<std::ptrdiff_t>(columns_);
  each_tile(kernels, begin, end, tile_rows(backward_rows, columns_), scratch,
            [&](const tile& t) {
              kernels.multiply({x.data, row, 1}, {t.values, 1, width},
                               y + t.first, y_row, m, t.count, columns_,
                               accumulate);
            });
}

void frozen_matrix::apply_back(const ops::kernel_table& kernels, rows_view dy,
                               std::size_t m, float* dx, std::size_t dx_row,
                               bool accumulate, float* scratch) const {
  const auto row = static_cast<std::ptrdiff_t>(dy.row);
  const auto width = static_cast<std::ptrdiff_t>(columns_);
  each_tile(kernels, 0, rows_, tile_rows(backward_rows, columns_), scratch,
            [&](const tile& t) {
              kernels.multiply({dy.data + t.first, row, 1},
                               {t.values, width, 1}, dx, dx_row, m, columns_,
                               t.count, accumulate || t.first > 0);
            });
}

void frozen_matrix::read_row(std::size_t row, float* out) const {
  for (const auto& part : stored_.parts) {
    if (row < part.rows)
      return decode_rows(part, row, row + 1, out);
    row -= part.rows;
  }
}

std::vector<float> decoded(const weight& x) {
  std::vector<float> result(x.size());
  decode_rows(x, 0, x.columns == 0 ? 1 : x.rows, result.data());
  return result;
}

std::vector<float> decoded(const std::vector<weight>& parts) {
  std::vector<float> result;
  for (const auto& x : parts) {
    const auto values = decoded(x);
    result.insert(result.end(), values.begin(), values.end());
  }
  return result;
}

} // namespace aura::model
