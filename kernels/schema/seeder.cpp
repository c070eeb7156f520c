#include "kernels/schema/seeder.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace aura::schema {

namespace {

constexpr std::size_t most_planted = 60;
/// How often a row is drawn again when its key exists already.
constexpr int attempts = 40;

std::size_t index_of(const table& t, std::string_view name) {
  return static_cast<std::size_t>(t.find_column(name) - t.columns.data());
}

std::vector<std::size_t> indexes_of(const table& t,
                                    const std::vector<std::string>& names) {
  std::vector<std::size_t> indexes;
  for (const auto& x : names)
    indexes.push_back(index_of(t, x));
  return indexes;
}

/// How likely NULL is where it is allowed.
double null_share(state_kind kind) {
  static constexpr std::array shares
    = {0.12, 0.25, 0.15, 0.65, 0.15, 0.1, 0.2, 0.25};
  return shares[static_cast<std::size_t>(kind)];
}

} // namespace

seeder::seeder(const schema& s, const state_options& options, std::int64_t now)
  : schema_{s}, options_{options}, now_{now}, plans_(s.tables.size()) {
  resolve();
}

void seeder::resolve() {
  for (std::size_t i = 0; i < plans_.size(); ++i) {
    auto& p = plans_[i];
    const auto& t = schema_.tables[i];
    p.from = &t;
    p.in_key.resize(t.columns.size());
    p.in_edge.resize(t.columns.size());
    p.sole_key.resize(t.columns.size());
    if (!t.primary_key.empty())
      p.keys.push_back(indexes_of(t, t.primary_key));
    for (const auto& x : t.unique)
      p.keys.push_back(indexes_of(t, x));
    p.seen.resize(p.keys.size());
    for (const auto& r : t.relations) {
      const auto* other = schema_.find_table(r.to);
      auto e = relation_plan{};
      e.to = static_cast<std::size_t>(other - schema_.tables.data());
      for (const auto& [here, there] : r.match) {
        e.here.push_back(index_of(t, here));
        e.there.push_back(index_of(*other, there));
        p.in_edge[e.here.back()] = true;
        e.optional = e.optional || t.columns[e.here.back()].nullable;
      }
      if (e.to != i)
        plans_[e.to].referenced = true;
      p.edges.push_back(std::move(e));
    }
    std::stable_sort(p.edges.begin(), p.edges.end(),
                     [](const auto& a, const auto& b) {
                       return a.here.size() > b.here.size();
                     });
    for (const auto& key : p.keys)
      for (auto k : key)
        p.in_key[k] = true;
    for (const auto& key : p.keys)
      if (key.size() == 1 && !p.in_edge[key[0]])
        p.sole_key[key[0]] = true;
  }
}

/// Depth first: a table comes after those it refers to. What leads back to a
/// table that is still being visited is followed late.
void seeder::visit(std::size_t index, std::vector<int>& marks,
                   std::vector<std::size_t>& order) {
  marks[index] = 1;
  for (auto& e : plans_[index].edges) {
    if (marks[e.to] == 0)
      visit(e.to, marks, order);
    e.late = marks[e.to] == 1;
  }
  marks[index] = 2;
  order.push_back(index);
}

std::size_t seeder::row_count(const table_plan& p,
                              random_stream& random) const {
  if (options_.kind == state_kind::nearly_empty && options_.rows == 0)
    return 2 + random.below(2);
  auto most = options_.rows;
  if (most == 0)
    most = options_.kind == state_kind::realistic ? 120 + random.below(41)
                                                  : 36 + random.below(13);
  if (!p.referenced)
    return std::max<std::size_t>(2, most);
  return std::max<std::size_t>(2, p.edges.empty() ? most / 4 : most / 2);
}

/// Which of `count` rows to refer to, as the kind of state likes it.
std::size_t seeder::choose(std::size_t count, bool widely,
                           random_stream& random) const {
  if (widely)
    return random.below(count);
  switch (options_.kind) {
  case state_kind::ties:
    return random.below(std::min<std::size_t>(3, count));
  case state_kind::skewed:
    return random.chance(0.7) ? 0 : random.below(count);
  case state_kind::orphans:
    return random.chance(0.4) ? 0 : random.below((count + 1) / 2);
  default: {
    // Some have many matches, and the last tenth has none.
    const auto used = std::max<std::size_t>(1, count - count / 10);
    const auto x = random.uniform();
    const auto share = x * (0.5 + x / 2);
    return std::min(
      used - 1, static_cast<std::size_t>(share * static_cast<double>(used)));
  }
  }
}

