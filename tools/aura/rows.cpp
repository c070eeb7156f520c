#include "tools/aura/rows.hpp"

#include "kernels/base/json.hpp"

#include <algorithm>

namespace aura::tools {

namespace {

using columns_t = std::vector<dsl::output_column>;

bool is_boolean(const dsl::output_column& column, const datum& x) {
  return column.type == schema::type::boolean
         && std::holds_alternative<std::int64_t>(x);
}

std::string display(const dsl::output_column& column, const datum& x) {
  if (is_boolean(column, x))
    return std::get<std::int64_t>(x) != 0 ? "true" : "false";
  return to_display(x);
}

/// Code points, since that is how wide a terminal shows most text.
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(
    text.begin(), text.end(), [](char c) { return (c & '\xc0') != '\x80'; }));
}

/// Control characters would disturb the terminal.
std::string printable(std::string text) {
  for (auto& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      c = ' ';
  return text;
}

std::string as_table(const sql::result& rows, const columns_t& columns) {
  std::vector<std::vector<std::string>> lines(1);
  for (const auto& column : columns)
    lines[0].push_back(printable(column.name));
  for (const auto& x : rows.rows) {
    auto& line = lines.emplace_back();
    for (std::size_t i = 0; i < columns.size(); ++i)
      line.push_back(printable(display(columns[i], x[i])));
  }
  auto widths = std::vector<std::size_t>(columns.size());
  for (const auto& line : lines)
    for (std::size_t i = 0; i < line.size(); ++i)
      widths[i] = std::max(widths[i], width(line[i]));
  auto text = std::string{};
  for (std::size_t n = 0; n < lines.size(); ++n) {
    auto line = std::string{};
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const auto padding = std::string(widths[i] - width(lines[n][i]), ' ');
      const auto number = columns[i].type == schema::type::integer
                          || columns[i].type == schema::type::real;
      line += i == 0 ? "" : "  ";
      line += number ? padding + lines[n][i] : lines[n][i] + padding;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + '\n';
    if (n > 0)
      continue;
    for (std::size_t i = 0; i < columns.size(); ++i)
      text += (i == 0 ? "" : "  ") + std::string(widths[i], '-');
    text += '\n';
  }
  const auto count = rows.rows.size();
  return text + "(" + std::to_string(count)
         + (count == 1 ? " row)\n" : " rows)\n");
}

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos)
    return text;
  auto quoted = std::string{"\""};
  for (auto c : text) {
    quoted += c;
    if (c == '"')
      quoted += c;
  }
  return quoted + '"';
}

std::string as_csv(const sql::result& rows, const columns_t& columns) {
  auto text = std::string{};
  for (std::size_t i = 0; i < columns.size(); ++i)
    text += (i == 0 ? "" : ",") + csv_field(columns[i].name);
  text += "\r\n";
  for (const auto& x : rows.rows) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      text += i == 0 ? "" : ",";
      if (!is_null(x[i]))
        text += csv_field(display(columns[i], x[i]));
    }
    text += "\r\n";
  }
  return text;
}

nlohmann::json to_json(const dsl::output_column& column, const datum& x) {
  if (is_boolean(column, x))
    return std::get<std::int64_t>(x) != 0;
  return std::visit(
    [](const auto& v) -> nlohmann::json {
      if constexpr (std::is_same_v<std::decay_t<decltype(v)>, std::monostate>)
        return nullptr;
      else
        return v;
    },
    x);
}

void add_rows(nlohmann::ordered_json& document, const sql::result& rows,
              const columns_t& columns) {
  auto names = nlohmann::json::array();
  for (const auto& column : columns)
    names.push_back(column.name);
  auto lines = nlohmann::json::array();
  for (const auto& x : rows.rows) {
    auto line = nlohmann::json::array();
    for (std::size_t i = 0; i < columns.size(); ++i)
      line.push_back(to_json(columns[i], x[i]));
    lines.push_back(std::move(line));
  }
  document["columns"] = std::move(names);
  document["rows"] = std::move(lines);
}

/// Text that is not UTF-8 prints with replacement characters.
std::string dump(const nlohmann::ordered_json& document) {
  return document.dump(-1, ' ', false,
                       nlohmann::ordered_json::error_handler_t::replace)
         + '\n';
}

std::string as_json(const sql::result& rows, const columns_t& columns) {
  auto document = nlohmann::ordered_json{};
  add_rows(document, rows, columns);
  return dump(document);
}

} // namespace

std::string print_rows(const sql::result& rows, const columns_t& columns,
                       row_format format) {
  switch (format) {
  case row_format::csv:
    return as_csv(rows, columns);
  case row_format::json:
    return as_json(rows, columns);
  case row_format::table:
    break;
  }
  return as_table(rows, columns);
}

std::string print_answer_json(const std::string& query, const std::string& sql,
                              const sql::result& rows,
                              const columns_t& columns) {
  auto document = nlohmann::ordered_json{{"query", query}, {"sql", sql}};
  add_rows(document, rows, columns);
  return dump(document);
}

} // namespace aura::tools
