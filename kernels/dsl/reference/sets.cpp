#include "kernels/dsl/reference/stages.hpp"

#include <algorithm>

namespace aura::dsl::interpreter {

namespace {

using kind = set_operation::kind;

// Puts the columns of `other` in the order of `in`, and gives both the types
// that hold either.
void align(context& shared, relation& in, relation& other) {
  auto places = std::vector<std::size_t>{};
  for (const auto& c : in.columns) {
    const auto path = name{c.name, {}};
    const auto at = binder{shared, other}.find_column(std::span{&path, 1});
    if (!at) {
      shared.fail(errc::resolve_error, "the columns differ: " + c.name);
      return;
    }
    places.push_back(*at);
  }
  if (in.columns.size() != other.columns.size()) {
    shared.fail(errc::resolve_error, "the columns differ");
    return;
  }
  auto aligned = relation{};
  for (auto at : places)
    aligned.columns.push_back(other.columns[at]);
  for (const auto& one : other.rows) {
    aligned.rows.emplace_back();
    for (auto at : places)
      aligned.rows.back().cells.push_back(one.cells[at]);
  }
  other = std::move(aligned);
  for (std::size_t i = 0; i < in.columns.size(); ++i) {
    auto a = constant(in.columns[i].type, {});
    auto b = constant(other.columns[i].type, {});
    const auto untyped = !a.type && !b.type;
    const auto common = unify(shared, {&a, &b});
    if (untyped)
      continue;
    widen(in, i, common);
    widen(other, i, common);
  }
}

bool holds(const std::vector<row>& rows, const row& x) {
  return std::any_of(rows.begin(), rows.end(), [&](const row& other) {
    return same_cells(other.cells, x.cells);
  });
}

// Takes one row equal to `x` away; false if there is none.
bool take(std::vector<row>& rows, const row& x) {
  const auto found
    = std::find_if(rows.begin(), rows.end(), [&](const row& other) {
        return same_cells(other.cells, x.cells);
      });
  if (found == rows.end())
    return false;
  rows.erase(found);
  return true;
}

} // namespace

void run(context& shared, relation& in, const set_operation& x) {
  auto other = rows_of(shared, x.other);
  if (shared.trouble)
    return;
  align(shared, in, other);
  if (!shared.spend((in.rows.size() + 1) * (other.rows.size() + 1)))
    return;
  auto rows = std::vector<row>{};
  for (const auto& one : in.rows) {
    const auto keeps
      = x.how == kind::union_rows
        || (x.all ? take(other.rows, one) : holds(other.rows, one))
             == (x.how == kind::intersect);
    if (keeps && (x.all || !holds(rows, one)))
      rows.push_back(one);
  }
  if (x.how == kind::union_rows)
    for (const auto& one : other.rows)
      if (x.all || !holds(rows, one))
        rows.push_back(one);
  in.rows = std::move(rows);
  in.forget_order();
  in.forget_aliases();
}

} // namespace aura::dsl::interpreter
