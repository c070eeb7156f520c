#include "kernels/dsl/compile.hpp"
#include "kernels/schema/duckdb.hpp"
#include "kernels/schema/load.hpp"
#include "kernels/sql/connection.hpp"
#include "kernels/sql/writer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

// Golden cases: a query and all that comes of it, over a database small enough
// to check by eye. Lines of a case begin with what they are:
//   `#` a remark · `@` options · `>` the query · `!` a diagnostic · `~` its fix
//   `=` the SQL · `?` its parameters · `:` the columns · `|` a row
// AURA_UPDATE_GOLDEN=1 rewrites the answers, not the questions. The folder
// duckdb has the same queries as SQL for DuckDB, which tests/duckdb runs there.

namespace aura::dsl {

namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& file) {
  auto in = std::ifstream{file, std::ios::binary};
  auto out = std::ostringstream{};
  out << in.rdbuf();
  return out.str();
}

fs::path golden() {
  return fs::path{AURA_SOURCE_DIR} / "tests/golden/dsl";
}

struct golden_case {
  std::string remarks;
  std::string options;
  std::string query;
  std::string answer;
};

std::vector<golden_case> parse_cases(const std::string& text) {
  auto result = std::vector<golden_case>{};
  auto lines = std::istringstream{text};
  auto next = golden_case{};
  const auto flush = [&] {
    if (!next.query.empty() || !next.remarks.empty())
      result.push_back(std::move(next));
    next = {};
  };
  for (std::string line; std::getline(lines, line);) {
    if (line.empty())
      flush();
    else if (line.starts_with("#"))
      next.remarks += line + "\n";
    else if (line.starts_with("@"))
      next.options = line;
    else if (line.starts_with(">"))
      next.query = line.substr(2);
    else
      next.answer += line + "\n";
  }
  flush();
  return result;
}

compile_options options_of(const golden_case& x) {
  auto result = compile_options{};
  result.now = "2024-06-15 10:30:00";
  auto words = std::istringstream{x.options};
  for (std::string word; words >> word;) {
    if (word == "deterministic")
      result.deterministic = true;
    else if (word == "inline")
      result.inline_literals = true;
    else if (word == "expose")
      result.expose_order = true;
    else if (word == "no-clock")
      result.now.clear();
    else if (const auto at = word.find('='); at != std::string::npos) {
      const auto value = word.substr(at + 1);
      const auto number
        = value.find_first_not_of("0123456789") == std::string::npos;
      result.parameters[word.substr(0, at)]
        = number ? datum{std::int64_t{std::stoll(value)}} : datum{value};
    }
  }
  return result;
}

std::string spell(const span& x) {
  return std::to_string(x.start) + "-" + std::to_string(x.end);
}

std::string spell(const diagnostics& found) {
  auto result = std::string{};
  for (const auto& d : found) {
    result += "! " + d.code + " " + spell(d.where) + " " + d.message + "\n";
    for (const auto& fix : d.fixes)
      result += "~ " + spell(fix.where) + " " + fix.replacement + "\n";
  }
  return result;
}

std::string spell(const std::vector<datum>& cells) {
  auto result = std::string{};
  for (const auto& cell : cells)
    result += (result.empty() ? " " : " | ") + to_literal(cell);
  return result + "\n";
}

class answers : public ::testing::TestWithParam<std::string> {
protected:
  void SetUp() override {
    auto loaded = schema::load(golden() / "lab.yaml");
    ASSERT_TRUE(loaded) << loaded.error().message;
    schema_ = *loaded;
    auto out = sql::writer::create();
    ASSERT_TRUE(out);
    auto made = out->execute(read(golden() / "lab.sql"));
    ASSERT_TRUE(made) << made.error().message;
    auto image = out->image();
    ASSERT_TRUE(image);
    auto opened = sql::connection::open_image(*image);
    ASSERT_TRUE(opened) << opened.error().message;
    connection_ = std::move(*opened);
  }

  std::string answer(const golden_case& x) {
    const auto options = options_of(x);
    const auto made = compile(x.query, schema_, options);
    auto result = spell(made.diagnostics);
    EXPECT_EQ(made.compiled.has_value(), !has_errors(made.diagnostics));
    if (!made.compiled)
      return result;
    result += "= " + made.compiled->sql + "\n";
    if (!made.compiled->parameters.empty())
      result += "?" + spell(made.compiled->parameters);
    result += ":";
    for (const auto& column : made.compiled->columns)
      result += " " + column.name + " " + schema::to_string(column.type)
                + (column.nullable ? "?" : "") + ",";
    result.back() = '\n';
    const auto rows
      = connection_.run(made.compiled->sql, made.compiled->parameters);
    if (!rows)
      return result + "| " + rows.error().message + "\n";
    EXPECT_EQ(rows->columns.size(),
              made.compiled->columns.size() + made.compiled->order_columns);
    for (const auto& row : rows->rows)
      result += "|" + spell(row);
    check_inline(x, options, *rows);
    return result;
  }

