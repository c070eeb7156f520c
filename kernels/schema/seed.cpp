#include "kernels/schema/seed.hpp"

#include "kernels/schema/calendar.hpp"
#include "kernels/schema/seeder.hpp"
#include "kernels/sql/catalog.hpp"
#include "kernels/sql/writer.hpp"

#include <array>

namespace aura::schema {

namespace {

constexpr std::array kind_names
  = {"realistic", "nearly_empty", "ties",   "nulls",
     "orphans",   "boundaries",   "skewed", "extremes"};
static_assert(kind_names.size() == state_kinds);

const char* column_type(const column& c, bool sole_key) {
  switch (c.type) {
  case type::integer:
    // INTEGER PRIMARY KEY would be the rowid, and then no state could be
    // stored in another order.
    return sole_key ? "INT" : "INTEGER";
  case type::real:
    return "REAL";
  case type::boolean:
    return "BOOLEAN";
  case type::text:
    return "TEXT";
  case type::date:
  case type::timestamp:
    return c.format == date_format::epoch_seconds ? "INT" : "TEXT";
  }
  return "TEXT";
}

std::string quoted_list(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& x : names)
    text += (text.empty() ? "" : ", ") + sql::quote(x);
  return "(" + text + ")";
}

} // namespace

const char* to_string(state_kind x) {
  return kind_names[static_cast<std::size_t>(x)];
}

std::optional<state_kind> state_kind_named(std::string_view name) {
  for (std::size_t i = 0; i < kind_names.size(); ++i)
    if (kind_names[i] == name)
      return static_cast<state_kind>(i);
  return std::nullopt;
}

std::string create_table_sql(const schema& s) {
  std::string text;
  for (const auto& t : s.tables) {
    text += "CREATE TABLE " + sql::quote(t.name) + " (";
    auto first = true;
    auto line = [&](const std::string& content) {
      text += (first ? "\n  " : ",\n  ") + content;
      first = false;
    };
    for (const auto& c : t.columns) {
      const auto sole_key
        = t.primary_key.size() == 1 && same_name(t.primary_key[0], c.name);
      line(sql::quote(c.name) + " " + column_type(c, sole_key)
           + (c.nullable ? "" : " NOT NULL"));
    }
    if (!t.primary_key.empty())
      line("PRIMARY KEY " + quoted_list(t.primary_key));
    for (const auto& key : t.unique)
      line("UNIQUE " + quoted_list(key));
    for (const auto& r : t.relations) {
      std::vector<std::string> here;
      std::vector<std::string> there;
      for (const auto& [left, right] : r.match) {
        here.push_back(left);
        there.push_back(right);
      }
      line("FOREIGN KEY " + quoted_list(here) + " REFERENCES "
           + sql::quote(r.to) + " " + quoted_list(there));
    }
    text += "\n);\n";
  }
  return text;
}

expected<rows_by_table> seed_rows(const schema& s,
                                  const state_options& options) {
  const auto now = parse_iso(options.now);
  if (!now)
    return fault{errc::invalid_option, "'" + options.now
                                         + "' is no moment such as 2024-12-31 "
                                           "12:00:00"};
  return seeder{s, options, now->seconds}.run();
}

expected<std::string> image_of(const schema& s, const rows_by_table& rows) {
  auto database = sql::writer::create();
  if (!database)
    return database.error();
  // All tables before all rows, so that equal schemas have equal layouts.
  if (const auto done = database->execute(create_table_sql(s)); !done)
    return done.error();
  for (std::size_t i = 0; i < s.tables.size() && i < rows.size(); ++i)
    if (const auto done = database->insert(s.tables[i].name, rows[i]); !done)
      return done.error();
  return database->image();
}

expected<std::string> seed(const schema& s, const state_options& options) {
  const auto rows = seed_rows(s, options);
  if (!rows)
    return rows.error();
  return image_of(s, *rows);
}

expected<std::string> row_shuffled(const schema& s, std::string_view image,
                                   std::uint64_t seed) {
  auto database = sql::catalog::open_image(image);
  if (!database)
    return database.error();
  rows_by_table all;
  for (const auto& t : s.tables) {
    const auto count = database->count_rows(t.name);
    if (!count)
      return count.error();
    auto rows = database->sample_rows(t.name, static_cast<std::size_t>(*count));
    if (!rows)
      return rows.error();
    auto random = random_stream{seed, "schema/shuffle/" + t.name};
    random.shuffle(*rows);
    all.push_back(std::move(*rows));
  }
  return image_of(s, all);
}

} // namespace aura::schema
