#include "kernels/dsl/reference/ordering.hpp"

namespace aura::dsl::interpreter {

direction direction_of(const sort_key& x) {
  return {x.descending, x.nulls == nulls::first};
}

int compare_keys(const cells& a, const cells& b,
                 const std::vector<direction>& directions) {
  for (std::size_t i = 0; i < directions.size(); ++i) {
    const auto& how = directions[i];
    if (is_null(a[i]) && is_null(b[i]))
      continue;
    if (is_null(a[i]) || is_null(b[i]))
      return is_null(a[i]) == how.nulls_first ? -1 : 1;
    if (const auto order = compare(a[i], b[i]); order != 0)
      return how.descending ? -order : order;
  }
  return 0;
}

} // namespace aura::dsl::interpreter
