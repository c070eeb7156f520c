#include "kernels/schema/lint.hpp"

#include "kernels/schema/calendar.hpp"
#include "kernels/schema/naming.hpp"
#include "kernels/schema/words.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace aura::schema {

namespace {

using findings = std::vector<lint_finding>;

std::string counted(std::int64_t n, const char* one, const char* many) {
  return std::to_string(n) + " " + (n == 1 ? one : many);
}

/// What people may call `x`: its name in words, description and synonyms.
template <class Named>
std::set<std::string> words_for(const Named& x) {
  std::set<std::string> words = {spoken(x.name)};
  if (!x.description.empty())
    words.insert(to_lower(x.description));
  for (const auto& w : x.synonyms)
    words.insert(to_lower(w));
  return words;
}

/// Reports the words that two of `items` share.
template <class Items>
void lint_wording(const Items& items, const std::string& prefix,
                  findings& found) {
  std::map<std::string, std::string> owners;
  for (const auto& x : items)
    for (const auto& word : words_for(x)) {
      const auto [owner, is_new] = owners.emplace(word, x.name);
      if (!is_new)
        found.push_back(
          {"wording", false, prefix + x.name,
           "'" + word + "' stands for '" + owner->second + "', too", 0});
    }
}

/// Holds the data of one database against a schema.
class inspection {
public:
  inspection(const schema& s, sql::catalog& database)
    : schema_{s}, database_{database} {
  }

  status run();

  findings take() {
    return std::move(found_);
  }

private:
  void add(const char* code, bool error, std::string where, std::string message,
           std::int64_t rows = 0) {
    found_.push_back({code, error, std::move(where), std::move(message), rows});
  }

  status inspect_column(const table& t, const column& c);
  status inspect_key(const table& t, const std::vector<std::string>& key);
  status inspect_relation(const table& t, const relation& r);
  expected<std::int64_t> count_repeated(const table& t,
                                        const std::vector<std::string>& key);
  void inspect_storage(const std::string& where, const column& c,
                       const sql::column_profile& p);
  void inspect_values(const std::string& where, const column& c,
                      const sql::column_profile& p);
  bool columns_exist(const table& t, const std::vector<std::string>& names);

