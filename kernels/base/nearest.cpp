#include "kernels/base/nearest.hpp"

#include <algorithm>

namespace aura {

namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

} // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  const auto width = b.size() + 1;
  auto before = std::vector<std::size_t>(width);
  auto above = std::vector<std::size_t>(width);
  auto row = std::vector<std::size_t>(width);
  for (std::size_t j = 0; j < width; ++j)
    row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before.swap(above);
    above.swap(row);
    row[0] = i;
    for (std::size_t j = 1; j < width; ++j) {
      const auto x = lower(a[i - 1]);
      const auto y = lower(b[j - 1]);
      row[j] = std::min(
        {above[j] + 1, row[j - 1] + 1, above[j - 1] + (x == y ? 0 : 1)});
      if (i > 1 && j > 1 && x == lower(b[j - 2]) && lower(a[i - 2]) == y)
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
  }
  return row[b.size()];
}

std::string nearest(std::string_view wanted,
                    const std::vector<std::string>& candidates) {
  const std::string* best = nullptr;
  auto best_distance = std::size_t{0};
  for (const auto& x : candidates) {
    const auto longer = std::max(wanted.size(), x.size());
    const auto shorter = std::min(wanted.size(), x.size());
    if ((longer - shorter) * 3 > longer || longer > 200)
      continue;
    const auto distance = edit_distance(wanted, x);
    if (distance * 3 > longer || (best && distance >= best_distance))
      continue;
    best = &x;
    best_distance = distance;
  }
  return best ? *best : std::string{};
}

} // namespace aura
