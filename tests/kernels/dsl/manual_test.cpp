#include "kernels/dsl/compile.hpp"
#include "kernels/dsl/functions.hpp"
#include "kernels/dsl/words.hpp"
#include "kernels/schema/load.hpp"
#include "kernels/schema/seed.hpp"
#include "kernels/sql/connection.hpp"
#include "kernels/sql/writer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

// The manual is run: each block of AuraDSL, the result shown below it, each
// function's example, and each row of the pages for people who come from
// another language. AURA_UPDATE_GOLDEN=1 rewrites the results, not the
// questions.

namespace aura::dsl {
namespace {

namespace fs = std::filesystem;

constexpr auto moment = "2024-07-01 12:00:00";

fs::path folder() {
  return fs::path{AURA_SOURCE_DIR} / "kernels/dsl";
}

std::string read(const fs::path& file) {
  auto in = std::ifstream{file, std::ios::binary};
  auto out = std::ostringstream{};
  out << in.rdbuf();
  return out.str();
}

std::vector<std::string> lines_of(const fs::path& file) {
  auto in = std::istringstream{read(file)};
  auto result = std::vector<std::string>{};
  for (std::string line; std::getline(in, line);)
    result.push_back(line);
  return result;
}

void rewrite(const fs::path& file, const std::vector<std::string>& lines) {
  if (!std::getenv("AURA_UPDATE_GOLDEN"))
    return;
  auto out = std::ofstream{file, std::ios::binary};
  for (const auto& line : lines)
    out << line << '\n';
}

/// A cell as the manual shows it.
std::string shown(const datum& x, schema::type type) {
  if (is_null(x))
    return "NULL";
  if (type == schema::type::boolean)
    return x == datum{std::int64_t{0}} ? "false" : "true";
  const auto* text = std::get_if<std::string>(&x);
  return text && (text->empty() || text->back() == ' ' || text->front() == ' ')
           ? to_literal(x)
           : to_display(x);
}

std::size_t width(const std::string& x) {
  return static_cast<std::size_t>(std::count_if(x.begin(), x.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0u) != 0x80u;
  }));
}

class manual : public ::testing::Test {
protected:
  void SetUp() override {
    auto loaded = schema::load(folder() / "manual/cafe.yaml");
    ASSERT_TRUE(loaded) << loaded.error().message;
    cafe_ = std::move(*loaded);
    auto out = sql::writer::create();
    ASSERT_TRUE(out);
    const auto made = out->execute(read(folder() / "manual/cafe.sql"));
    ASSERT_TRUE(made) << made.error().message;
    const auto image = out->image();
    ASSERT_TRUE(image);
    auto opened = sql::connection::open_image(*image);
    ASSERT_TRUE(opened) << opened.error().message;
    database_ = std::move(*opened);
  }

  struct answer {
    std::vector<std::string> names;
    std::vector<std::vector<std::string>> rows;
    std::vector<record> records;
    std::string trouble; // instead
  };

  answer run(const std::string& query) {
    auto options = compile_options{};
    options.now = moment;
    options.parameters["least"] = std::int64_t{2};
    const auto made = compile(query, cafe_, options);
    auto result = answer{};
    if (!made.compiled) {
      for (const auto& d : made.diagnostics)
        if (d.severity == severity::error)
          result.trouble += d.code + ": " + d.message + "\n";
      return result;
    }
    auto rows = database_.run(made.compiled->sql, made.compiled->parameters);
    if (!rows) {
      result.trouble = rows.error().message + "\n" + made.compiled->sql;
      return result;
    }
    for (const auto& column : made.compiled->columns)
      result.names.push_back(column.name);
    for (const auto& row : rows->rows) {
      auto& cells = result.rows.emplace_back();
      for (std::size_t i = 0; i < row.size(); ++i)
        cells.push_back(shown(row[i], made.compiled->columns[i].type));
    }
    result.records = std::move(rows->rows);
    return result;
  }

  /// The lines of a result as a page shows it.
  static std::vector<std::string> table(const answer& x) {
    auto widths = std::vector<std::size_t>{};
    for (const auto& name : x.names)
      widths.push_back(width(name));
    for (const auto& row : x.rows)
      for (std::size_t i = 0; i < row.size(); ++i)
        widths[i] = std::max(widths[i], width(row[i]));
    auto result = std::vector<std::string>{};
    const auto add = [&](const std::vector<std::string>& cells) {
      auto line = std::string{};
      for (std::size_t i = 0; i < cells.size(); ++i) {
        line += (i > 0 ? " | " : "") + cells[i];
        if (i + 1 < cells.size())
          line.append(widths[i] - width(cells[i]), ' ');
      }
      result.push_back(std::move(line));
    };
    add(x.names);
    for (const auto& row : x.rows)
      add(row);
    if (x.rows.empty())
      result.emplace_back("(no rows)");
    return result;
  }

