#include "kernels/evaluation/comparator.hpp"

#include "kernels/evaluation/rows.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>

namespace aura::evaluation {

namespace {

constexpr std::array<const char*, outcomes> names = {
  "match",          "mismatch",
  "parse_error",    "resolve_error",
  "runtime_error",  "timeout",
  "resource_limit", "refusal",
  "gold_invalid",   "infrastructure_error",
};

constexpr auto tolerance = 1e-9;

bool close(double a, double b) {
  // Nothing but itself is near an infinity.
  if (a == b || std::isinf(a) || std::isinf(b))
    return a == b;
  return std::abs(a - b)
         <= tolerance * std::max({1.0, std::abs(a), std::abs(b)});
}

double as_real(const datum& x) {
  if (auto* i = std::get_if<std::int64_t>(&x))
    return static_cast<double>(*i);
  return std::get<double>(x);
}

// Where the run of rows with the sort keys of row `first` ends.
std::size_t end_of_tie(const answer_shape& shape, std::span<const record> rows,
                       std::size_t first) {
  auto last = first + 1;
  auto tied = [&](const record& a, const record& b) {
    for (auto c = shape.columns; c < shape.columns + shape.order_columns; ++c)
      if (!same_cell(a[c], b[c]))
        return false;
    return true;
  };
  while (last < rows.size() && tied(rows[last - 1], rows[last]))
    ++last;
  return last;
}

// `prediction` seen through `columns`, which puts them into the gold's order.
bool same_through(const answer_shape& shape, std::span<const record> gold,
                  std::span<const record> prediction,
                  const columns_of_interest& columns) {
  if (gold.size() != prediction.size())
    return false;
  auto own = first_columns(shape.columns);
  if (shape.order_columns == 0)
    return same_rows(gold, own, prediction, columns);
  for (std::size_t first = 0; first < gold.size();) {
    auto count = end_of_tie(shape, gold, first) - first;
    if (!same_rows(gold.subspan(first, count), own,
                   prediction.subspan(first, count), columns))
      return false;
    first += count;
  }
  return true;
}

// Looks for an order of the predicted columns that makes all states match.
class permutation_search {
public:
  permutation_search(const answer_shape& shape, const answers& gold,
                     const answers& prediction)
    : shape_{shape}, gold_{gold}, prediction_{prediction},
      used_(shape.columns) {
  }

  bool found() {
    if (order_.size() == shape_.columns)
      return --tries_left_ >= 0 && all_match();
    for (std::size_t c = 0; c < shape_.columns && tries_left_ > 0; ++c) {
      if (used_[c] || !column_fits(order_.size(), c))
        continue;
      used_[c] = true;
      order_.push_back(c);
      if (found())
        return true;
      order_.pop_back();
      used_[c] = false;
    }
    return false;
  }

private:
  bool column_fits(std::size_t own, std::size_t other) const {
    for (std::size_t s = 0; s < gold_.size(); ++s)
      if (!same_rows(gold_[s]->rows, {own}, prediction_[s]->rows, {other}))
        return false;
    return true;
  }

  bool all_match() const {
    for (std::size_t s = 0; s < gold_.size(); ++s)
      if (!same_through(shape_, gold_[s]->rows, prediction_[s]->rows, order_))
        return false;
    return true;
  }

  const answer_shape& shape_;
  const answers& gold_;
  const answers& prediction_;
  std::vector<bool> used_;
  columns_of_interest order_;
  // Columns of equal values make the search exponential.
  int tries_left_ = 1000;
};

std::string difference(const answer_shape& shape, const sql::result& gold,
                       const sql::result& prediction) {
  if (prediction.columns.size() != shape.columns)
    return std::to_string(prediction.columns.size()) + " columns instead of "
           + std::to_string(shape.columns);
  if (prediction.rows.size() != gold.rows.size())
    return std::to_string(prediction.rows.size()) + " rows instead of "
           + std::to_string(gold.rows.size());
  auto own = first_columns(shape.columns);
  if (same_rows(gold.rows, own, prediction.rows, own))
    return "the rows in another order";
  return "other rows";
}

} // namespace

const char* to_string(outcome x) {
  return names[static_cast<std::size_t>(x)];
}

outcome outcome_of(errc code) {
  switch (code) {
  case errc::syntax_error:
    return outcome::parse_error;
  case errc::resolve_error:
    return outcome::resolve_error;
  case errc::sql_error:
  case errc::denied:
  case errc::unsupported:
    return outcome::runtime_error;
  case errc::timeout:
    return outcome::timeout;
  case errc::resource_limit:
    return outcome::resource_limit;
  case errc::refusal:
    return outcome::refusal;
  default:
    return outcome::infrastructure_error;
  }
}

bool same_cell(const datum& a, const datum& b) {
  auto* x = std::get_if<std::string>(&a);
  auto* y = std::get_if<std::string>(&b);
  if (x || y)
    return x && y && *x == *y;
  if (is_null(a) || is_null(b))
    return is_null(a) && is_null(b);
  // Two INTEGERs are exact: a REAL could not tell them apart beyond 2^53.
  auto* i = std::get_if<std::int64_t>(&a);
  auto* j = std::get_if<std::int64_t>(&b);
  if (i && j)
    return *i == *j;
  return close(as_real(a), as_real(b));
}

bool same_answer(const answer_shape& shape, std::span<const record> gold,
                 std::span<const record> prediction) {
  return same_through(shape, gold, prediction, first_columns(shape.columns));
}

verdict compare(const answer_shape& shape, const answers& gold,
                const answers& prediction) {
  assert(gold.size() == prediction.size());
  verdict out;
  auto some_rows = false;
  for (std::size_t s = 0; s < gold.size(); ++s) {
    out.state = s;
    if (!gold[s]) {
      out.strict = outcome::gold_invalid;
      out.detail = gold[s].error().message;
      return out;
    }
    some_rows = some_rows || !gold[s]->rows.empty();
  }
  for (std::size_t s = 0; s < gold.size(); ++s) {
    out.state = s;
    if (prediction[s])
      continue;
    out.strict = outcome_of(prediction[s].error().code);
    out.detail = prediction[s].error().message;
    return out;
  }
  auto widths_agree = std::ranges::all_of(prediction, [&](const auto& x) {
    return x->columns.size() == shape.columns;
  });
  out.set = out.permuted = widths_agree && some_rows;
  auto strict = widths_agree && some_rows;
  out.state = 0;
  if (!some_rows)
    out.detail = "no state has rows";
  for (std::size_t s = 0; s < gold.size() && some_rows; ++s) {
    auto& expected_answer = (*gold[s]);
    auto& answer = (*prediction[s]);
    if (strict && !same_answer(shape, expected_answer.rows, answer.rows))
      strict = false;
    if (!strict && out.detail.empty()) {
      out.state = s;
      out.detail = difference(shape, expected_answer, answer);
    }
    out.set = out.set
              && same_row_set(expected_answer.rows, answer.rows,
                              first_columns(shape.columns));
  }
  out.strict = strict ? outcome::match : outcome::mismatch;
  if (out.permuted && !strict)
    out.permuted = permutation_search{shape, gold, prediction}.found();
  return out;
}

} // namespace aura::evaluation