  // A literal means the same bound and in place.
  void check_inline(const golden_case& x, compile_options options,
                    const sql::result& expected_rows) {
    options.inline_literals = !options.inline_literals;
    const auto made = compile(x.query, schema_, options);
    ASSERT_TRUE(made.compiled) << x.query;
    const auto rows
      = connection_.run(made.compiled->sql, made.compiled->parameters);
    ASSERT_TRUE(rows) << made.compiled->sql << "\n" << rows.error().message;
    EXPECT_EQ(rows->rows, expected_rows.rows) << made.compiled->sql;
  }

  schema::schema schema_;
  sql::connection connection_;
};

TEST_P(answers, AreAsReviewed) {
  const auto file = golden() / "sql" / GetParam();
  const auto text = read(file);
  auto rewritten = std::string{};
  for (const auto& x : parse_cases(text)) {
    rewritten += (rewritten.empty() ? "" : "\n") + x.remarks;
    if (x.query.empty())
      continue;
    const auto found = answer(x);
    rewritten += (x.options.empty() ? "" : x.options + "\n") + "> " + x.query
                 + "\n" + found;
    EXPECT_EQ(found, x.answer) << x.query;
  }
  if (std::getenv("AURA_UPDATE_GOLDEN"))
    std::ofstream{file, std::ios::binary} << rewritten;
}

std::string on_one_line(std::string text) {
  for (auto at = text.find('\n'); at != std::string::npos;
       at = text.find('\n', at))
    text.replace(at, 1, "␤");
  return text;
}

// The two targets differ in spelling alone.
TEST_P(answers, AreWrittenForDuckDb) {
  auto found = std::string{};
  for (const auto& x : parse_cases(read(golden() / "sql" / GetParam()))) {
    if (x.query.empty())
      continue;
    auto options = options_of(x);
    const auto here = compile(x.query, schema_, options);
    options.target = sql_target::duckdb;
    const auto there = compile(x.query, schema_, options);
    EXPECT_EQ(spell(there.diagnostics), spell(here.diagnostics)) << x.query;
    ASSERT_EQ(there.compiled.has_value(), here.compiled.has_value()) << x.query;
    if (!here.compiled)
      continue;
    EXPECT_EQ(there.compiled->parameters, std::vector<datum>{}) << x.query;
    EXPECT_EQ(there.compiled->columns, here.compiled->columns) << x.query;
    EXPECT_EQ(there.compiled->ordered, here.compiled->ordered) << x.query;
    found += (found.empty() ? "" : "\n") + ("> " + x.query + "\n= ")
             + on_one_line(there.compiled->sql) + "\n"
             + (there.compiled->ordered ? ": ordered\n" : "");
  }
  const auto file = golden() / "duckdb" / GetParam();
  if (std::getenv("AURA_UPDATE_GOLDEN"))
    std::ofstream{file, std::ios::binary} << found;
  EXPECT_EQ(found, read(file));
}

TEST(DuckDb, HasTablesOfItsOwnTypes) {
  const auto loaded = schema::load(golden() / "lab.yaml");
  ASSERT_TRUE(loaded) << loaded.error().message;
  const auto found = schema::duckdb_tables_sql(*loaded);
  const auto file = golden() / "duckdb" / "lab.sql";
  if (std::getenv("AURA_UPDATE_GOLDEN"))
    std::ofstream{file, std::ios::binary} << found;
  EXPECT_EQ(found, read(file));
}

std::vector<std::string> files() {
  auto result = std::vector<std::string>{};
  for (const auto& entry : fs::directory_iterator{golden() / "sql"})
    if (entry.path().extension() == ".golden")
      result.push_back(entry.path().filename().string());
  std::sort(result.begin(), result.end());
  return result;
}

INSTANTIATE_TEST_SUITE_P(Files, answers, ::testing::ValuesIn(files()),
                         [](const auto& file) {
                           auto name = file.param;
                           return name.substr(0, name.find('.'));
                         });

} // namespace

} // namespace aura::dsl
