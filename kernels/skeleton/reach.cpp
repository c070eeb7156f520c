#include "kernels/skeleton/reach.hpp"

#include <algorithm>

namespace aura::skeleton {

namespace {

bool is_key_column(const schema::table& t, const schema::column& c) {
  const auto named
    = [&c](const std::string& x) { return schema::same_name(x, c.name); };
  if (std::ranges::any_of(t.primary_key, named))
    return true;
  for (const auto& key : t.unique)
    if (std::ranges::any_of(key, named))
      return true;
  for (const auto& r : t.relations)
    for (const auto& [here, there] : r.match)
      if (named(here))
        return true;
  return false;
}

bool is_single_key(const schema::table& t, const schema::column& c) {
  const auto is_this = [&c](const std::vector<std::string>& key) {
    return key.size() == 1 && schema::same_name(key[0], c.name);
  };
  return is_this(t.primary_key) || std::ranges::any_of(t.unique, is_this);
}

// Few values: worth grouping by, and senseless to add up.
constexpr auto most_levels = 12;

bool has_few_values(const schema::column& c) {
  if (!c.values.empty())
    return true;
  if (!c.range)
    return false;
  const auto* low = std::get_if<std::int64_t>(&c.range->low);
  const auto* high = std::get_if<std::int64_t>(&c.range->high);
  return low && high && *high - *low < most_levels;
}

struct walk {
  const schema::schema& s;
  std::size_t steps;
  std::vector<reachable> found;
  std::vector<const schema::table*> passed;
  std::vector<std::string> path;

  void visit(const schema::table& t, const schema::relation* arrived_by,
             bool nullable) {
    passed.push_back(&t);
    for (const auto& c : t.columns) {
      if (arrived_by && repeats(*arrived_by, c))
        continue;
      auto x = reachable{path, &c, role_of(t, c), nullable || c.nullable};
      x.path.push_back(c.name);
      x.unique = !arrived_by && is_single_key(t, c);
      found.push_back(std::move(x));
    }
    if (path.size() < steps)
      for (const auto& r : t.relations)
        follow(r);
    passed.pop_back();
  }

  void follow(const schema::relation& r) {
    const auto* to = s.find_table(r.to);
    if (!to || std::ranges::find(passed, to) != passed.end())
      return;
    path.push_back(r.name);
    // A LEFT JOIN: the row may be missing whatever the schema says.
    visit(*to, &r, true);
    path.pop_back();
  }

  static bool repeats(const schema::relation& r, const schema::column& c) {
    return std::ranges::any_of(r.match, [&c](const auto& pair) {
      return schema::same_name(pair.second, c.name);
    });
  }
};

} // namespace

role role_of(const schema::table& t, const schema::column& c) {
  switch (c.type) {
  case schema::type::boolean:
    return role::flag;
  case schema::type::date:
  case schema::type::timestamp:
    return role::moment;
  case schema::type::text:
    if (is_key_column(t, c))
      return role::identifier;
    return c.values.empty() ? role::label : role::category;
  case schema::type::integer:
    if (is_key_column(t, c))
      return role::identifier;
    return has_few_values(c) ? role::level : role::measure;
  case schema::type::real:
    return is_key_column(t, c) ? role::identifier : role::measure;
  }
  return role::label;
}

std::vector<reachable> reach(const schema::schema& s, const schema::table& t,
                             std::size_t steps) {
  auto w = walk{s, steps, {}, {}, {}};
  w.visit(t, nullptr, false);
  return std::move(w.found);
}

} // namespace aura::skeleton
