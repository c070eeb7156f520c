#include "kernels/base/random.hpp"
#include "kernels/dsl/classes.hpp"
#include "kernels/dsl/complete.hpp"
#include "kernels/dsl/functions.hpp"
#include "kernels/dsl/parser.hpp"
#include "kernels/dsl/printer.hpp"
#include "kernels/dsl/spacing.hpp"
#include "kernels/schema/load.hpp"
#include "tests/kernels/dsl/golden.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

namespace aura::dsl {
namespace {

const auto root = std::filesystem::path{AURA_SOURCE_DIR};

const schema::schema& smart_home() {
  static const auto loaded
    = schema::load(root / "configs" / "schemas" / "smart_home.yaml");
  EXPECT_TRUE(loaded) << loaded.error().message;
  return *loaded;
}

constraint unrestricted() {
  auto scope = vocabulary_in_scope{};
  scope.restrict_literals = false;
  return {smart_home(), scope};
}

std::vector<std::string> queries() {
  auto result = std::vector<std::string>{};
  for (auto& c :
       testing::read_golden(root / "tests/golden/dsl/complete.golden"))
    result.push_back(std::move(c.input));
  return result;
}

// The first prefix that is not viable; empty if all are.
std::string refused(const constraint& x, std::string_view text) {
  for (std::size_t n = 0; n <= text.size(); ++n)
    if (!x.viable(text.substr(0, n)))
      return std::string{text.substr(0, n)};
  return {};
}

TEST(Constraint, EveryPrefixOfAQueryIsViable) {
  const auto x = unrestricted();
  for (const auto& text : queries()) {
    const auto parsed = parse(text);
    ASSERT_TRUE(parsed.query) << text;
    ASSERT_EQ(print(*parsed.query), text);
    EXPECT_TRUE(x.complete(text)) << text;
    EXPECT_EQ(refused(x, text), "") << text;
  }
}

TEST(Constraint, RefusesWhatLeadsNowhere) {
  const auto x = unrestricted();
  for (const auto* text : {
         "FROM",
         "source",
         " SOURCE",
         "SOURCE  devices",
         "SOURCE device ",
         "SOURCE nothing",
         "SOURCE devices |> FILTER kwh",
         "SOURCE devices |> FILTER rooms",
         "SOURCE devices |> FILTER Room",
         "SOURCE devices |> FILTER room ==  ",
         "SOURCE devices |> FILTER room == 3",
         "SOURCE devices |> FILTER rated_power == 'a",
         "SOURCE devices |> FILTER rated_power == room",
         "SOURCE devices |> FILTER rated_power DURING",
         "SOURCE devices |> FILTER rated_power LIKE",
         "SOURCE devices |> FILTER room |>",
         "SOURCE devices |> FILTER room == 'a' == 'b",
         "SOURCE devices |> FILTER room AND",
         "SOURCE devices |> FILTER SUM",
         "SOURCE devices |> AGGREGATE SUM(room",
         "SOURCE devices |> AGGREGATE AVG(SUM",
         "SOURCE devices |> AGGREGATE SUM(rated_power), SUM(rated_power) |",
         "SOURCE devices |> AGGREGATE SUM(rated_power) |> FILTER room",
         "SOURCE devices |> AGGREGATE LENGTH(room) |",
         "SOURCE devices |> EXTEND rated_power * 2 |",
         "SOURCE devices |> EXTEND rated_power * 2 AS room ",
         "SOURCE devices |> EXTEND YEAR(room",
         "SOURCE devices |> EXTEND YEAR(installed_on, ",
         "SOURCE devices |> SELECT name |> SORT room",
         "SOURCE devices |> SORT name ASC",
         "SOURCE devices |> LIMIT 1.",
         "SOURCE devices |> LIMIT x",
         "SOURCE devices |> TOP 3 BY room |>",
         "SOURCE devices |> DROP name, name ",
         "SOURCE devices |> DROP name |> SELECT name",
         "SOURCE devices |> JOIN rooms",
         "SOURCE energy_consumption |> FILTER device ",
         "SOURCE energy_consumption |> FILTER device.kwh",
         "SOURCE energy_consumption |> FILTER device.room.",
         "SOURCE devices -- all",
         "SOURCE devices |> FILTER @",
         "SOURCE devices; ",
       })
    EXPECT_FALSE(x.viable(text)) << text;
}

TEST(Constraint, KnowsWhatTheQuestionAllows) {
  auto scope = vocabulary_in_scope{};
  scope.tables = {"energy_consumption"};
  scope.numbers = {"24", "3.5"};
  scope.texts = {"2024-03", "abc"};
  const auto x = constraint{smart_home(), scope};
  const auto good = std::vector<std::string>{
    "SOURCE energy_consumption |> FILTER tariff == 'day'",
    "SOURCE energy_consumption |> FILTER tariff IN ('day', 'night')",
    "SOURCE energy_consumption |> FILTER tariff == 'abc'",
    "SOURCE energy_consumption |> FILTER tariff LIKE '%abc%'",
    "SOURCE energy_consumption |> FILTER kwh > -3.5 |> LIMIT 24",
    "SOURCE energy_consumption |> FILTER timestamp DURING '2024-03'",
    "SOURCE energy_consumption |> FILTER timestamp DURING LAST 24 HOURS",
    "SOURCE energy_consumption |> EXTEND TRUNC(timestamp, 'month') AS m",
  };
  for (const auto& text : good)
    EXPECT_EQ(refused(x, text), "") << text;
  const auto bad = std::vector<std::string>{
    "SOURCE d",
    "SOURCE energy_consumption |> FILTER device.room",
    "SOURCE energy_consumption |> FILTER tariff == 'x",
    "SOURCE energy_consumption |> FILTER tariff == 'day'' ",
    "SOURCE energy_consumption |> FILTER device_id == 'day'",
    "SOURCE energy_consumption |> FILTER kwh > 2 ",
    "SOURCE energy_consumption |> FILTER kwh > 3.6",
    "SOURCE energy_consumption |> FILTER timestamp DURING 'abc",
    "SOURCE energy_consumption |> LIMIT 3",
    "SOURCE energy_consumption |> EXTEND TRUNC(timestamp, 'abc",
  };
  for (const auto& text : bad)
    EXPECT_FALSE(x.viable(text)) << text;
}

TEST(Constraint, CompleteMeansTheWholeQueryResolves) {
  const auto x = unrestricted();
  EXPECT_TRUE(x.complete("SOURCE devices"));
  EXPECT_TRUE(x.complete("SOURCE devices |> FILTER is_online"));
  EXPECT_FALSE(x.complete(""));
  EXPECT_FALSE(x.complete("SOURCE devices |> FILTER"));
  EXPECT_FALSE(x.complete("SOURCE devices |> FILTER room"));
  EXPECT_FALSE(x.complete("SOURCE nothing"));
}

TEST(Constraint, SurvivesAnyBytes) {
  const auto x = unrestricted();
  const auto corpus = queries();
  for (std::uint64_t i = 0; i < 1000; ++i) {
    auto random = random_stream{3, "bytes", i};
    auto text = random.pick(corpus);
    text.resize(random.below(text.size()));
    const auto n = random.below(4);
    for (std::uint64_t k = 0; k < n; ++k)
      text.insert(
        text.begin()
          + static_cast<std::ptrdiff_t>(random.below(text.size() + 1)),
        static_cast<char>(random.below(256)));
    x.viable(text);
    x.complete(text);
  }
  auto deep = std::string{"SOURCE devices |> FILTER "};
  for (auto i = 0; i < 1000; ++i)
    deep += '(';
  EXPECT_FALSE(x.viable(deep));
}

bool is_type(std::string_view x) {
  return x == "INTEGER" || x == "REAL" || x == "TEXT" || x == "BOOLEAN"
         || x == "DATE" || x == "TIMESTAMP";
}

// Words that a walk may say.
std::vector<std::string> lexicon(const schema::schema& s) {
  auto result = std::vector<std::string>{"SOURCE",
                                         "|>",
                                         "FILTER",
                                         "SELECT",
                                         "EXTEND",
                                         "AGGREGATE",
                                         "SORT",
                                         "LIMIT",
                                         "TOP",
                                         "BY",
                                         "PER",
                                         "AS",
                                         "DESC",
                                         "ASC",
                                         "AND",
                                         "OR",
                                         "NOT",
                                         "IN",
                                         "IS",
                                         "NULL",
                                         "BETWEEN",
                                         "DURING",
                                         "CASE",
                                         "WHEN",
                                         "THEN",
                                         "ELSE",
                                         "END",
                                         "THIS",
                                         "MONTH",
                                         "LAST",
                                         "DAYS",
                                         "WHERE",
                                         "(",
                                         ")",
                                         ",",
                                         ".",
                                         "+",
                                         "-",
                                         "*",
                                         "/",
                                         "==",
                                         "<",
                                         "3",
                                         "24",
                                         "'abc'",
                                         "'day'",
                                         "'2024-03-05'",
                                         "'month'",
                                         "name_a",
                                         "name_b",
                                         "//",
                                         "DISTINCT",
                                         "DROP",
                                         "RENAME",
                                         "CAST",
                                         "REAL",
                                         "TEXT",
                                         "INTEGER",
                                         "BOOLEAN",
                                         "DATE",
                                         "TIMESTAMP"};
  for (const auto& f : functions())
    result.emplace_back(f.name);
  for (const auto& t : s.tables) {
    result.push_back(t.name);
    for (const auto& c : t.columns)
      result.push_back(c.name);
    for (const auto& r : t.relations)
      result.push_back(r.name);
  }
  std::sort(result.begin(), result.end());
  result.erase(std::unique(result.begin(), result.end()), result.end());
  return result;
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Says viable words at random; there must always be one, or an end. Words that
// close are preferred after a while, so that walks come to their end.
TEST(Constraint, WalksNeverEndInADeadEnd) {
  auto scope = vocabulary_in_scope{};
  scope.numbers = {"3", "24"};
  scope.texts = {"abc", "2024-03-05"};
  const auto x = constraint{smart_home(), scope};
  const auto words = lexicon(smart_home());
  auto finished = 0;
  for (std::uint64_t i = 0; i < 10; ++i) {
    auto random = random_stream{4, "walk", i};
    auto text = std::string{"SOURCE"};
    auto before = std::string{"SOURCE"};
    auto earlier = std::string{};
    for (auto step = 0; step < 60; ++step) {
      if (step > 6 && x.complete(text)) {
        ++finished;
        break;
      }
      auto next = std::vector<std::string>{};
      for (const auto& word : words) {
        const auto is_name = word.starts_with("name_");
        if (before == "AS" && !is_name && !is_type(word))
          continue;
        const auto spaced
          = gap_between(earlier, before, word) == gap::space ? " " : "";
        const auto longer = text + spaced + word;
        if (!x.viable(longer))
          continue;
        // The word itself, not only the beginning of a longer one.
        const auto ends = {" ", "(", ")", ",", "."};
        const auto begins_another
          = std::any_of(words.begin(), words.end(), [&](const auto& other) {
              return other.size() > word.size() && other.starts_with(word);
            });
        // A name that is only half of one is no word.
        const auto is_word = is_letter(word[0]);
        if ((!begins_another && !is_word) || x.complete(longer)
            || std::any_of(ends.begin(), ends.end(), [&](const char* end) {
                 return x.viable(longer + end);
               }))
          next.push_back(word);
      }
      if (next.empty()) {
        EXPECT_TRUE(x.complete(text)) << "dead end: " << text;
        ++finished;
        break;
      }
      auto closers = std::vector<std::string>{};
      for (const auto& word : next)
        if (word == ")" || word == "|>" || word == "LIMIT" || word == "3"
            || word == "END" || word == "THEN")
          closers.push_back(word);
      const auto word = step > 10 && !closers.empty() ? random.pick(closers)
                                                      : random.pick(next);
      text += gap_between(earlier, before, word) == gap::space ? " " : "";
      text += word;
      earlier = std::exchange(before, word);
    }
  }
  EXPECT_GE(finished, 3);
}

TEST(Classes, KnowEveryFunctionOfTheResolver) {
  ASSERT_EQ(function_shapes().size(), functions().size());
  for (const auto& f : functions()) {
    const auto* shape = find_shape(f.name);
    ASSERT_TRUE(shape) << f.name;
    EXPECT_EQ(static_cast<int>(shape->what), static_cast<int>(f.group))
      << f.name;
    EXPECT_EQ(shape->least, f.least) << f.name;
    EXPECT_EQ(shape->open, f.most == 255) << f.name;
    if (!shape->open) {
      EXPECT_EQ(shape->arguments.size(), f.most) << f.name;
    }
  }
}

} // namespace
} // namespace aura::dsl
