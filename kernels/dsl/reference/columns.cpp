#include "kernels/dsl/reference/stages.hpp"

namespace aura::dsl::interpreter {

namespace {

// Which column a name of DROP, RENAME or SET means.
std::optional<std::size_t> column_of(context& shared, const relation& in,
                                     const expr& x) {
  const auto found = binder{shared, in}.find_column(x.path);
  if (!found)
    shared.fail(errc::resolve_error, "there is no such column");
  return found;
}

} // namespace

std::string name_of(const binder& over, const item& x) {
  return x.alias ? x.alias->text : over.default_name(x.value);
}

void widen(relation& in, std::size_t at, schema::type wanted) {
  in.columns[at].type = wanted;
  for (auto& one : in.rows) {
    auto& x = one.cells[at];
    if (wanted == schema::type::real && x.what == value::kind::integer)
      x = of_real(as_real(x));
    if (wanted == schema::type::timestamp && x.what == value::kind::date)
      x = of_timestamp(x.number);
  }
}

void run(context& shared, relation& in, const filter& x) {
  const auto keep = binder{shared, in}.condition(x.predicate);
  auto kept = std::vector<row>{};
  for (auto& one : in.rows)
    if (shared.spend() && is_true(keep({&one, nullptr, nullptr})))
      kept.push_back(std::move(one));
  in.rows = std::move(kept);
}

void run(context& shared, relation& in, const select& x) {
  const auto over = binder{shared, in};
  auto columns = std::vector<column>{};
  auto what = std::vector<function>{};
  for (const auto& one : x.items) {
    auto b = over.bind(one.value);
    columns.push_back({"", name_of(over, one), b.type});
    what.push_back(std::move(b.run));
  }
  for (auto& one : in.rows) {
    auto next = cells{};
    for (const auto& f : what)
      next.push_back(f({&one, nullptr, nullptr}));
    shared.spend(what.size());
    one.cells = std::move(next);
  }
  in.columns = std::move(columns);
  in.forget_aliases();
}

// Each column may use the ones before it.
void run(context& shared, relation& in, const extend& x) {
  for (const auto& one : x.items) {
    const auto over = binder{shared, in};
    const auto b = over.bind(one.value);
    const auto name = name_of(over, one);
    for (auto& r : in.rows) {
      auto v = b.run({&r, nullptr, nullptr});
      r.cells.push_back(std::move(v));
    }
    in.columns.push_back({"", name, b.type});
    if (!shared.spend(in.rows.size()))
      return;
  }
}

void run(context& shared, relation& in, const drop& x) {
  auto gone = std::vector<bool>(in.columns.size());
  for (const auto& one : x.columns) {
    const auto at = column_of(shared, in, one);
    if (!at)
      return;
    gone[*at] = true;
  }
  const auto remains = [&](const auto& all) {
    auto result = std::decay_t<decltype(all)>{};
    for (std::size_t i = 0; i < all.size(); ++i)
      if (!gone[i])
        result.push_back(all[i]);
    return result;
  };
  in.columns = remains(in.columns);
  for (auto& one : in.rows)
    one.cells = remains(one.cells);
}

// All at once, so that names may be swapped.
void run(context& shared, relation& in, const rename& x) {
  auto columns = in.columns;
  for (const auto& one : x.changes) {
    const auto at = column_of(shared, in, one.from);
    if (!at)
      return;
    columns[*at].name = one.to.text;
  }
  in.columns = std::move(columns);
}

// All at once: every value is of the rows as they stand before.
void run(context& shared, relation& in, const set& x) {
  const auto over = binder{shared, in};
  auto columns = in.columns;
  auto what = std::vector<std::pair<std::size_t, function>>{};
  for (const auto& one : x.changes) {
    const auto at = column_of(shared, in, one.column);
    if (!at)
      return;
    auto b = over.bind(one.value);
    columns[*at].type = b.type;
    what.emplace_back(*at, std::move(b.run));
  }
  for (auto& one : in.rows) {
    auto next = one.cells;
    for (const auto& [at, f] : what)
      next[at] = f({&one, nullptr, nullptr});
    shared.spend(what.size());
    one.cells = std::move(next);
  }
  in.columns = std::move(columns);
}

void run(context&, relation& in, const rename_rows& x) {
  for (auto& c : in.columns)
    c.alias = x.alias.text;
  for (auto& o : in.origins)
    o.alias = x.alias.text;
}

} // namespace aura::dsl::interpreter