  schema::schema cafe_;
  sql::connection database_;
};

/// The pages of the manual.
std::vector<fs::path> pages() {
  auto result = std::vector<fs::path>{};
  for (const auto& entry : fs::directory_iterator{folder() / "manual"})
    if (entry.path().extension() == ".md")
      result.push_back(entry.path());
  std::sort(result.begin(), result.end());
  return result;
}

TEST_F(manual, ShowsWhatItsExamplesAnswer) {
  auto examples = 0u;
  for (const auto& page : pages()) {
    SCOPED_TRACE(page.filename());
    const auto lines = lines_of(page);
    auto written = std::vector<std::string>{};
    for (std::size_t i = 0; i < lines.size(); ++i) {
      written.push_back(lines[i]);
      if (lines[i] != "```auradsl")
        continue;
      auto query = std::string{};
      for (++i; i < lines.size() && lines[i] != "```"; ++i) {
        query += lines[i] + "\n";
        written.push_back(lines[i]);
      }
      written.emplace_back("```");
      const auto found = run(query);
      ++examples;
      auto text = std::vector<std::string>{};
      if (found.trouble.empty()) {
        text = table(found);
      } else {
        auto in = std::istringstream{found.trouble};
        for (std::string line; std::getline(in, line);)
          text.push_back(line);
      }
      // The result stands right below, in a block of its own.
      auto shown_text = std::vector<std::string>{};
      if (i + 1 < lines.size() && lines[i + 1] == "```text") {
        for (i += 2; i < lines.size() && lines[i] != "```"; ++i)
          shown_text.push_back(lines[i]);
      }
      EXPECT_EQ(shown_text, text) << query;
      written.emplace_back("```text");
      written.insert(written.end(), text.begin(), text.end());
      written.emplace_back("```");
    }
    rewrite(page, written);
  }
  EXPECT_GE(examples, 50u);
}

/// The cells of a row of a Markdown table; `\|` is a bar within one.
std::vector<std::string> cells_of(const std::string& line) {
  auto result = std::vector<std::string>{};
  auto cell = std::string{};
  for (std::size_t i = 1; i < line.size(); ++i) {
    if (line[i] == '\\' && i + 1 < line.size() && line[i + 1] == '|') {
      cell += '|';
      ++i;
    } else if (line[i] == '|') {
      const auto first = cell.find_first_not_of(' ');
      const auto last = cell.find_last_not_of(' ');
      result.push_back(first == std::string::npos
                         ? std::string{}
                         : cell.substr(first, last - first + 1));
      cell.clear();
    } else {
      cell += line[i];
    }
  }
  return result;
}

std::string in_cell(const std::string& text) {
  auto result = std::string{};
  for (auto c : text)
    result += c == '|' ? std::string{"\\|"} : std::string(1, c);
  return result;
}

/// The code of a cell, without its backticks.
std::string code_of(const std::string& cell) {
  if (cell.size() < 2 || cell.front() != '`' || cell.back() != '`')
    return {};
  // Names in backticks stand between doubled ones.
  const auto ticks = cell.starts_with("``") ? 2u : 1u;
  auto text = cell.substr(ticks, cell.size() - 2 * ticks);
  if (ticks == 2 && text.size() > 2 && text.front() == ' ')
    text = text.substr(1, text.size() - 2);
  return text;
}

TEST_F(manual, ShowsWhatEachFunctionGives) {
  // | signature | gives | example | result |
  const auto page = folder() / "manual/functions.md";
  auto lines = lines_of(page);
  auto described = std::vector<std::string_view>{};
  for (auto& line : lines) {
    if (!line.starts_with("| `"))
      continue;
    const auto cells = cells_of(line);
    if (cells.size() != 4)
      continue;
    const auto signature = code_of(cells[0]);
    const auto example = code_of(cells[2]);
    const auto* f
      = find_function(signature.substr(0, signature.find_first_of("( ")));
    ASSERT_TRUE(f) << line;
    described.push_back(f->name);
    auto query = "SOURCE orders |> WINDOW " + example + " |> SORT id";
    if (f->group == function_group::scalar)
      query = "SOURCE drinks |> FILTER id == 1 |> SELECT " + example + " AS x";
    if (f->group == function_group::aggregate)
      query = "SOURCE orders |> AGGREGATE " + example + " AS x";
    const auto found = run(query);
    ASSERT_EQ(found.trouble, "") << query;
    auto text = std::string{};
    for (const auto& row : found.rows)
      text += (text.empty() ? "" : ", ") + row.back();
    EXPECT_EQ(code_of(cells[3]), text) << query;
    line = "| " + in_cell(cells[0]) + " | " + in_cell(cells[1]) + " | "
           + in_cell(cells[2]) + " | `" + in_cell(text) + "` |";
  }
  rewrite(page, lines);
  for (const auto& f : functions())
    EXPECT_NE(std::find(described.begin(), described.end(), f.name),
              described.end())
      << "functions.md does not describe " << f.name;
}

