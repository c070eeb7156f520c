#include "kernels/skeleton/grammar.hpp"

#include "kernels/skeleton/naming.hpp"

#include <algorithm>
#include <array>

namespace aura::skeleton {

namespace {

using dsl::expr_kind;

} // namespace

void grammar::stage(line& x) {
  using step = bool (grammar::*)(line&);
  static constexpr auto steps = std::to_array<std::pair<step, double>>({
    {&grammar::filter, 16},
    {&grammar::select, 9},
    {&grammar::extend, 11},
    {&grammar::drop, 4},
    {&grammar::rename, 4},
    {&grammar::set, 6},
    {&grammar::aggregate, 13},
    {&grammar::sort, 7},
    {&grammar::limit, 5},
    {&grammar::distinct, 4},
    {&grammar::top, 6},
    {&grammar::rename_rows, 3},
    {&grammar::join, 13},
    {&grammar::set_operation, 8},
    {&grammar::window, 11},
    {&grammar::pivot, 4},
    {&grammar::unpivot, 4},
  });
  auto weights = std::array<double, steps.size()>{};
  std::transform(steps.begin(), steps.end(), weights.begin(),
                 [](const auto& s) { return s.second; });
  for (auto attempt = 0; attempt < 8; ++attempt)
    if ((this->*steps[random_.weighted(weights)].first)(x))
      return;
}

bool grammar::filter(line& x) {
  add(x.text, dsl::filter{predicate(x.rows, options_.max_depth)});
  return true;
}

bool grammar::select(line& x) {
  auto items = std::vector<dsl::item>{};
  auto out = known_rows{};
  const auto count = 1 + random_.below(4);
  for (std::size_t i = 0; i < count; ++i) {
    const auto t = any_type();
    const schema::column* declared = nullptr;
    auto made = random_.chance(0.5) ? column(x.rows, t, &declared) : maybe{};
    if (!made)
      made = value(x.rows, t, options_.max_depth);
    auto item = dsl::item{std::move(*made), std::nullopt};
    auto name = std::string{};
    // A name in capitals is spelled as the schema has it: AS says which.
    if (item.value.kind == expr_kind::column && random_.chance(0.6))
      name = item.value.path.back().text;
    const auto known = x.rows.count(name) > 0 || item.value.path.size() > 1;
    if (name.empty() || !known || out.has(name)) {
      name = fresh(out);
      item.alias = dsl::name{name, {}};
    }
    out.columns.push_back({name, t, std::nullopt, declared});
    items.push_back(std::move(item));
  }
  out.one_row = x.rows.one_row;
  add(x.text, dsl::select{std::move(items)});
  x.rows = std::move(out);
  return true;
}

bool grammar::extend(line& x) {
  auto items = std::vector<dsl::item>{};
  const auto count = 1 + random_.below(3);
  for (std::size_t i = 0; i < count; ++i) {
    const auto t = any_type();
    auto name = fresh(x.rows);
    items.push_back(
      {value(x.rows, t, options_.max_depth), dsl::name{name, {}}});
    x.rows.columns.push_back({std::move(name), t});
  }
  add(x.text, dsl::extend{std::move(items)});
  return true;
}

bool grammar::drop(line& x) {
  if (x.rows.columns.size() < 2)
    return false;
  auto gone = dsl::drop{};
  const auto count
    = std::min<std::size_t>(1 + random_.below(2), x.rows.columns.size() - 1);
  auto indexes = std::vector<std::size_t>{};
  for (std::size_t i = 0; i < x.rows.columns.size(); ++i)
    indexes.push_back(i);
  random_.shuffle(indexes);
  indexes.resize(count);
  std::sort(indexes.rbegin(), indexes.rend());
  const auto before = x.rows;
  for (auto i : indexes) {
    gone.columns.push_back(reference(before, before.columns[i]));
    x.rows.columns.erase(x.rows.columns.begin()
                         + static_cast<std::ptrdiff_t>(i));
  }
  std::erase_if(x.rows.key,
                [&](const auto& name) { return !x.rows.has(name); });
  if (x.rows.key.size() < before.key.size())
    x.rows.key.clear();
  add(x.text, std::move(gone));
  return true;
}

bool grammar::rename(line& x) {
  auto changed = dsl::rename{};
  const auto before = x.rows;
  auto done = std::vector<std::size_t>{};
  const auto count
    = std::min<std::size_t>(1 + random_.below(2), before.columns.size());
  for (std::size_t n = 0; n < count; ++n) {
    const auto i = random_.below(before.columns.size());
    if (std::find(done.begin(), done.end(), i) != done.end())
      continue;
    done.push_back(i);
    auto name = fresh(x.rows);
    // Two columns may swap their names.
    if (n == 1 && random_.chance(0.4)
        && before.count(before.columns[done[0]].name) == 1)
      name = before.columns[done[0]].name;
    changed.changes.push_back(
      {reference(before, before.columns[i]), dsl::name{name, {}}});
    std::replace(x.rows.key.begin(), x.rows.key.end(), before.columns[i].name,
                 name);
    x.rows.columns[i].name = std::move(name);
  }
  x.rows.key.clear();
  add(x.text, std::move(changed));
  return true;
}

bool grammar::set(line& x) {
  auto changed = dsl::set{};
  const auto before = x.rows;
  auto done = std::vector<std::size_t>{};
  const auto count
    = std::min<std::size_t>(1 + random_.below(2), before.columns.size());
  for (std::size_t n = 0; n < count; ++n) {
    const auto i = random_.below(before.columns.size());
    if (std::find(done.begin(), done.end(), i) != done.end())
      continue;
    done.push_back(i);
    const auto& column = before.columns[i];
    const auto t = random_.chance(0.8) ? column.type : any_type();
    changed.changes.push_back(
      {reference(before, column), value(before, t, options_.max_depth)});
    x.rows.columns[i].type = t;
    x.rows.columns[i].declared = nullptr;
    std::erase(x.rows.key, column.name);
  }
  if (x.rows.key.size() < before.key.size())
    x.rows.key.clear();
  add(x.text, std::move(changed));
  return true;
}

std::vector<dsl::item> grammar::keys(const known_rows& in, known_rows& out) {
  auto result = std::vector<dsl::item>{};
  const auto count = choose({30, 45, 20, 5});
  for (std::size_t i = 0; i < count; ++i) {
    const auto t = any_type();
    const schema::column* declared = nullptr;
    auto made
      = random_.chance(0.65) ? column(in, t, &declared) : varying(in, t, 2);
    if (!made)
      continue;
    auto item = dsl::item{std::move(*made), std::nullopt};
    auto name = std::string{};
    if (item.value.kind == expr_kind::column && random_.chance(0.7))
      name = item.value.path.back().text;
    const auto known = in.count(name) > 0 || item.value.path.size() > 1;
    if (name.empty() || !known || out.has(name)) {
      name = fresh(out);
      item.alias = dsl::name{name, {}};
    }
    out.columns.push_back({name, t, std::nullopt, declared});
    result.push_back(std::move(item));
  }
  return result;
}

bool grammar::aggregate(line& x) {
  auto made = dsl::aggregate{};
  auto out = known_rows{};
  made.keys = keys(x.rows, out);
  const auto key_rows = out;
  const auto count = 1 + random_.below(3);
  for (std::size_t i = 0; i < count; ++i) {
    const auto paths = paths_;
    auto one = aggregate_call(x.rows);
    // Beside the call only keys may be named.
    paths_ = false;
    one = wrapped(std::move(one), key_rows);
    paths_ = paths;
    auto item = dsl::item{std::move(one.value), std::nullopt};
    auto name = std::string{};
    if (const auto known = default_name(item.value);
        known && random_.chance(0.5)
        && (item.value.arguments.empty()
            || item.value.arguments[0].path.size() > 1
            || x.rows.count(item.value.arguments[0].path[0].text) == 1))
      name = *known;
    const auto exact
      = item.value.arguments.empty() || item.value.arguments[0].path.size() != 1
        || std::any_of(x.rows.columns.begin(), x.rows.columns.end(),
                       [&](const auto& c) {
                         return c.name == item.value.arguments[0].path[0].text;
                       });
    if (name.empty() || !exact || out.has(name)) {
      name = fresh(out);
      item.alias = dsl::name{name, {}};
    }
    out.columns.push_back({std::move(name), one.type});
    made.items.push_back(std::move(item));
  }
  for (const auto& c : key_rows.columns)
    out.key.push_back(c.name);
  out.one_row = made.keys.empty();
  add(x.text, std::move(made));
  x.rows = std::move(out);
  return true;
}

dsl::sort_key grammar::sort_key(dsl::expr value) {
  auto result = dsl::sort_key{};
  result.value = std::move(value);
  result.descending = random_.chance(0.4);
  result.nulls = std::array{dsl::nulls::unspecified, dsl::nulls::first,
                            dsl::nulls::last}[choose({7, 2, 1})];
  return result;
}

/// Appends the key, or all columns where there is none.
void grammar::make_total(const known_rows& in,
                         std::vector<dsl::sort_key>& keys) {
  if (in.one_row)
    return;
  const auto append = [&](const known_column& c) {
    auto x = reference(in, c);
    if (std::none_of(keys.begin(), keys.end(),
                     [&](const auto& key) { return key.value == x; }))
      keys.push_back(sort_key(std::move(x)));
  };
  for (const auto& c : in.columns)
    if (in.can_name(c)
        && (in.key.empty()
            || std::find(in.key.begin(), in.key.end(), c.name) != in.key.end()))
      append(c);
}

std::optional<dsl::expr> grammar::any_varying(const known_rows& in) {
  const auto t = any_type();
  return varying(in, t, random_.chance(0.7) ? 0 : 2);
}

std::vector<dsl::sort_key> grammar::sort_keys(const known_rows& in,
                                              bool& total) {
  auto result = std::vector<dsl::sort_key>{};
  const auto count = 1 + random_.below(2);
  for (std::size_t i = 0; i < count; ++i)
    if (auto x = any_varying(in))
      result.push_back(sort_key(std::move(*x)));
  if (total || result.empty())
    make_total(in, result);
  total = total && !result.empty();
  return result;
}

bool grammar::sort(line& x) {
  auto total = random_.chance(options_.total_order);
  auto keys = sort_keys(x.rows, total);
  if (keys.empty())
    return false;
  add(x.text, dsl::sort{std::move(keys)});
  x.rows.total = total;
  return true;
}

bool grammar::limit(line& x) {
  if (!x.rows.total && !x.rows.one_row
      && random_.chance(options_.total_order)) {
    auto total = true;
    auto keys = sort_keys(x.rows, total);
    if (keys.empty())
      return false;
    add(x.text, dsl::sort{std::move(keys)});
    x.rows.total = total;
  }
  auto cut = dsl::limit{};
  cut.count = static_cast<std::int64_t>(
    random_.chance(0.1) ? 0 : 1 + random_.below(12));
  if (random_.chance(0.4))
    cut.offset = static_cast<std::int64_t>(random_.below(6));
  x.rows.one_row = x.rows.one_row || cut.count <= 1;
  add(x.text, cut);
  return true;
}

bool grammar::distinct(line& x) {
  if (x.rows.has_duplicates())
    return false;
  add(x.text, dsl::distinct{});
  x.rows.close();
  x.rows.key.clear();
  for (const auto& c : x.rows.columns)
    x.rows.key.push_back(c.name);
  return true;
}

std::vector<dsl::expr> grammar::per_keys(const known_rows& in) {
  auto result = std::vector<dsl::expr>{};
  const auto count = 1 + random_.below(2);
  for (std::size_t i = 0; i < count; ++i)
    if (auto x = any_varying(in))
      result.push_back(std::move(*x));
  return result;
}

bool grammar::top(line& x) {
  auto made = dsl::top{};
  made.count = static_cast<std::int64_t>(random_.below(5));
  if (random_.chance(0.6))
    made.per = per_keys(x.rows);
  made.with_ties = random_.chance(0.4);
  auto total = !made.with_ties && random_.chance(options_.total_order);
  made.by = sort_keys(x.rows, total);
  if (made.by.empty())
    return false;
  x.rows.total = total && made.per.empty();
  add(x.text, std::move(made));
  return true;
}

bool grammar::rename_rows(line& x) {
  if (x.rows.has_duplicates())
    return false;
  const schema::table* table = nullptr;
  if (x.rows.aliases.size() == 1)
    table = x.rows.aliases.front().table;
  auto name = fresh_alias(x.rows);
  x.rows.aliases = {{name, table}};
  for (auto& c : x.rows.columns)
    c.alias = 0;
  add(x.text, dsl::rename_rows{dsl::name{std::move(name), {}}});
  return true;
}

} // namespace aura::skeleton
