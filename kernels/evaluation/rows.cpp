#include "kernels/evaluation/rows.hpp"

#include "kernels/evaluation/comparator.hpp"

#include <algorithm>
#include <numeric>
#include <variant>

namespace aura::evaluation {

namespace {

long double number(const datum& x) {
  if (auto* i = std::get_if<std::int64_t>(&x))
    return static_cast<long double>(*i);
  return static_cast<long double>(std::get<double>(x));
}

int kind(const datum& x) {
  if (is_null(x))
    return 0;
  return std::holds_alternative<std::string>(x) ? 2 : 1;
}

// A total order: NULL, numbers by value, texts by bytes.
bool before(const datum& a, const datum& b) {
  if (kind(a) != kind(b))
    return kind(a) < kind(b);
  if (kind(a) == 1)
    return number(a) < number(b);
  return kind(a) == 2 && std::get<std::string>(a) < std::get<std::string>(b);
}

// Both sides with a rank for each cell, such that equal cells of a column have
// equal ranks. Ranks are what rows are ordered by: the order of raw values
// would tear rows apart whose cells are off by a rounding error.
class ranking {
public:
  ranking(std::span<const record> a, const columns_of_interest& left,
          std::span<const record> b, const columns_of_interest& right)
    : a_{a}, b_{b}, left_{left}, right_{right}, width_{left.size()},
      ranks_((a.size() + b.size()) * width_) {
    for (std::size_t c = 0; c < width_; ++c)
      rank_column(c);
  }

  // The rows of one side by their ranks, then by their cells.
  std::vector<std::size_t> ordered(std::size_t first, std::size_t count) const {
    std::vector<std::size_t> out(count);
    std::iota(out.begin(), out.end(), first);
    std::ranges::sort(out, [this](std::size_t x, std::size_t y) {
      for (std::size_t c = 0; c < width_; ++c)
        if (rank(x, c) != rank(y, c))
          return rank(x, c) < rank(y, c);
      for (std::size_t c = 0; c < width_; ++c) {
        if (before(cell(x, c), cell(y, c)))
          return true;
        if (before(cell(y, c), cell(x, c)))
          return false;
      }
      return x < y;
    });
    return out;
  }

  bool same(std::size_t x, std::size_t y) const {
    for (std::size_t c = 0; c < width_; ++c)
      if (!same_cell(cell(x, c), cell(y, c)))
        return false;
    return true;
  }

  bool same_rank(std::size_t x, std::size_t y) const {
    for (std::size_t c = 0; c < width_; ++c)
      if (rank(x, c) != rank(y, c))
        return false;
    return true;
  }

private:
  const datum& cell(std::size_t row, std::size_t c) const {
    return row < a_.size() ? a_[row][left_[c]] : b_[row - a_.size()][right_[c]];
  }

  std::uint32_t rank(std::size_t row, std::size_t c) const {
    return ranks_[row * width_ + c];
  }

  void rank_column(std::size_t c) {
    std::vector<std::size_t> order(a_.size() + b_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, [this, c](std::size_t x, std::size_t y) {
      return before(cell(x, c), cell(y, c));
    });
    std::uint32_t last = 0;
    for (std::size_t i = 0; i < order.size(); ++i) {
      if (i > 0 && !same_cell(cell(order[i - 1], c), cell(order[i], c)))
        ++last;
      ranks_[order[i] * width_ + c] = last;
    }
  }

  std::span<const record> a_;
  std::span<const record> b_;
  const columns_of_interest& left_;
  const columns_of_interest& right_;
  std::size_t width_;
  std::vector<std::uint32_t> ranks_;
};

bool same_in_order(std::span<const record> a, const columns_of_interest& left,
                   std::span<const record> b,
                   const columns_of_interest& right) {
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t c = 0; c < left.size(); ++c)
      if (!same_cell(a[i][left[c]], b[i][right[c]]))
        return false;
  return true;
}

} // namespace

columns_of_interest first_columns(std::size_t count) {
  columns_of_interest out(count);
  std::iota(out.begin(), out.end(), std::size_t{0});
  return out;
}

bool same_rows(std::span<const record> a, const columns_of_interest& left,
               std::span<const record> b, const columns_of_interest& right) {
  if (a.size() != b.size() || left.size() != right.size())
    return false;
  if (same_in_order(a, left, b, right))
    return true;
  if (a.size() == 1)
    return false;
  ranking both{a, left, b, right};
  auto x = both.ordered(0, a.size());
  auto y = both.ordered(a.size(), b.size());
  for (std::size_t i = 0; i < x.size(); ++i)
    if (!both.same(x[i], y[i]))
      return false;
  return true;
}

bool same_row_set(std::span<const record> a, std::span<const record> b,
                  const columns_of_interest& columns) {
  ranking both{a, columns, b, columns};
  auto distinct = [&both](std::size_t first, std::size_t count) {
    auto rows = both.ordered(first, count);
    auto repeated = std::ranges::unique(
      rows, [&both](auto x, auto y) { return both.same_rank(x, y); });
    rows.erase(repeated.begin(), repeated.end());
    return rows;
  };
  auto x = distinct(0, a.size());
  auto y = distinct(a.size(), b.size());
  return std::ranges::equal(
    x, y, [&both](auto i, auto j) { return both.same_rank(i, j); });
}

} // namespace aura::evaluation