TEST_F(manual, DescribesEveryOperator) {
  const auto text = read(folder() / "manual/operators.md");
  for (const auto word : operator_words())
    EXPECT_NE(text.find(std::string{word}), std::string::npos)
      << "operators.md does not describe " << word;
}

// Rows in no order, as texts.
std::vector<std::string> spelled(const std::vector<record>& rows) {
  auto result = std::vector<std::string>{};
  for (const auto& row : rows) {
    auto text = std::string{};
    for (const auto& cell : row) {
      const auto* d = std::get_if<double>(&cell);
      // 3.0 in one language may be 3 in the other.
      text += (d && *d == static_cast<double>(static_cast<std::int64_t>(*d))
                 ? to_display(static_cast<std::int64_t>(*d))
                 : to_literal(cell))
              + "|";
    }
    result.push_back(std::move(text));
  }
  std::sort(result.begin(), result.end());
  return result;
}

TEST_F(manual, TranslatesFromOtherLanguages) {
  for (const auto* name : {"sql.md", "prql-kql.md"}) {
    auto entries = 0u;
    for (const auto& line : lines_of(folder() / "manual" / name)) {
      if (!line.starts_with("| `"))
        continue;
      const auto cells = cells_of(line);
      ASSERT_GE(cells.size(), 2u) << line;
      // Ours is the last cell. A piece of a query reads from the orders.
      const auto ours = code_of(cells.back());
      ASSERT_NE(ours, "") << line;
      const auto whole = ours.starts_with("SOURCE") || ours.starts_with("LET");
      const auto query = whole ? ours
                         : ours.starts_with("|>")
                           ? "SOURCE orders " + ours
                           : "SOURCE orders |> SELECT " + ours + " AS x";
      const auto found = run(query);
      EXPECT_EQ(found.trouble, "") << query;
      ++entries;
      const auto theirs = code_of(cells.front());
      if (!whole
          || !(theirs.starts_with("SELECT") || theirs.starts_with("WITH")))
        continue;
      const auto rows = database_.run(theirs, {});
      ASSERT_TRUE(rows) << theirs << "\n" << rows.error().message;
      EXPECT_EQ(spelled(found.records), spelled(rows->rows)) << line;
    }
    EXPECT_GE(entries, 30u) << name;
  }
}

/// The fenced blocks of the overview, in order.
std::vector<std::string> overview() {
  auto file = std::ifstream{folder() / "README.md"};
  auto line = std::string{};
  auto inside = false;
  std::vector<std::string> result;
  while (std::getline(file, line)) {
    if (line == "```auradsl")
      result.emplace_back();
    if (inside && line != "```")
      result.back() += line + '\n';
    inside = line == "```auradsl" || (inside && line != "```");
  }
  return result;
}

TEST(Manual, EveryExampleOfTheOverviewCompilesAndFindsRows) {
  const auto house
    = schema::load(AURA_SOURCE_DIR "/configs/schemas/smart_home.yaml");
  ASSERT_TRUE(house) << house.error().message;
  const auto image = schema::seed(*house, {});
  ASSERT_TRUE(image) << image.error().message;
  auto database = sql::connection::open_image(*image);
  ASSERT_TRUE(database) << database.error().message;
  const auto all = overview();
  EXPECT_GE(all.size(), 7u);
  auto answered = 0u;
  for (const auto& text : all) {
    auto options = compile_options{};
    options.now = "2024-12-31 12:00:00";
    const auto result = compile(text, *house, options);
    ASSERT_TRUE(result.compiled) << render(result.diagnostics, text, "example");
    const auto rows
      = database->run(result.compiled->sql, result.compiled->parameters);
    ASSERT_TRUE(rows) << text << rows.error().message;
    answered += rows->rows.empty() ? 0 : 1;
  }
  EXPECT_EQ(answered, all.size()) << "an example finds nothing";
}

} // namespace
} // namespace aura::dsl
