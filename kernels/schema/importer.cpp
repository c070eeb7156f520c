#include "kernels/schema/importer.hpp"

#include "kernels/schema/check.hpp"
#include "kernels/schema/infer.hpp"
#include "kernels/schema/naming.hpp"

#include <algorithm>
#include <array>

namespace aura::schema {

namespace {

/// Why something of this kind cannot be asked about; empty if it can.
std::string why_left_out(const sql::catalog_table& x) {
  if (!is_usable(x.name))
    return "its name has bytes that no name may have";
  switch (x.kind) {
  case sql::catalog_kind::view:
    return x.trouble.empty() ? "a view" : "a broken view: " + x.trouble;
  case sql::catalog_kind::virtual_table:
    return "a virtual table";
  case sql::catalog_kind::shadow:
    return "holds the data of a virtual table";
  case sql::catalog_kind::table:
    return x.trouble;
  }
  return {};
}

} // namespace

table* importer::find(std::string_view name) {
  for (auto& x : result_.schema.tables)
    if (same_name(x.name, name))
      return &x;
  return nullptr;
}

void importer::note(const std::string& place, const std::string& where,
                    const std::string& text) {
  const auto clean = printable(text);
  notes_.at[place].push_back(clean);
  result_.notes.push_back(printable(where) + ": " + clean);
}

status importer::run() {
  const auto declared = database_.tables();
  if (!declared)
    return declared.error();
  result_.schema.name = options_.name.empty() ? "imported" : options_.name;
  std::vector<sql::catalog_table> taken;
  for (const auto& x : *declared) {
    const auto before = result_.schema.tables.size();
    auto why = why_left_out(x);
    if (why.empty()) {
      read_table(x);
      if (result_.schema.tables.size() > before) {
        taken.push_back(x);
        continue;
      }
      why = "none of its columns can be asked about";
    }
    ++result_.tables_left_out;
    const auto text = printable("left out: " + x.name + ": " + why);
    notes_.tail.push_back(text);
    result_.notes.push_back(text);
  }
  if (result_.schema.tables.empty())
    return fault{errc::invalid_schema,
                 "the database has no table to ask about"};
  widen(taken);
  for (std::size_t i = 0; i < taken.size(); ++i) {
    for (const auto& key : taken[i].foreign_keys)
      read_relation(i, key);
    suggest_relations(i, taken[i]);
  }
  return ok;
}

void importer::read_table(const sql::catalog_table& declared) {
  auto t = table{};
  t.name = declared.name;
  t.description = description_of(t.name);
  result_.schema.tables.push_back(std::move(t));
  auto& added = result_.schema.tables.back();
  read_columns(added, declared);
  if (added.columns.empty()) {
    notes_.at.erase(place_of(result_.schema.tables.size() - 1, "end"));
    result_.schema.tables.pop_back();
    return;
  }
  read_keys(added, declared);
  declared_keys_.push_back(declared.primary_key);
}

void importer::read_columns(table& t, const sql::catalog_table& declared) {
  const auto index = result_.schema.tables.size() - 1;
  const auto rows = database_.count_rows(declared.name);
  if (rows && *rows == 0)
    note(place_of(index), t.name, "empty: types are as declared");
  for (const auto& x : declared.columns) {
    auto role = column_role{};
    role.rows = rows ? *rows : 0;
    role.key = x.key_position > 0;
    for (const auto& key : declared.unique)
      role.key = role.key || (key.size() == 1 && same_name(key[0], x.name));
    for (const auto& key : declared.foreign_keys)
      role.key = role.key || holds_name(key.columns, x.name);
    auto found = infer_column(database_, declared.name, x, role, options_);
    const auto place = found.column
                         ? place_of(index, "column", t.columns.size())
                         : place_of(index, "end");
    for (const auto& text : found.notes)
      note(place, found.column ? t.name + "." + x.name : t.name,
           found.column ? text : x.name + ": " + text);
    if (found.column)
      t.columns.push_back(*std::move(found.column));
    else
      ++result_.columns_left_out;
  }
}

void importer::read_keys(table& t, const sql::catalog_table& declared) {
  const auto index = result_.schema.tables.size() - 1;
  const auto place = place_of(index, "primary-key");
  const auto whole = [&](const sql::catalog_key& key) {
    return std::all_of(key.begin(), key.end(), [&](const auto& x) {
      return t.find_column(x) != nullptr;
    });
  };
  if (!declared.primary_key.empty() && !whole(declared.primary_key)) {
    note(place, t.name,
         "the primary key (" + listed_names(declared.primary_key)
           + ") has columns that were left out");
  } else if (!declared.primary_key.empty()) {
    const auto empty
      = std::any_of(declared.primary_key.begin(), declared.primary_key.end(),
                    [&](const auto& x) { return t.find_column(x)->nullable; });
    if (empty) {
      note(place, t.name,
           "the primary key (" + listed_names(declared.primary_key)
             + ") has NULLs in it: taken for a unique key");
      t.unique.push_back(declared.primary_key);
    } else {
      t.primary_key = declared.primary_key;
    }
  }
  for (const auto& key : declared.unique)
    if (whole(key) && !same_columns(key, t.primary_key)
        && std::none_of(t.unique.begin(), t.unique.end(),
                        [&](const auto& x) { return same_columns(x, key); }))
      t.unique.push_back(key);
  if (!t.primary_key.empty() || !t.unique.empty())
    return;
  for (const auto& c : t.columns) {
    const auto likely
      = same_name(c.name, "id") || without_key_suffix(c.name) != c.name;
    const auto rows = database_.count_rows(t.name);
    if (!likely || c.nullable || !rows || *rows < 2)
      continue;
    const auto unique = database_.unique(t.name, {c.name});
    if (unique && *unique) {
      note(place, t.name,
           "no key is declared; in the data this one holds: "
           "primary-key: "
             + yaml_scalar(c.name));
      return;
    }
  }
}

} // namespace aura::schema