/// A row of `to` that agrees with what `r` has already; null if there is none.
const record* seeder::parent(const table_plan& to, const relation_plan& e,
                             const std::vector<bool>& set, const record& r,
                             bool widely, random_stream& random) const {
  const auto fits = [&](std::size_t i) {
    for (std::size_t k = 0; k < e.here.size(); ++k)
      if (is_null(to.rows[i][e.there[k]])
          || (set[e.here[k]] && to.rows[i][e.there[k]] != r[e.here[k]]))
        return false;
    return true;
  };
  if (to.rows.empty())
    return nullptr;
  // Most rows will do, unless a column is bound already.
  if (const auto i = choose(to.rows.size(), widely, random); fits(i))
    return &to.rows[i];
  std::vector<const record*> candidates;
  for (std::size_t i = 0; i < to.rows.size(); ++i)
    if (fits(i))
      candidates.push_back(&to.rows[i]);
  if (candidates.empty())
    return nullptr;
  return candidates[choose(candidates.size(), widely, random)];
}

/// Keys that no row of the other table has.
void seeder::dangle(const relation_plan& e, record& r,
                    random_stream& random) const {
  const auto& to = plans_[e.to];
  const auto number = 900'000 + random.between(0, 4);
  for (std::size_t k = 0; k < e.here.size(); ++k) {
    const auto& c = to.from->columns[e.there[k]];
    const auto source = cell_source{*to.from, c, options_.kind, now_, random};
    r[e.here[k]]
      = c.type == type::text
          ? datum{"missing-" + std::to_string(number - 900'000)}
          : source.key(c.type == type::date ? number % 1000 + 5000 : number);
  }
}

void seeder::follow(const relation_plan& e, std::vector<bool>& set, record& r,
                    bool widely, random_stream& random) {
  auto nothing_set = true;
  auto all_set = true;
  for (auto i : e.here) {
    nothing_set = nothing_set && !set[i];
    all_set = all_set && set[i];
  }
  if (all_set)
    return;
  const auto orphan
    = options_.kind == state_kind::orphans && nothing_set && random.chance(0.3);
  const auto absent = e.optional && random.chance(null_share(options_.kind));
  const auto* found = orphan || absent
                        ? nullptr
                        : parent(plans_[e.to], e, set, r, widely, random);
  if (found) {
    for (std::size_t k = 0; k < e.here.size(); ++k)
      r[e.here[k]] = (*found)[e.there[k]];
  } else if (orphan || !e.optional) {
    if (nothing_set)
      dangle(e, r, random);
  } else {
    // Nothing to refer to.
    for (auto i : e.here)
      if (!set[i])
        r[i] = datum{};
  }
  for (auto i : e.here)
    set[i] = true;
}

record seeder::row(table_plan& p, const std::vector<cell_source>& cells,
                   std::int64_t number, bool widely, random_stream& random) {
  const auto& columns = p.from->columns;
  auto r = record(columns.size());
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (p.sole_key[i])
      r[i] = cells[i].key(number);
    if (p.sole_key[i] && cells[i].conforms(r[i]))
      continue;
    if (!columns[i].nullable || !random.chance(null_share(options_.kind)))
      r[i] = widely && p.in_key[i] ? cells[i].draw_widely(random)
                                   : cells[i].draw(random);
  }
  auto set = std::vector<bool>(columns.size());
  for (const auto& e : p.edges)
    if (!e.late)
      follow(e, set, r, widely, random);
  // A relation that is partly optional may have emptied what must not be.
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (is_null(r[i]) && !columns[i].nullable)
      r[i] = cells[i].draw_widely(random);
  return r;
}

/// Adds `r` unless a key of it exists.
bool seeder::add(table_plan& p, const record& r) {
  std::vector<record> found;
  for (std::size_t k = 0; k < p.keys.size(); ++k) {
    record values;
    for (auto i : p.keys[k])
      values.push_back(r[i]);
    // A UNIQUE index does not compare rows with NULL.
    if (std::any_of(values.begin(), values.end(), is_null))
      values.clear();
    else if (p.seen[k].contains(values))
      return false;
    found.push_back(std::move(values));
  }
  for (std::size_t k = 0; k < found.size(); ++k)
    if (!found[k].empty())
      p.seen[k].insert(std::move(found[k]));
  p.rows.push_back(r);
  return true;
}

void seeder::fill(table_plan& p) {
  auto random = stream(p, "rows");
  const auto cells = cells_of(p);
  const auto count = row_count(p, random);
  for (std::size_t i = 0; i < count; ++i)
    for (int attempt = 0; attempt < attempts; ++attempt) {
      // Twins differ in nothing but their keys.
      auto r = row(p, cells, static_cast<std::int64_t>(p.rows.size()),
                   attempt >= attempts / 4, random);
      if (options_.kind == state_kind::ties && !p.rows.empty()
          && random.chance(0.4)) {
        const auto& twin = random.pick(p.rows);
        for (std::size_t k = 0; k < r.size(); ++k)
          if (!p.in_key[k] && !p.in_edge[k])
            r[k] = twin[k];
      }
      if (add(p, r))
        break;
    }
  plant(p, cells);
}

/// For each group of literals a row that has them all, and for each literal
/// rows where it alone is off by a step.
void seeder::plant(table_plan& p, const std::vector<cell_source>& cells) {
  struct wish {
    std::size_t column;
    datum value;
  };
  std::map<std::size_t, std::vector<wish>> groups;
  auto free_group = std::size_t{1} << 40;
  const auto lax = options_.kind == state_kind::boundaries;
  for (const auto& x : options_.literals) {
    if (!same_name(x.table, p.from->name) || !p.from->find_column(x.column))
      continue;
    const auto i = index_of(*p.from, x.column);
    auto value = cells[i].stored_form(x.value);
    if (is_null(value) || p.in_edge[i] || (!lax && !cells[i].conforms(value)))
      continue;
    groups[x.group ? x.group : free_group++].push_back({i, std::move(value)});
  }
  std::vector<std::vector<wish>> wishes;
  for (const auto& [group, all] : groups) {
    wishes.push_back(all);
    for (std::size_t k = 0; k < all.size(); ++k)
      for (auto& x : cells[all[k].column].neighbours(all[k].value))
        if (lax || cells[all[k].column].conforms(x)) {
          wishes.push_back(all);
          wishes.back()[k].value = std::move(x);
        }
  }
  auto random = stream(p, "planted");
  random.shuffle(wishes);
  auto planted = std::size_t{0};
  for (const auto& wish_list : wishes) {
    if (planted == most_planted)
      break;
    for (int attempt = 0; attempt < attempts / 4; ++attempt) {
      auto r
        = row(p, cells, static_cast<std::int64_t>(p.rows.size()), true, random);
      for (const auto& x : wish_list)
        r[x.column] = x.value;
      if (add(p, r)) {
        ++planted;
        break;
      }
    }
  }
}

/// Follows the relations of `p` whose tables were not there yet: those that
/// close a cycle, and those of a table to itself.
void seeder::fill_late(table_plan& p) {
  if (std::none_of(p.edges.begin(), p.edges.end(),
                   [](const auto& e) { return e.late; }))
    return;
  auto random = stream(p, "late");
  auto before = std::move(p.rows);
  p.rows.clear();
  for (auto& x : p.seen)
    x.clear();
  const auto self = static_cast<std::size_t>(&p - plans_.data());
  for (std::size_t i = 0; i < before.size(); ++i)
    for (int attempt = 0; attempt < attempts; ++attempt) {
      auto r = before[i];
      auto set = std::vector<bool>(r.size());
      for (const auto& e : p.edges) {
        if (!e.late) {
          for (auto k : e.here)
            set[k] = true;
          continue;
        }
        // To itself: to an earlier row, so that it has an end somewhere.
        if (e.to == self && p.rows.empty())
          for (std::size_t k = 0; k < e.here.size(); ++k) {
            const auto optional = p.from->columns[e.here[k]].nullable;
            r[e.here[k]] = optional ? datum{} : r[e.there[k]];
            set[e.here[k]] = true;
          }
        else
          follow(e, set, r, attempt > 0, random);
      }
      for (std::size_t k = 0; k < r.size(); ++k)
        if (is_null(r[k]) && !p.from->columns[k].nullable)
          r[k] = before[i][k];
      if (add(p, r) || (attempt + 1 == attempts && add(p, before[i])))
        break;
    }
}

expected<rows_by_table> seeder::run() {
  auto marks = std::vector<int>(plans_.size());
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < plans_.size(); ++i)
    if (marks[i] == 0)
      visit(i, marks, order);
  for (auto i : order)
    fill(plans_[i]);
  for (auto i : order)
    fill_late(plans_[i]);
  rows_by_table result;
  for (auto& p : plans_) {
    if (p.rows.size() < 2)
      return fault{errc::invalid_schema, "the keys of table '" + p.from->name
                                           + "' allow fewer than two rows"};
    // A real column that copied its value from an integer one, or the other
    // way round, stores it in its own type.
    for (auto& r : p.rows)
      for (std::size_t i = 0; i < r.size(); ++i) {
        const auto wanted = p.from->columns[i].type;
        if (const auto* x = std::get_if<std::int64_t>(&r[i]);
            x && wanted == type::real)
          r[i] = static_cast<double>(*x);
        else if (const auto* y = std::get_if<double>(&r[i]);
                 y && wanted == type::integer)
          r[i] = static_cast<std::int64_t>(*y);
      }
    if (options_.shuffle != 0) {
      auto random
        = random_stream{options_.shuffle, "schema/shuffle/" + p.from->name};
      random.shuffle(p.rows);
    }
    result.push_back(std::move(p.rows));
  }
  return result;
}

} // namespace aura::schema
