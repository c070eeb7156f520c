#include "kernels/dsl/reference/interpret.hpp"

#include <algorithm>
#include <cmath>

namespace aura::dsl::interpreter {

namespace {

bool is_number(const datum& x) {
  return x.index() == 1 || x.index() == 2;
}

double number(const datum& x) {
  const auto* whole = std::get_if<std::int64_t>(&x);
  return whole ? static_cast<double>(*whole) : std::get<double>(x);
}

bool alike(const datum& a, const datum& b) {
  if (a == b)
    return true;
  if (!is_number(a) || !is_number(b) || (a.index() == 1 && b.index() == 1))
    return false;
  const auto x = number(a);
  const auto y = number(b);
  const auto scale = std::max({std::fabs(x), std::fabs(y), 1e-300});
  return x == y || std::fabs(x - y) <= 1e-9 * scale || std::fabs(x - y) < 1e-12;
}

bool alike(const record& a, const record& b) {
  if (a.size() != b.size())
    return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (!alike(a[i], b[i]))
      return false;
  return true;
}

std::string spelled(const record& x) {
  auto result = std::string{};
  for (const auto& cell : x)
    result += (result.empty() ? "" : " | ") + to_literal(cell);
  return result;
}

} // namespace

std::string difference(const answer& expected,
                       const std::vector<record>& rows) {
  if (rows.size() != expected.rows.size())
    return std::to_string(rows.size()) + " rows instead of "
           + std::to_string(expected.rows.size());
  // Rows from `first` to `last` are tied: each must find one like it.
  auto used = std::vector<bool>(rows.size());
  for (std::size_t first = 0; first < rows.size();) {
    auto last = first;
    while (
      last < rows.size()
      && (!expected.ordered || expected.ranks[last] == expected.ranks[first]))
      ++last;
    for (auto i = first; i < last; ++i) {
      auto found = last;
      for (auto k = first; k < last && found == last; ++k)
        if (!used[k] && alike(expected.rows[i], rows[k]))
          found = k;
      if (found == last)
        return "no row " + std::to_string(i) + ": " + spelled(expected.rows[i])
               + "; there is " + spelled(rows[i]);
      used[found] = true;
    }
    first = last;
  }
  return {};
}

} // namespace aura::dsl::interpreter
