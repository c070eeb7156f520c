#include "kernels/base/random.hpp"
#include "kernels/dsl/compile.hpp"
#include "kernels/dsl/parser.hpp"
#include "kernels/dsl/reference/interpret.hpp"
#include "kernels/schema/load.hpp"
#include "kernels/schema/seed.hpp"
#include "kernels/sql/connection.hpp"
#include "kernels/sql/writer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

// The golden cases of the compiler, answered a second time by an interpreter
// that has never seen the SQL. `answers_test.cpp` says what their lines mean.

namespace aura::dsl::interpreter {

namespace {

namespace fs = std::filesystem;

struct golden_case {
  std::string options;
  std::string query;
  std::string columns;
  std::vector<record> rows;
  bool has_answer = false;
};

std::string read(const fs::path& file) {
  auto in = std::ifstream{file, std::ios::binary};
  auto out = std::ostringstream{};
  out << in.rdbuf();
  return out.str();
}

datum parse_cell(const std::string& text) {
  if (text == "NULL")
    return {};
  if (text.starts_with('\'')) {
    auto result = std::string{};
    for (std::size_t i = 1; i + 1 < text.size(); ++i) {
      result += text[i];
      i += text[i] == '\'' ? 1 : 0;
    }
    return result;
  }
  auto whole = std::int64_t{0};
  const auto* end = text.data() + text.size();
  if (std::from_chars(text.data(), end, whole).ptr == end)
    return whole;
  return std::strtod(text.c_str(), nullptr);
}

// `| 1 | 'a | b'`
record parse_row(const std::string& line) {
  auto result = record{};
  auto cell = std::string{};
  auto quoted = false;
  for (std::size_t i = 2; i < line.size(); ++i) {
    if (line[i] == '\'')
      quoted = !quoted;
    if (!quoted && line.compare(i, 3, " | ") == 0) {
      result.push_back(parse_cell(cell));
      cell.clear();
      i += 2;
      continue;
    }
    cell += line[i];
  }
  result.push_back(parse_cell(cell));
  return result;
}

std::vector<golden_case> parse_cases(const std::string& text) {
  auto result = std::vector<golden_case>{};
  auto lines = std::istringstream{text};
  auto next = golden_case{};
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("@")) {
      next.options = line;
    } else if (line.starts_with(">")) {
      next.query = line.substr(2);
    } else if (line.starts_with(":")) {
      next.has_answer = true;
      next.columns = line.size() > 2 ? line.substr(2) : "";
    } else if (line.starts_with("|")) {
      next.rows.push_back(parse_row(line));
    } else if (line.empty()) {
      if (next.has_answer)
        result.push_back(std::move(next));
      next = {};
    }
  }
  if (next.has_answer)
    result.push_back(std::move(next));
  return result;
}

interpret_options options_of(const golden_case& x) {
  auto result = interpret_options{};
  result.now = "2024-06-15 10:30:00";
  auto words = std::istringstream{x.options};
  for (std::string word; words >> word;)
    if (const auto at = word.find('='); at != std::string::npos) {
      auto value = parse_cell(word.substr(at + 1));
      if (std::holds_alternative<double>(value))
        value = word.substr(at + 1);
      result.parameters[word.substr(0, at)] = std::move(value);
    }
  return result;
}

std::string spell(const std::vector<answer_column>& columns) {
  auto result = std::string{};
  for (const auto& c : columns)
    result += (result.empty() ? "" : ", ") + c.name + " "
              + schema::to_string(c.type);
  return result;
}

// Reads every table of a database as it is stored.
database stored(const schema::schema& s, sql::connection& from) {
  auto result = database{};
  for (const auto& table : s.tables) {
    auto text = std::string{};
    for (const auto& c : table.columns)
      text += (text.empty() ? "SELECT " : ", ") + sql::quote(c.name);
    auto rows = from.run(text + " FROM " + sql::quote(table.name), {});
    EXPECT_TRUE(rows) << table.name;
    if (rows)
      result.tables.push_back({table.name, std::move(rows->rows)});
  }
  return result;
}

class corpus : public ::testing::TestWithParam<std::string> {};

