#include "kernels/dsl/reference/stages.hpp"

#include <algorithm>

namespace aura::dsl::interpreter {

namespace {

constexpr auto text = schema::type::text;

struct bound_keys {
  std::vector<named_key> keys;
  std::vector<column> columns;
  std::vector<function> what;
};

bound_keys bind_keys(const binder& over, const std::vector<item>& keys) {
  auto result = bound_keys{};
  for (const auto& x : keys) {
    auto b = over.bind(x.value);
    const auto name = name_of(over, x);
    result.columns.push_back({"", name, b.type});
    result.what.push_back(b.run);
    result.keys.push_back({name, std::move(b)});
  }
  return result;
}

// The only result of an operator that starts anew.
void replace(relation& in, std::vector<column> columns,
             std::vector<cells> rows) {
  in = relation{};
  in.columns = std::move(columns);
  for (auto& one : rows)
    in.rows.push_back({std::move(one), {}, {}});
}

} // namespace

std::vector<group> grouped(const relation& in,
                           const std::vector<function>& keys) {
  auto result = std::vector<group>{};
  if (keys.empty())
    result.emplace_back();
  for (const auto& one : in.rows) {
    auto key = cells{};
    for (const auto& f : keys)
      key.push_back(f({&one, nullptr, nullptr}));
    auto found = std::find_if(result.begin(), result.end(), [&](const auto& x) {
      return same_cells(x.key, key);
    });
    if (found == result.end())
      found = result.insert(result.end(), group{std::move(key), {}});
    found->rows.push_back(&one);
  }
  return result;
}

void run(context& shared, relation& in, const aggregate& x) {
  auto keys = bind_keys(binder{shared, in}, x.keys);
  auto over = binder{shared, in, calls::aggregates};
  over.know(keys.keys);
  auto columns = keys.columns;
  auto what = std::vector<function>{};
  for (const auto& one : x.items) {
    auto b = over.bind(one.value);
    columns.push_back({"", name_of(over, one), b.type});
    what.push_back(std::move(b.run));
  }
  if (shared.trouble)
    return;
  auto rows = std::vector<cells>{};
  for (const auto& g : grouped(in, keys.what)) {
    rows.push_back(g.key);
    // Keys and constants are the same for all rows of the group.
    const auto* one = g.rows.empty() ? nullptr : g.rows.front();
    for (const auto& f : what)
      rows.back().push_back(f({one, &g.rows, nullptr}));
    if (!shared.spend(g.rows.size() + 1))
      return;
  }
  replace(in, std::move(columns), std::move(rows));
}

void run(context& shared, relation& in, const distinct&) {
  auto rows = std::vector<cells>{};
  for (const auto& one : in.rows) {
    const auto is_same
      = [&](const auto& other) { return same_cells(other, one.cells); };
    if (std::none_of(rows.begin(), rows.end(), is_same))
      rows.push_back(one.cells);
    if (!shared.spend(rows.size()))
      return;
  }
  auto columns = in.columns;
  for (auto& c : columns)
    c.alias.clear();
  replace(in, std::move(columns), std::move(rows));
}

// An AGGREGATE with one conditional item for each listed value; where no row
// has the value, COUNT is 0 and all else NULL.
void run(context& shared, relation& in, const pivot& x) {
  const auto plain = binder{shared, in};
  auto keys = bind_keys(plain, x.keys);
  auto columns = keys.columns;
  const auto over = binder{shared, in, calls::aggregates};
  const auto value_of = over.bind(x.value);
  struct cell {
    function label;
    function wanted;
  };
  auto listed = std::vector<cell>{};
  for (const auto& one : x.cells) {
    auto label = plain.bind(x.column);
    auto wanted = plain.bind(one.value);
    columns.push_back(
      {"", one.alias ? one.alias->text : to_cast_text(wanted.run({})),
       value_of.type});
    unify(shared, {&label, &wanted});
    listed.push_back({label.run, wanted.run});
  }
  if (shared.trouble)
    return;
  auto rows = std::vector<cells>{};
  for (const auto& g : grouped(in, keys.what)) {
    rows.push_back(g.key);
    for (const auto& c : listed) {
      auto chosen = std::vector<const row*>{};
      for (const auto* one : g.rows) {
        const auto label = c.label({one, nullptr, nullptr});
        if (!is_null(label) && compare(label, c.wanted({})) == 0)
          chosen.push_back(one);
      }
      const auto empty = chosen.empty() && x.value.text != "COUNT";
      rows.back().push_back(empty ? value{}
                                  : value_of.run({nullptr, &chosen, nullptr}));
    }
    if (!shared.spend(g.rows.size() * listed.size() + 1))
      return;
  }
  replace(in, std::move(columns), std::move(rows));
}

// Every row becomes one for each listed column; NULLs stay.
void run(context& shared, relation& in, const unpivot& x) {
  const auto over = binder{shared, in};
  auto listed = std::vector<std::size_t>{};
  auto values = std::vector<bound>{};
  auto pointers = std::vector<bound*>{};
  for (const auto& one : x.columns) {
    const auto at = over.find_column(one.path);
    if (!at) {
      shared.fail(errc::resolve_error, "there is no such column");
      return;
    }
    listed.push_back(*at);
    values.push_back(over.bind(one));
  }
  for (auto& one : values)
    pointers.push_back(&one);
  const auto kind = unify(shared, pointers);
  const auto is_listed = [&](std::size_t i) {
    return std::find(listed.begin(), listed.end(), i) != listed.end();
  };
  auto out = relation{};
  out.origins = in.origins;
  for (std::size_t i = 0; i < in.columns.size(); ++i)
    if (!is_listed(i))
      out.columns.push_back(in.columns[i]);
  out.columns.push_back({"", x.label.text, text});
  out.columns.push_back({"", x.value.text, kind});
  for (const auto& one : in.rows)
    for (std::size_t k = 0; k < listed.size(); ++k) {
      auto next = row{};
      next.origins = one.origins;
      for (std::size_t i = 0; i < in.columns.size(); ++i)
        if (!is_listed(i))
          next.cells.push_back(one.cells[i]);
      next.cells.push_back(of_text(in.columns[listed[k]].name));
      next.cells.push_back(values[k].run({&one, nullptr, nullptr}));
      out.rows.push_back(std::move(next));
      if (!shared.spend(next.cells.size() + 1))
        return;
    }
  in = std::move(out);
}

} // namespace aura::dsl::interpreter