  const schema& schema_;
  sql::catalog& database_;
  std::vector<sql::catalog_table> tables_;
  findings found_;
};

const sql::catalog_table*
find_table(const std::vector<sql::catalog_table>& tables,
           std::string_view name) {
  for (const auto& x : tables)
    if (same_name(x.name, name))
      return &x;
  return nullptr;
}

bool has_column(const sql::catalog_table& t, std::string_view name) {
  return std::any_of(t.columns.begin(), t.columns.end(),
                     [&](const auto& x) { return same_name(x.name, name); });
}

bool inspection::columns_exist(const table& t,
                               const std::vector<std::string>& names) {
  const auto* there = find_table(tables_, t.name);
  return there && std::all_of(names.begin(), names.end(), [&](const auto& x) {
           return has_column(*there, x);
         });
}

/// Reports values of a storage class that the type of the column has none of.
void inspection::inspect_storage(const std::string& where, const column& c,
                                 const sql::column_profile& p) {
  const auto temporal = c.type == type::date || c.type == type::timestamp;
  const auto epoch = c.format == date_format::epoch_seconds;
  const auto texts_fit = c.type == type::text || (temporal && !epoch);
  const auto numbers_fit = !temporal || epoch;
  const auto is = std::string{" in a column of type "} + to_string(c.type);
  if (p.texts > 0 && !texts_fit)
    add("storage", true, where, counted(p.texts, "text", "texts") + is,
        p.texts);
  if (p.integers + p.reals > 0 && !numbers_fit)
    add("storage", true, where,
        counted(p.integers + p.reals, "number", "numbers") + is,
        p.integers + p.reals);
  if (p.reals > 0 && c.type != type::real && c.type != type::text && !temporal)
    add("storage", true, where, counted(p.reals, "real", "reals") + is,
        p.reals);
  if (p.blobs > 0)
    add("storage", true, where, counted(p.blobs, "BLOB", "BLOBs") + is,
        p.blobs);
  if (p.not_utf8 > 0)
    add("storage", false, where,
        counted(p.not_utf8, "text is", "texts are") + " not UTF-8", p.not_utf8);
}

std::optional<std::int64_t> seconds_of(const datum& x) {
  if (const auto* number = std::get_if<std::int64_t>(&x))
    return *number;
  const auto* text = std::get_if<std::string>(&x);
  const auto read = text ? parse_iso(*text) : std::nullopt;
  return read ? std::optional{read->seconds} : std::nullopt;
}

/// Whether `x` lies between the declared ends; also if it cannot be told.
bool within(const datum& x, const column& c) {
  if (!c.range)
    return true;
  if (c.type == type::date || c.type == type::timestamp) {
    const auto moment = seconds_of(x);
    const auto low = seconds_of(c.range->low);
    const auto high = parse_iso(std::get<std::string>(c.range->high));
    // A timestamp's last day counts as a whole.
    const auto rest
      = c.type == type::timestamp && !high->has_time ? day_seconds - 1 : 0;
    return !moment || (*moment >= *low && *moment <= high->seconds + rest);
  }
  const auto number = [](const datum& d) {
    const auto* integer = std::get_if<std::int64_t>(&d);
    return integer ? static_cast<long double>(*integer)
                   : static_cast<long double>(std::get<double>(d));
  };
  if (std::holds_alternative<std::string>(x))
    return true;
  return number(x) >= number(c.range->low)
         && number(x) <= number(c.range->high);
}

/// Counts what the profile, which lists all values, has beyond declared
/// values and range.
void inspection::inspect_values(const std::string& where, const column& c,
                                const sql::column_profile& p) {
  const auto temporal = c.type == type::date || c.type == type::timestamp;
  auto undeclared = std::int64_t{0};
  auto outside = std::int64_t{0};
  auto undated = std::int64_t{0};
  std::string example;
  for (const auto& [x, count] : p.frequent) {
    const auto listed
      = c.values.empty()
        || std::any_of(c.values.begin(), c.values.end(),
                       [&x = x](const auto& v) { return v.stored == x; });
    const auto inside = within(x, c);
    if (temporal && !seconds_of(x))
      undated += count;
    undeclared += listed ? 0 : count;
    outside += inside ? 0 : count;
    if ((!listed || !inside) && example.empty())
      example = ", such as " + printable(to_literal(x));
  }
  if (undeclared > 0)
    add("undeclared_value", false, where,
        counted(undeclared, "row has", "rows have")
          + " a value that is not declared" + example,
        undeclared);
  if (outside > 0)
    add("outside_range", false, where,
        counted(outside, "row lies", "rows lie") + " outside the range"
          + example,
        outside);
  if (undated > 0)
    add("not_a_date", false, where,
        counted(undated, "row holds", "rows hold") + " no date", undated);
}

status inspection::inspect_column(const table& t, const column& c) {
  const auto where = t.name + "." + c.name;
  auto profile = database_.profile(t.name, c.name);
  if (!profile)
    return profile.error();
  if (profile->nulls > 0 && !c.nullable)
    add("null", true, where,
        counted(profile->nulls, "row is", "rows are")
          + " NULL in a column that is not nullable",
        profile->nulls);
  inspect_storage(where, c, *profile);
  const auto temporal = c.type == type::date || c.type == type::timestamp;
  if (c.values.empty() && !c.range && !temporal)
    return ok;
  if (profile->distinct > static_cast<std::int64_t>(profile->frequent.size())) {
    profile = database_.profile(t.name, c.name,
                                static_cast<std::size_t>(profile->distinct));
    if (!profile)
      return profile.error();
  }
  inspect_values(where, c, *profile);
  return ok;
}

/// How many rows have the key of an earlier one. Reads the whole table, which
/// is worth it for a key that is known to be broken.
expected<std::int64_t>
inspection::count_repeated(const table& t,
                           const std::vector<std::string>& key) {
  const auto& columns = find_table(tables_, t.name)->columns;
  const auto count = database_.count_rows(t.name);
  if (!count)
    return count.error();
  const auto rows
    = database_.sample_rows(t.name, static_cast<std::size_t>(*count));
  if (!rows)
    return rows.error();
  std::set<record> seen;
  auto repeated = std::int64_t{0};
  for (const auto& r : *rows) {
    record values;
    for (std::size_t i = 0; i < columns.size() && i < r.size(); ++i)
      if (holds_name(key, columns[i].name))
        values.push_back(r[i]);
    if (std::none_of(values.begin(), values.end(), is_null))
      repeated += seen.insert(std::move(values)).second ? 0 : 1;
  }
  // Rows that only the collation of the key takes for equal.
  return std::max<std::int64_t>(repeated, 1);
}

status inspection::inspect_key(const table& t,
                               const std::vector<std::string>& key) {
  const auto unique = database_.unique(t.name, key);
  if (!unique)
    return unique.error();
  if (*unique)
    return ok;
  const auto repeated = count_repeated(t, key);
  if (!repeated)
    return repeated.error();
  add("duplicate_key", true, t.name,
      counted(*repeated, "row repeats", "rows repeat") + " the key ("
        + listed_names(key) + ")",
      *repeated);
  return ok;
}

status inspection::inspect_relation(const table& t, const relation& r) {
  std::vector<std::string> here;
  std::vector<std::string> there;
  for (const auto& [left, right] : r.match) {
    here.push_back(left);
    there.push_back(right);
  }
  const auto* other = schema_.find_table(r.to);
  if (!other || !columns_exist(t, here) || !columns_exist(*other, there))
    return ok;
  const auto orphans = database_.orphans(t.name, here, other->name, there);
  if (!orphans)
    return orphans.error();
  if (*orphans > 0)
    add("orphans", false, t.name + "." + r.name,
        counted(*orphans, "row matches", "rows match") + " nothing in '"
          + other->name + "'",
        *orphans);
  return ok;
}

status inspection::run() {
  auto tables = database_.tables();
  if (!tables)
    return tables.error();
  tables_ = *std::move(tables);
  for (const auto& t : schema_.tables) {
    const auto* there = find_table(tables_, t.name);
    if (!there) {
      add("missing_table", true, t.name, "the database has no such table");
      continue;
    }
    for (const auto& c : t.columns) {
      if (!has_column(*there, c.name)) {
        add("missing_column", true, t.name + "." + c.name,
            "the database has no such column");
        continue;
      }
      if (const auto done = inspect_column(t, c); !done)
        return done.error();
    }
    auto keys = t.unique;
    if (!t.primary_key.empty())
      keys.insert(keys.begin(), t.primary_key);
    for (const auto& key : keys)
      if (columns_exist(t, key))
        if (const auto done = inspect_key(t, key); !done)
          return done.error();
    for (const auto& r : t.relations)
      if (const auto done = inspect_relation(t, r); !done)
        return done.error();
  }
  return ok;
}

} // namespace

std::vector<lint_finding> lint(const schema& s) {
  findings found;
  lint_wording(s.tables, "", found);
  for (const auto& t : s.tables) {
    if (t.primary_key.empty())
      found.push_back({"no_key", false, t.name,
                       "no primary key: no order of its rows is total", 0});
    lint_wording(t.columns, t.name + ".", found);
  }
  return found;
}

expected<std::vector<lint_finding>> lint(const schema& s,
                                         sql::catalog& database) {
  auto found = lint(s);
  auto data = inspection{s, database};
  if (const auto done = data.run(); !done)
    return done.error();
  for (auto& x : data.take())
    found.push_back(std::move(x));
  return found;
}

} // namespace aura::schema
