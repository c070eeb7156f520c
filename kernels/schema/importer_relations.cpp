#include "kernels/schema/check.hpp"
#include "kernels/schema/importer.hpp"
#include "kernels/schema/naming.hpp"

#include <algorithm>

namespace aura::schema {

namespace {

bool numeric(type x) {
  return x == type::integer || x == type::real;
}

std::vector<std::string> right_side(const relation& r) {
  std::vector<std::string> names;
  for (const auto& [here, there] : r.match)
    names.push_back(there);
  return names;
}

std::vector<std::string> left_side(const relation& r) {
  std::vector<std::string> names;
  for (const auto& [here, there] : r.match)
    names.push_back(here);
  return names;
}

column* find_column(table& t, std::string_view name) {
  for (auto& x : t.columns)
    if (same_name(x.name, name))
      return &x;
  return nullptr;
}

} // namespace

/// Where a foreign key leads from numbers to a column that has texts beside
/// them, both are texts. Repeats, since that may matter to a third column.
void importer::widen(const std::vector<sql::catalog_table>& declared) {
  while (widen_once(declared)) {
  }
}

bool importer::widen_once(const std::vector<sql::catalog_table>& declared) {
  auto changed = false;
  const auto to_text = [&](table& t, column& c, const std::string& other) {
    const auto index
      = static_cast<std::size_t>(&t - result_.schema.tables.data());
    const auto place = place_of(
      index, "column", static_cast<std::size_t>(&c - t.columns.data()));
    c.type = type::text;
    c.range.reset();
    note(place, t.name + "." + c.name,
         "numbers, taken for text since " + other + " is text");
    changed = true;
  };
  for (std::size_t i = 0; i < declared.size(); ++i)
    for (const auto& key : declared[i].foreign_keys) {
      auto r = relation{};
      if (!resolve(result_.schema.tables[i], key, r))
        continue;
      auto& t = result_.schema.tables[i];
      auto& other = *find(r.to);
      for (const auto& [here, there] : r.match) {
        auto& left = *find_column(t, here);
        auto& right = *find_column(other, there);
        if (left.type == type::text && numeric(right.type))
          to_text(other, right, t.name + "." + left.name);
        else if (right.type == type::text && numeric(left.type))
          to_text(t, left, other.name + "." + right.name);
      }
    }
  return changed;
}

bool importer::resolve(const table& t, const sql::catalog_foreign_key& key,
                       relation& r) const {
  const auto* other = result_.schema.find_table(key.to);
  auto right = key.to_columns;
  if (other && right.empty())
    right = declared_keys_[static_cast<std::size_t>(
      other - result_.schema.tables.data())];
  if (!other || right.empty() || right.size() != key.columns.size())
    return false;
  r.to = other->name;
  for (std::size_t i = 0; i < right.size(); ++i) {
    const auto* here = t.find_column(key.columns[i]);
    const auto* there = other->find_column(right[i]);
    if (!here || !there)
      return false;
    r.match.emplace_back(here->name, there->name);
  }
  return true;
}

/// Why `r` cannot be a path, mending what can be mended: a right side that is
/// unique without saying so becomes a declared key.
std::string importer::obstacle(table& t, table& other, const relation& r) {
  const auto right = right_side(r);
  for (std::size_t i = 0; i < right.size(); ++i)
    for (std::size_t k = 0; k < i; ++k)
      if (same_name(right[i], right[k]))
        return "it matches " + right[i] + " twice";
  for (const auto& [here, there] : r.match) {
    const auto* left_column = t.find_column(here);
    const auto* right_column = other.find_column(there);
    if (left_column->type != right_column->type
        && !(numeric(left_column->type) && numeric(right_column->type)))
      return here + " is " + to_string(left_column->type) + " and " + there
             + " is " + to_string(right_column->type);
    if (left_column->format != right_column->format)
      return here + " and " + there + " store dates in different formats";
  }
  if (same_columns(right, other.primary_key)
      || std::any_of(other.unique.begin(), other.unique.end(),
                     [&](const auto& x) { return same_columns(x, right); }))
    return {};
  const auto rows = database_.count_rows(other.name);
  const auto unique = database_.unique(other.name, right);
  if (!rows || !unique || *rows < 2 || !*unique)
    return "(" + listed_names(right) + ") is no key of " + other.name;
  const auto index
    = static_cast<std::size_t>(&other - result_.schema.tables.data());
  other.unique.push_back(right);
  note(place_of(index, "primary-key"), other.name,
       "inferred: (" + listed_names(right)
         + ") is unique in the data, though not declared so");
  return {};
}

void importer::read_relation(std::size_t index,
                             const sql::catalog_foreign_key& declared) {
  auto& t = result_.schema.tables[index];
  const auto lost = [&](const std::string& why) {
    note(place_of(index, "end"), t.name,
         "foreign key left out: (" + listed_names(declared.columns) + ") to "
           + declared.to
           + (declared.to_columns.empty()
                ? ""
                : " (" + listed_names(declared.to_columns) + ")")
           + ": " + why);
  };
  auto r = relation{};
  auto* other = find(declared.to);
  if (!other)
    return lost("there is no such table here");
  for (const auto& x : declared.columns)
    if (!t.find_column(x))
      return lost("column " + x + " is not here");
  if (!resolve(t, declared, r))
    return lost("its right side is not here");
  for (const auto& x : t.relations)
    if (same_name(x.to, r.to) && x.match == r.match)
      return; // declared twice
  std::vector<std::string> taken = {t.name};
  for (const auto& x : t.relations)
    taken.push_back(x.name);
  r.name = relation_name(left_side(r), r.to, taken);
  if (!is_usable(r.name))
    return lost("it cannot be named");
  if (const auto why = obstacle(t, *other, r); !why.empty())
    return lost(why);
  const auto orphans
    = database_.orphans(t.name, left_side(r), other->name, right_side(r));
  if (orphans && *orphans > 0)
    note(place_of(index, "relation", t.relations.size()), t.name + "." + r.name,
         std::to_string(*orphans)
           + (*orphans == 1 ? " row matches" : " rows match") + " nothing in "
           + other->name);
  t.relations.push_back(std::move(r));
}

/// Where nothing is declared, says which columns are named like the key of
/// another table.
void importer::suggest_relations(std::size_t index,
                                 const sql::catalog_table& declared) {
  if (!declared.foreign_keys.empty())
    return;
  auto& t = result_.schema.tables[index];
  std::vector<std::string> taken = {t.name};
  for (const auto& c : t.columns) {
    const auto stem = spoken(without_key_suffix(c.name));
    for (auto& other : result_.schema.tables) {
      if (&other == &t || other.primary_key.size() != 1)
        continue;
      const auto* key = other.find_column(other.primary_key[0]);
      const auto name = spoken(other.name);
      const auto named_after
        = without_key_suffix(c.name) != c.name
          && (name == stem || name == stem + "s" || name == stem + "es"
              || (stem.ends_with("y")
                  && name == stem.substr(0, stem.size() - 1) + "ies"));
      const auto same_key
        = same_name(key->name, c.name) && without_key_suffix(c.name) != c.name;
      if ((!named_after && !same_key) || key->type != c.type)
        continue;
      auto r = relation{relation_name({c.name}, other.name, taken),
                        other.name,
                        {{c.name, key->name}}};
      if (!is_usable(r.name))
        continue;
      const auto orphans
        = database_.orphans(t.name, {c.name}, other.name, {key->name});
      auto& lines = notes_.at[place_of(index, "end")];
      const auto heading
        = std::string{"relations: (inferred from names, not declared)"};
      if (std::find(lines.begin(), lines.end(), heading) == lines.end())
        note(place_of(index, "end"), t.name, heading);
      note(place_of(index, "end"), t.name,
           "  " + relation_entry(r)
             + (orphans && *orphans > 0
                  ? " # matches nothing: " + std::to_string(*orphans)
                  : ""));
      taken.push_back(r.name);
      break;
    }
  }
}

} // namespace aura::schema
