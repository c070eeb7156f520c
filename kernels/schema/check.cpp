#include "kernels/schema/check.hpp"

#include "kernels/base/nearest.hpp"
#include "kernels/schema/calendar.hpp"

#include <algorithm>
#include <cmath>

namespace aura::schema {

namespace {

using finding = std::optional<problem>;

std::string quoted(std::string_view name) {
  return "'" + std::string{name} + "'";
}

template <class Items>
std::vector<std::string> names_of(const Items& items) {
  std::vector<std::string> names;
  for (const auto& x : items)
    names.push_back(x.name);
  return names;
}

std::string suggestion(std::string_view wanted,
                       const std::vector<std::string>& candidates) {
  const auto found = nearest(wanted, candidates);
  return found.empty() ? "" : "; did you mean " + quoted(found) + "?";
}

/// What is wrong with `name` as an identifier, if anything.
std::string name_trouble(std::string_view name) {
  if (name.empty())
    return "a name must not be empty";
  for (auto c : name)
    if (c == '`' || static_cast<unsigned char>(c) < 0x20)
      return "the name " + quoted(name)
             + " has a backtick or a control character in it";
  return {};
}

bool numeric(type x) {
  return x == type::integer || x == type::real;
}

bool temporal(type x) {
  return x == type::date || x == type::timestamp;
}

/// Whether values of both types can be equal to each other.
bool comparable(type a, type b) {
  return a == b || (numeric(a) && numeric(b));
}

/// Whether `x` is a value of the type, as schema files hold it.
bool fits(const datum& x, type t) {
  const auto* integer = std::get_if<std::int64_t>(&x);
  const auto* real = std::get_if<double>(&x);
  const auto* text = std::get_if<std::string>(&x);
  switch (t) {
  case type::integer:
    return integer;
  case type::real:
    return real && std::isfinite(*real);
  case type::text:
    return text;
  case type::boolean:
    return integer && (*integer == 0 || *integer == 1);
  case type::date: {
    const auto read = text ? parse_iso(*text) : std::nullopt;
    return read && !read->has_time;
  }
  case type::timestamp:
    return text && parse_iso(*text);
  }
  return false;
}

std::string article(type t) {
  return (t == type::integer ? "an " : "a ") + std::string{to_string(t)};
}

/// Whether the ends of a range are in order. @pre both fit `t`
bool in_order(const value_range& r, type t) {
  if (temporal(t))
    return parse_iso(std::get<std::string>(r.low))->seconds
           <= parse_iso(std::get<std::string>(r.high))->seconds;
  return r.low <= r.high;
}

finding check_values(const column& c, const std::string& at) {
  if (!c.values.empty() && temporal(c.type))
    return problem{at + "values", "'values' needs a column of type integer, "
                                  "real, text or boolean; a "
                                    + std::string{to_string(c.type)}
                                    + " column has a 'range'"};
  for (std::size_t i = 0; i < c.values.size(); ++i) {
    const auto& x = c.values[i].stored;
    const auto place = at + "value" + std::to_string(i);
    if (!fits(x, c.type))
      return problem{place, to_literal(x) + " is not " + article(c.type)
                              + ", the type of " + quoted(c.name)};
    for (std::size_t k = 0; k < i; ++k)
      if (c.values[k].stored == x)
        return problem{place, "value " + to_literal(x) + " is listed twice"};
  }
  return {};
}

finding check_range(const column& c, const std::string& at) {
  if (!c.range)
    return {};
  const auto place = at + "range";
  if (c.type == type::text || c.type == type::boolean)
    return problem{place, "'range' needs a column of type integer, real, date "
                          "or timestamp, and "
                            + quoted(c.name) + " is "
                            + std::string{to_string(c.type)}};
  for (const auto* x : {&c.range->low, &c.range->high})
    if (!fits(*x, c.type))
      return problem{place, to_literal(*x) + " is not " + article(c.type)
                              + ", the type of " + quoted(c.name)};
  if (!in_order(*c.range, c.type))
    return problem{place, "the range ends at " + to_display(c.range->high)
                            + ", before it begins at "
                            + to_display(c.range->low)};
  for (std::size_t i = 0; i < c.values.size(); ++i)
    if (c.values[i].stored < c.range->low || c.values[i].stored > c.range->high)
      return problem{at + "value" + std::to_string(i),
                     "value " + to_literal(c.values[i].stored)
                       + " lies outside the range"};
  return {};
}

finding check_column(const column& c, const std::string& at) {
  if (auto trouble = name_trouble(c.name); !trouble.empty())
    return problem{at, trouble};
  if (!c.unit.empty() && !numeric(c.type))
    return problem{at + "unit",
                   "'unit' needs a column of type integer or real, and "
                     + quoted(c.name) + " is " + to_string(c.type)};
  if (c.format != date_format::iso_space && !temporal(c.type))
    return problem{at + "format",
                   "'format' needs a column of type date or timestamp, and "
                     + quoted(c.name) + " is " + to_string(c.type)};
  if (c.format == date_format::iso_t && c.type == type::date)
    return problem{at + "format", "'iso-t' stands between a date and a time; "
                                  "a date has no time"};
  if (auto found = check_values(c, at))
    return found;
  return check_range(c, at);
}

/// Fails unless `key` names columns of `t`, each once.
finding check_key(const table& t, const std::vector<std::string>& key,
                  const std::string& at) {
  if (key.empty())
    return problem{at, "a key needs at least one column"};
  for (std::size_t i = 0; i < key.size(); ++i) {
    if (!t.find_column(key[i]))
      return problem{at, "key column " + quoted(key[i]) + " is not in table "
                           + quoted(t.name)
                           + suggestion(key[i], names_of(t.columns))};
    for (std::size_t k = 0; k < i; ++k)
      if (same_name(key[i], key[k]))
        return problem{at, "key column " + quoted(key[i]) + " is listed twice"};
  }
  return {};
}

/// Whether `names` are the columns of `key` in some order. @pre both distinct
bool same_columns(const std::vector<std::string>& names,
                  const std::vector<std::string>& key) {
  return names.size() == key.size()
         && std::all_of(names.begin(), names.end(), [&](const auto& x) {
              return std::any_of(key.begin(), key.end(), [&](const auto& y) {
                return same_name(x, y);
              });
            });
}

bool is_key(const table& t, const std::vector<std::string>& names) {
  return same_columns(names, t.primary_key)
         || std::any_of(t.unique.begin(), t.unique.end(),
                        [&](const auto& x) { return same_columns(names, x); });
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& x : names)
    text += (text.empty() ? "'" : ", '") + x + "'";
  return text;
}

finding check_relation(const schema& s, const table& t, const relation& r,
                       const std::string& at) {
  if (auto trouble = name_trouble(r.name); !trouble.empty())
    return problem{at, trouble};
  const auto* other = s.find_table(r.to);
  if (!other)
    return problem{at + "to", "relation " + quoted(r.name)
                                + " leads to unknown table " + quoted(r.to)
                                + suggestion(r.to, names_of(s.tables))};
  const auto place = at + "match";
  if (r.match.empty())
    return problem{place, "relation " + quoted(r.name) + " matches no columns"};
  std::vector<std::string> right;
  for (const auto& [here, there] : r.match) {
    const auto* left_column = t.find_column(here);
    const auto* right_column = other->find_column(there);
    if (!left_column)
      return problem{place, "column " + quoted(here) + " is not in table "
                              + quoted(t.name)
                              + suggestion(here, names_of(t.columns))};
    if (!right_column)
      return problem{place, "column " + quoted(there) + " is not in table "
                              + quoted(other->name)
                              + suggestion(there, names_of(other->columns))};
    if (!comparable(left_column->type, right_column->type))
      return problem{place, "relation " + quoted(r.name) + " compares "
                              + quoted(left_column->name) + ", "
                              + article(left_column->type) + ", with "
                              + quoted(right_column->name) + ", "
                              + article(right_column->type)};
    if (left_column->format != right_column->format)
      return problem{place, "relation " + quoted(r.name)
                              + " compares dates that are stored in different "
                                "formats"};
    for (const auto& x : right)
      if (same_name(x, there))
        return problem{place, "column " + quoted(there) + " is matched twice"};
    right.push_back(right_column->name);
  }
  if (!is_key(*other, right))
    return problem{place, listed(right)
                            + " is neither the primary key nor a "
                              "unique key of table "
                            + quoted(other->name) + ", so that relation "
                            + quoted(r.name) + " could find several rows"};
  return {};
}

/// Fails if an earlier item of `items` has the name of item `i`.
template <class Items>
std::string duplicate(const Items& items, std::size_t i, const char* kind) {
  for (std::size_t k = 0; k < i; ++k)
    if (same_name(items[k].name, items[i].name))
      return std::string{kind} + " " + quoted(items[i].name)
             + " is declared twice"
             + (items[k].name == items[i].name
                  ? ""
                  : ", first as " + quoted(items[k].name));
  return {};
}

finding check_table(const schema& s, std::size_t index) {
  const auto& t = s.tables[index];
  if (auto trouble = name_trouble(t.name); !trouble.empty())
    return problem{place_of(index), trouble};
  if (auto trouble = duplicate(s.tables, index, "table"); !trouble.empty())
    return problem{place_of(index), trouble};
  if (t.columns.empty())
    return problem{place_of(index),
                   "table " + quoted(t.name) + " has no columns"};
  for (std::size_t i = 0; i < t.columns.size(); ++i) {
    const auto at = place_of(index, "column", i);
    if (auto trouble = duplicate(t.columns, i, "column"); !trouble.empty())
      return problem{at, trouble};
    if (auto found = check_column(t.columns[i], at))
      return found;
  }
  if (!t.primary_key.empty()) {
    const auto at = place_of(index, "primary-key");
    if (auto found = check_key(t, t.primary_key, at))
      return found;
    for (const auto& x : t.primary_key)
      if (t.find_column(x)->nullable)
        return problem{at, "column " + quoted(x)
                             + " of the primary key must not be nullable"};
  }
  for (std::size_t i = 0; i < t.unique.size(); ++i)
    if (auto found = check_key(t, t.unique[i], place_of(index, "unique", i)))
      return found;
  for (std::size_t i = 0; i < t.relations.size(); ++i) {
    const auto at = place_of(index, "relation", i);
    if (auto trouble = duplicate(t.relations, i, "relation"); !trouble.empty())
      return problem{at, trouble};
    if (auto found = check_relation(s, t, t.relations[i], at))
      return found;
  }
  return {};
}

} // namespace

std::string place_of(std::size_t table, const char* part, std::size_t index,
                     const char* detail) {
  auto text = std::to_string(table) + "/";
  if (part)
    text += part + std::to_string(index) + "/";
  return detail ? text + detail : text;
}

std::optional<problem> find_problem(const schema& s) {
  if (s.tables.empty())
    return problem{"tables", "a schema needs at least one table"};
  for (std::size_t i = 0; i < s.tables.size(); ++i)
    if (auto found = check_table(s, i))
      return found;
  return {};
}

} // namespace aura::schema
