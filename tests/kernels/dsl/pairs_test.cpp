#include "kernels/dsl/compile.hpp"
#include "kernels/dsl/parser.hpp"
#include "kernels/dsl/printer.hpp"
#include "kernels/dsl/spelling.hpp"
#include "kernels/schema/import.hpp"
#include "kernels/schema/load.hpp"
#include "kernels/schema/seed.hpp"
#include "kernels/sql/connection.hpp"
#include "kernels/sql/writer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

// Pairs of a query and the SQL that a person wrote for the same question, of
// which neither was made from the other. Lines of a pair begin with what they
// are: `#` a remark · `@` options, such as $least=15 · `>` the query · `!` the
// code of a warning · `=` the SQL

namespace aura::dsl {

namespace {

namespace fs = std::filesystem;

struct pair {
  std::string remarks;
  std::string options;
  std::string query;
  std::string sql;
  std::set<std::string> warnings;
};

std::vector<pair> read_pairs(const fs::path& file) {
  auto result = std::vector<pair>{};
  auto in = std::ifstream{file, std::ios::binary};
  auto next = pair{};
  const auto flush = [&] {
    if (!next.query.empty())
      result.push_back(std::move(next));
    next = {};
  };
  for (std::string line; std::getline(in, line);) {
    if (line.empty()) {
      flush();
      continue;
    }
    const auto text = line.size() > 2 ? line.substr(2) : std::string{};
    switch (line[0]) {
    case '#':
      next.remarks += text + "\n";
      break;
    case '@':
      next.options += text + " ";
      break;
    case '>':
      next.query += text + "\n";
      break;
    case '!':
      next.warnings.insert(text);
      break;
    case '=':
      next.sql += text + "\n";
      break;
    default:
      ADD_FAILURE() << file << ": " << line;
    }
  }
  flush();
  return result;
}

compile_options options_of(const pair& x) {
  auto result = compile_options{};
  result.now = "2025-12-22 12:00:00";
  auto words = std::istringstream{x.options};
  for (std::string word; words >> word;) {
    const auto at = word.find('=');
    EXPECT_TRUE(word.starts_with('$') && at != std::string::npos) << word;
    const auto value = word.substr(at + 1);
    const auto number
      = value.find_first_not_of("0123456789") == std::string::npos;
    result.parameters[word.substr(1, at - 1)]
      = number ? datum{std::int64_t{std::stoll(value)}} : datum{value};
  }
  return result;
}

bool as_number(const datum& x, double& result) {
  if (const auto* i = std::get_if<std::int64_t>(&x))
    result = static_cast<double>(*i);
  else if (const auto* d = std::get_if<double>(&x))
    result = *d;
  else
    return false;
  return true;
}

// Sums of reals depend on the order of the rows in their last digits.
bool same(const datum& a, const datum& b) {
  auto x = 0.0, y = 0.0;
  if (as_number(a, x) && as_number(b, y))
    return std::abs(x - y) <= 1e-9 * std::max({1.0, std::abs(x), std::abs(y)});
  return a == b;
}

std::string spell(const record& row) {
  auto result = std::string{};
  for (const auto& cell : row)
    result += to_literal(cell) + " | ";
  return result;
}

// Rows without an order, sorted by what they are to within rounding.
void sort_rows(std::vector<record>& rows) {
  const auto key = [](const record& row) {
    auto result = std::string{};
    for (const auto& cell : row) {
      auto x = 0.0;
      char text[32] = "";
      if (as_number(cell, x))
        std::snprintf(text, sizeof text, "%.6g", x);
      result += (text[0] ? std::string{text} : to_literal(cell)) + "|";
    }
    return result;
  };
  std::sort(rows.begin(), rows.end(),
            [&](const auto& a, const auto& b) { return key(a) < key(b); });
}

void expect_same(const pair& x, const schema::schema& s,
                 sql::connection& database) {
  SCOPED_TRACE(x.remarks + x.query);
  auto bounds = sql::limits{};
  bounds.deadline = std::chrono::seconds{50};
  bounds.steps = ~std::uint64_t{0};
  const auto made = compile(x.query, s, options_of(x));
  ASSERT_TRUE(made.compiled) << render(made.diagnostics, x.query, "query");
  auto warnings = std::set<std::string>{};
  for (const auto& d : made.diagnostics)
    warnings.insert(d.code);
  EXPECT_EQ(warnings, x.warnings) << render(made.diagnostics, x.query, "query");
  auto ours
    = database.run(made.compiled->sql, made.compiled->parameters, bounds);
  ASSERT_TRUE(ours) << ours.error().message << "\n" << made.compiled->sql;
  // The formatter knows the schema, and changes no meaning.
  const auto read = parse(x.query);
  ASSERT_TRUE(read.query);
  const auto formatted = parse(respelled(x.query, *read.query, s));
  ASSERT_TRUE(formatted.query);
  const auto text = print(canonical(*formatted.query));
  EXPECT_EQ(respelled(text, *parse(text).query, s), text);
  const auto again = compile(text, s, options_of(x));
  ASSERT_TRUE(again.compiled) << text << "\n"
                              << render(again.diagnostics, text, "query");
  auto same_rows
    = database.run(again.compiled->sql, again.compiled->parameters, bounds);
  ASSERT_TRUE(same_rows) << text << "\n" << same_rows.error().message;
  EXPECT_EQ(same_rows->columns, ours->columns) << text;
  auto theirs = database.run(x.sql, {}, bounds);
  ASSERT_TRUE(theirs) << theirs.error().message << "\n" << x.sql;
  EXPECT_EQ(ours->columns, theirs->columns);
  EXPECT_FALSE(theirs->rows.empty()) << "a pair without rows shows nothing";
  ASSERT_EQ(ours->rows.size(), theirs->rows.size());
  if (!made.compiled->ordered) {
    sort_rows(same_rows->rows);
    sort_rows(ours->rows);
    sort_rows(theirs->rows);
  }
  ASSERT_EQ(same_rows->rows.size(), ours->rows.size()) << text;
  for (std::size_t i = 0; i < ours->rows.size(); ++i) {
    EXPECT_TRUE(std::equal(ours->rows[i].begin(), ours->rows[i].end(),
                           same_rows->rows[i].begin(), same_rows->rows[i].end(),
                           same))
      << text;
    ASSERT_TRUE(std::equal(ours->rows[i].begin(), ours->rows[i].end(),
                           theirs->rows[i].begin(), theirs->rows[i].end(),
                           same))
      << "row " << i << "\n  ours   " << spell(ours->rows[i]) << "\n  theirs "
      << spell(theirs->rows[i]) << "\n"
      << made.compiled->sql;
  }
}

std::vector<std::string> files_of(const char* folder) {
  auto result = std::vector<std::string>{};
  for (const auto& entry : fs::directory_iterator{fs::path{AURA_SOURCE_DIR}
                                                  / "tests/golden" / folder})
    if (entry.path().extension() == ".golden")
      result.push_back(entry.path().filename().string());
  std::sort(result.begin(), result.end());
  return result;
}

std::string name_of(const ::testing::TestParamInfo<std::string>& x) {
  return x.param.substr(0, x.param.find('.'));
}

/// The database that people know, where it is at hand.
fs::path chinook_file() {
  const auto* given = std::getenv("AURA_SHARED");
  const auto shared
    = given ? fs::path{given} : fs::path{AURA_SOURCE_DIR} / ".." / "shared";
  return shared / "data/chinook/chinook.sqlite";
}

class chinook : public ::testing::TestWithParam<std::string> {};

TEST_P(chinook, AnswersAsHandWrittenSqlDoes) {
  const auto file = chinook_file();
  if (!fs::exists(file))
    GTEST_SKIP() << "no chinook.sqlite in AURA_SHARED or beside the source";
  const auto known = schema::import_database(file);
  ASSERT_TRUE(known) << known.error().message;
  auto database = sql::connection::open(file);
  ASSERT_TRUE(database) << database.error().message;
  const auto pairs = read_pairs(fs::path{AURA_SOURCE_DIR}
                                / "tests/golden/chinook" / GetParam());
  EXPECT_FALSE(pairs.empty());
  for (const auto& x : pairs)
    expect_same(x, known->schema, *database);
}

INSTANTIATE_TEST_SUITE_P(Files, chinook,
                         ::testing::ValuesIn(files_of("chinook")), name_of);

/// A shop with invented rows, whose moments are stored in three ways.
TEST(Shop, AnswersStrangersAsHandWrittenSqlDoes) {
  const auto known = schema::load(AURA_SOURCE_DIR "/configs/schemas/shop.yaml");
  ASSERT_TRUE(known) << known.error().message;
  const auto image = schema::seed(*known, {});
  ASSERT_TRUE(image) << image.error().message;
  auto database = sql::connection::open_image(*image);
  ASSERT_TRUE(database) << database.error().message;
  const auto pairs = read_pairs(fs::path{AURA_SOURCE_DIR}
                                / "tests/golden/shop/strangers.golden");
  EXPECT_GE(pairs.size(), 39u);
  for (const auto& x : pairs)
    expect_same(x, *known, *database);
}

/// The questions of TPC-H over a small state of its tables.
TEST(Tpch, AnswersAsTheStandardQueriesDo) {
  const auto folder = fs::path{AURA_SOURCE_DIR} / "tests/golden/tpch";
  const auto known = schema::load(folder / "tpch.yaml");
  ASSERT_TRUE(known) << known.error().message;
  auto in = std::ifstream{folder / "state.sql"};
  auto script = std::ostringstream{};
  script << in.rdbuf();
  auto out = sql::writer::create();
  ASSERT_TRUE(out);
  const auto made = out->execute(script.str());
  ASSERT_TRUE(made) << made.error().message;
  const auto image = out->image();
  ASSERT_TRUE(image);
  auto database = sql::connection::open_image(*image);
  ASSERT_TRUE(database) << database.error().message;
  const auto pairs = read_pairs(folder / "tpch.golden");
  EXPECT_EQ(pairs.size(), 22u);
  for (const auto& x : pairs)
    expect_same(x, *known, *database);
}

} // namespace

} // namespace aura::dsl
