#include "kernels/dsl/reference/ordering.hpp"
#include "kernels/dsl/reference/stages.hpp"

#include <algorithm>

namespace aura::dsl::interpreter {

namespace {

struct bound_sort {
  std::vector<function> keys;
  std::vector<direction> directions;
};

bound_sort bind_sort(const binder& over, const std::vector<sort_key>& keys) {
  auto result = bound_sort{};
  for (const auto& x : keys) {
    result.keys.push_back(over.bind(x.value).run);
    result.directions.push_back(direction_of(x));
  }
  return result;
}

void sort_rows(std::vector<row>& rows, const bound_sort& by) {
  for (auto& one : rows) {
    auto keys = cells{};
    for (const auto& f : by.keys)
      keys.push_back(f({&one, nullptr, nullptr}));
    one.keys = std::move(keys);
  }
  std::stable_sort(rows.begin(), rows.end(), [&](const row& a, const row& b) {
    return compare_keys(a.keys, b.keys, by.directions) < 0;
  });
}

// Whether it matters which of the tied rows come before a cut: those around it
// can be told apart. Rows without an order are all tied.
bool cut_matters(const std::vector<row>& rows, std::size_t cut, bool ordered) {
  if (cut == 0 || cut >= rows.size())
    return false;
  const auto tied = [&](const row& x) {
    return !ordered || same_cells(x.keys, rows[cut - 1].keys);
  };
  if (!tied(rows[cut]))
    return false;
  return std::any_of(rows.begin(), rows.end(), [&](const row& x) {
    return tied(x) && !same_rows(x, rows[cut - 1]);
  });
}

} // namespace

void run(context& shared, relation& in, const sort& x) {
  sort_rows(in.rows, bind_sort(binder{shared, in}, x.keys));
  in.ordered = true;
  shared.spend(in.rows.size() * x.keys.size());
}

void run(context& shared, relation& in, const limit& x) {
  const auto size = in.rows.size();
  const auto first = std::min(
    static_cast<std::size_t>(std::max(x.offset.value_or(0), std::int64_t{0})),
    size);
  const auto count = std::min(
    static_cast<std::size_t>(std::max(x.count, std::int64_t{0})), size - first);
  if (count > 0
      && (cut_matters(in.rows, first, in.ordered)
          || cut_matters(in.rows, first + count, in.ordered)))
    shared.leave_open("LIMIT cuts tied rows");
  in.rows = std::vector<row>(
    in.rows.begin() + static_cast<std::ptrdiff_t>(first),
    in.rows.begin() + static_cast<std::ptrdiff_t>(first + count));
}

// SORT and LIMIT within each PER group.
void run(context& shared, relation& in, const top& x) {
  const auto over = binder{shared, in};
  const auto by = bind_sort(over, x.by);
  auto per = std::vector<function>{};
  for (const auto& one : x.per)
    per.push_back(over.bind(one).run);
  if (shared.trouble)
    return;
  auto kept = std::vector<row>{};
  for (const auto& g : grouped(in, per)) {
    auto rows = std::vector<row>{};
    for (const auto* one : g.rows)
      rows.push_back(*one);
    sort_rows(rows, by);
    auto count
      = std::min(static_cast<std::size_t>(std::max(x.count, std::int64_t{0})),
                 rows.size());
    if (x.with_ties)
      while (count > 0 && count < rows.size()
             && same_cells(rows[count].keys, rows[count - 1].keys))
        ++count;
    if (cut_matters(rows, count, true))
      shared.leave_open("TOP cuts tied rows");
    kept.insert(kept.end(), rows.begin(),
                rows.begin() + static_cast<std::ptrdiff_t>(count));
    if (!shared.spend(rows.size() + 1))
      return;
  }
  in.rows = std::move(kept);
  in.ordered = true;
  if (!x.per.empty())
    in.forget_order();
}

} // namespace aura::dsl::interpreter
