#include "kernels/dsl/reference/stages.hpp"

#include <algorithm>

namespace aura::dsl::interpreter {

namespace {

using kind = join::kind;
using match = std::function<bool(const row& left, const row& right)>;

row beside(const row& left, const row& right) {
  auto result = row{left.cells, left.origins, {}};
  result.cells.insert(result.cells.end(), right.cells.begin(),
                      right.cells.end());
  result.origins.insert(result.origins.end(), right.origins.begin(),
                        right.origins.end());
  return result;
}

row missing(const relation& x) {
  return {cells(x.columns.size()),
          std::vector<const cells*>(x.origins.size(), nullptr),
          {}};
}

std::size_t number_of(const schema::table& t, std::string_view name) {
  return static_cast<std::size_t>(t.find_column(name) - t.columns.data());
}

// One declared relation between a table on the left and the one on the right.
struct link {
  std::size_t left; // which origin
  const schema::relation* relation;
  bool from_left;
};

// Without ON: the one relation, whichever side declares it. It compares the
// tables' own rows.
match declared(context& shared, const relation& left, const relation& right) {
  auto found = std::vector<link>{};
  const auto* there
    = right.origins.size() == 1 ? right.origins[0].table : nullptr;
  for (std::size_t i = 0; there && i < left.origins.size(); ++i) {
    const auto* here = left.origins[i].table;
    if (here == there) // a self join over a relation needs ON
      continue;
    for (const auto& r : here->relations)
      if (schema::same_name(r.to, there->name))
        found.push_back({i, &r, true});
    for (const auto& r : there->relations)
      if (schema::same_name(r.to, here->name))
        found.push_back({i, &r, false});
  }
  if (found.size() != 1) {
    shared.fail(errc::resolve_error, "JOIN needs ON");
    return [](const row&, const row&) { return false; };
  }
  const auto& x = found[0];
  auto pairs = std::vector<std::pair<std::size_t, std::size_t>>{};
  for (const auto& [from, to] : x.relation->match)
    pairs.emplace_back(
      number_of(*left.origins[x.left].table, x.from_left ? from : to),
      number_of(*there, x.from_left ? to : from));
  return [pairs, at = x.left](const row& a, const row& b) {
    if (!a.origins[at] || !b.origins[0])
      return false;
    for (const auto& [here, other] : pairs) {
      const auto& v = (*a.origins[at])[here];
      const auto& w = (*b.origins[0])[other];
      if (is_null(v) || is_null(w) || compare(v, w) != 0)
        return false;
    }
    return true;
  };
}

struct used_column {
  std::size_t left;
  std::size_t right;
  schema::type type;
};

std::vector<used_column> using_columns(context& shared, const relation& left,
                                       const relation& right, const join& x) {
  auto result = std::vector<used_column>{};
  for (const auto& name : x.using_columns) {
    const auto path = std::span{&name, 1};
    const auto a = binder{shared, left}.find_column(path);
    const auto b = binder{shared, right}.find_column(path);
    if (!a || !b) {
      shared.fail(errc::resolve_error, "USING takes a column of both sides");
      return {};
    }
    auto first = constant(left.columns[*a].type, {});
    auto second = constant(right.columns[*b].type, {});
    result.push_back({*a, *b, unify(shared, {&first, &second})});
  }
  return result;
}

// Leaves one column of each pair, at the left's place.
void merge(relation& out, const std::vector<used_column>& pairs,
           std::size_t left_size, kind how) {
  for (const auto& x : pairs) {
    const auto right = left_size + x.right;
    const auto takes_both = how == kind::full;
    if (takes_both) {
      widen(out, x.left, x.type);
      widen(out, right, x.type);
    }
    if (how == kind::right)
      out.columns[x.left].type = out.columns[right].type;
    for (auto& one : out.rows)
      if (how == kind::right || (takes_both && is_null(one.cells[x.left])))
        one.cells[x.left] = one.cells[right];
  }
  auto gone = std::vector<std::size_t>{};
  for (const auto& x : pairs)
    gone.push_back(left_size + x.right);
  std::sort(gone.rbegin(), gone.rend());
  for (auto at : gone) {
    out.columns.erase(out.columns.begin() + static_cast<std::ptrdiff_t>(at));
    for (auto& one : out.rows)
      one.cells.erase(one.cells.begin() + static_cast<std::ptrdiff_t>(at));
  }
}

} // namespace

void run(context& shared, relation& in, const join& x) {
  auto right = rows_of(shared, x.other);
  if (shared.trouble)
    return;
  right.forget_order();
  auto out = relation{};
  out.columns = in.columns;
  out.columns.insert(out.columns.end(), right.columns.begin(),
                     right.columns.end());
  out.origins = in.origins;
  out.origins.insert(out.origins.end(), right.origins.begin(),
                     right.origins.end());
  const auto pairs = using_columns(shared, in, right, x);
  auto matches = match{[](const row&, const row&) { return true; }};
  if (x.on) {
    // `out` has no rows yet, but the columns that ON may name.
    matches = [on = binder{shared, out}.condition(*x.on)](const row& a,
                                                          const row& b) {
      const auto both = beside(a, b);
      return is_true(on({&both, nullptr, nullptr}));
    };
  } else if (!pairs.empty()) {
    matches = [pairs](const row& a, const row& b) {
      for (const auto& p : pairs) {
        const auto& v = a.cells[p.left];
        const auto& w = b.cells[p.right];
        if (is_null(v) || is_null(w) || compare(v, w) != 0)
          return false;
      }
      return true;
    };
  } else if (x.how != kind::cross) {
    matches = declared(shared, in, right);
  }
  if (shared.trouble)
    return;
  const auto leaves_left_only = x.how == kind::semi || x.how == kind::anti;
  const auto keeps_left = x.how == kind::left || x.how == kind::full;
  const auto keeps_right = x.how == kind::right || x.how == kind::full;
  auto met = std::vector<bool>(right.rows.size());
  auto left_only = std::vector<row>{};
  for (auto& a : in.rows) {
    auto found = false;
    for (std::size_t i = 0; i < right.rows.size(); ++i) {
      if (!shared.spend())
        return;
      if (!matches(a, right.rows[i]))
        continue;
      found = true;
      met[i] = true;
      if (leaves_left_only)
        continue;
      out.rows.push_back(beside(a, right.rows[i]));
      if (out.rows.size() > shared.options.max_rows) {
        shared.fail(errc::resource_limit, "a JOIN of too many rows");
        return;
      }
    }
    if (!found && keeps_left)
      out.rows.push_back(beside(a, missing(right)));
    if (leaves_left_only && found == (x.how == kind::semi))
      left_only.push_back(a);
  }
  for (std::size_t i = 0; keeps_right && i < right.rows.size(); ++i)
    if (!met[i])
      out.rows.push_back(beside(missing(in), right.rows[i]));
  if (leaves_left_only) {
    in.rows = std::move(left_only);
    in.forget_order();
    return;
  }
  merge(out, pairs, in.columns.size(), x.how);
  in = std::move(out);
}

} // namespace aura::dsl::interpreter
