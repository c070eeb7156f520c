#include "kernels/schema/duckdb.hpp"

#include "kernels/sql/writer.hpp"

#include <vector>

namespace aura::schema {

namespace {

const char* type_of(type x) {
  switch (x) {
  case type::integer:
    return "BIGINT";
  case type::real:
    return "DOUBLE";
  case type::boolean:
    return "BOOLEAN";
  case type::date:
    return "DATE";
  case type::timestamp:
    return "TIMESTAMP";
  case type::text:
    break;
  }
  return "VARCHAR";
}

/// How a value of SQLite becomes one of the column; empty if it is one already.
std::string remark_on(const column& x) {
  if (x.type != type::date && x.type != type::timestamp)
    return "";
  if (x.format == date_format::epoch_seconds)
    return " -- from seconds: make_timestamp(x * 1000000)";
  return x.format == date_format::iso_t ? " -- from text with T: CAST works"
                                        : "";
}

std::string quoted_list(const std::vector<std::string>& names) {
  auto text = std::string{};
  for (const auto& name : names)
    text += (text.empty() ? "" : ", ") + sql::quote(name);
  return "(" + text + ")";
}

} // namespace

std::string duckdb_tables_sql(const schema& s) {
  auto text = std::string{};
  for (const auto& t : s.tables) {
    // A comment comes behind the comma, hence pairs.
    auto lines = std::vector<std::pair<std::string, std::string>>{};
    for (const auto& c : t.columns)
      lines.emplace_back(sql::quote(c.name) + " " + type_of(c.type)
                           + (c.nullable ? "" : " NOT NULL"),
                         remark_on(c));
    if (!t.primary_key.empty())
      lines.emplace_back("PRIMARY KEY " + quoted_list(t.primary_key), "");
    for (const auto& key : t.unique)
      lines.emplace_back("UNIQUE " + quoted_list(key), "");
    text += "CREATE TABLE " + sql::quote(t.name) + " (";
    for (std::size_t i = 0; i < lines.size(); ++i)
      text += "\n  " + lines[i].first + (i + 1 < lines.size() ? "," : "")
              + lines[i].second;
    text += "\n);\n";
  }
  return text;
}

} // namespace aura::schema