TEST_P(corpus, MeansWhatTheCompilerMakesOfIt) {
  const auto folder = fs::path{AURA_SOURCE_DIR} / "tests/golden/dsl";
  const auto lab = schema::load(folder / "lab.yaml");
  ASSERT_TRUE(lab) << lab.error().message;
  auto out = sql::writer::create();
  ASSERT_TRUE(out);
  ASSERT_TRUE(out->execute(read(folder / "lab.sql")));
  const auto image = out->image();
  ASSERT_TRUE(image);
  auto opened = sql::connection::open_image(*image);
  ASSERT_TRUE(opened);
  const auto state = stored(*lab, *opened);
  auto left_open = std::size_t{0};
  const auto cases = parse_cases(read(folder / "sql" / GetParam()));
  for (const auto& x : cases) {
    SCOPED_TRACE(x.query);
    const auto tree = parse(x.query);
    ASSERT_TRUE(tree.query);
    const auto found = interpret(*tree.query, *lab, state, options_of(x));
    ASSERT_TRUE(found) << found.error().message;
    auto columns = x.columns;
    std::erase(columns, '?');
    EXPECT_EQ(spell(found->columns), columns);
    auto rows = x.rows;
    for (auto& row : rows) // `@ expose` shows the keys as well
      row.resize(std::min(row.size(), found->columns.size()));
    if (!found->open.empty()) {
      ++left_open;
      EXPECT_EQ(rows.size(), found->rows.size());
      continue;
    }
    EXPECT_EQ(difference(*found, rows), "");
  }
  // Few questions leave their answer open, or this test would say little.
  EXPECT_LE(left_open, 2 + cases.size() / 5) << "of " << cases.size();
}

// What SQLite works out with the library of C is not rounded on the way there
// or back: not one digit differs.
TEST(Corpus, NumbersAgreeToTheLastDigit) {
  auto numbers = schema::table{};
  numbers.name = "numbers";
  numbers.columns = {{"id", schema::type::integer, false, "", "", {}, {}, {}},
                     {"x", schema::type::real, false, "", "", {}, {}, {}},
                     {"n", schema::type::integer, false, "", "", {}, {}, {}}};
  numbers.primary_key = {"id"};
  auto s = schema::schema{};
  s.name = "numbers";
  s.tables = {numbers};
  auto random = random_stream{17, "last digit"};
  auto rows = std::vector<record>{};
  for (std::int64_t i = 0; i < 3'000; ++i)
    rows.push_back({i,
                    std::ldexp(1 + random.uniform(),
                               static_cast<int>(random.below(60)) - 30),
                    static_cast<std::int64_t>(random.below(1'000'000))});
  const auto image = schema::image_of(s, {rows});
  ASSERT_TRUE(image);
  auto opened = sql::connection::open_image(*image);
  ASSERT_TRUE(opened);
  constexpr auto query
    = "SOURCE numbers |> SELECT id, LN(x) AS a, LOG10(x) AS b, LN(n) AS c, "
      "LOG10(n) AS d, SQRT(x) AS e, EXP(-x) AS f, POWER(x, 1.7) AS g, x / 3 AS "
      "h, n / 7 AS i |> SORT id";
  const auto tree = parse(query);
  ASSERT_TRUE(tree.query);
  const auto made = compile(*tree.query, s, {});
  ASSERT_TRUE(made.compiled);
  const auto fast = opened->run(made.compiled->sql, made.compiled->parameters);
  ASSERT_TRUE(fast) << fast.error().message;
  const auto slow
    = interpret(*tree.query, s, database{{{"numbers", rows}}}, {});
  ASSERT_TRUE(slow) << slow.error().message;
  ASSERT_EQ(fast->rows.size(), slow->rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i)
    EXPECT_EQ(fast->rows[i], slow->rows[i]) << "row " << i;
}

std::vector<std::string> files() {
  auto result = std::vector<std::string>{};
  const auto folder = fs::path{AURA_SOURCE_DIR} / "tests/golden/dsl/sql";
  for (const auto& entry : fs::directory_iterator{folder})
    if (entry.path().extension() == ".golden")
      result.push_back(entry.path().filename().string());
  std::sort(result.begin(), result.end());
  return result;
}

INSTANTIATE_TEST_SUITE_P(Files, corpus, ::testing::ValuesIn(files()),
                         [](const auto& file) {
                           auto name = file.param;
                           return name.substr(0, name.find('.'));
                         });

} // namespace

} // namespace aura::dsl::interpreter
