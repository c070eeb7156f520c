#include "kernels/base/random.hpp"
#include "kernels/dsl/compile.hpp"
#include "kernels/dsl/complete.hpp"
#include "kernels/dsl/functions.hpp"
#include "kernels/dsl/parser.hpp"
#include "kernels/dsl/printer.hpp"
#include "kernels/dsl/spacing.hpp"
#include "kernels/dsl/tokens.hpp"
#include "kernels/dsl/words.hpp"
#include "kernels/schema/load.hpp"
#include "kernels/skeleton/grammar_sampler.hpp"
#include "tests/kernels/dsl/corpus.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>
#include <tuple>
#include <utility>

/// The constraint on decoding against the parser and the resolver, over the
/// golden corpus, drawn queries of every production, and random walks.
namespace aura::dsl {
namespace {

const schema::schema& smart_home() {
  static const auto s = testing::load("configs/schemas/smart_home.yaml");
  return s;
}

const schema::schema& lab() {
  static const auto s = testing::load("tests/golden/dsl/lab.yaml");
  return s;
}

std::uint64_t rounds(std::uint64_t usual) {
  const auto* more = std::getenv("AURA_CONSTRAINT_ROUNDS");
  return more ? std::strtoull(more, nullptr, 10) : usual;
}

/// The literals of a query, which its question mentions.
vocabulary_in_scope literals_of(const std::string& text) {
  auto result = vocabulary_in_scope{};
  for (const auto& t : tokenize(text).tokens) {
    if (t.kind == token_kind::integer || t.kind == token_kind::real)
      result.numbers.emplace_back(raw(t, text));
    if (t.kind == token_kind::text)
      result.texts.push_back(value(t, text));
  }
  return result;
}

/// The first prefix that is not viable; empty if all are.
std::string refused(const constraint& x, std::string_view text) {
  for (std::size_t n = 0; n <= text.size(); ++n)
    if (!x.viable(text.substr(0, n)))
      return std::string{text.substr(0, n)};
  return {};
}

bool resolves(const std::string& text, const schema::schema& s) {
  auto options = compile_options{};
  options.now = vocabulary_in_scope{}.now;
  return compile(text, s, options).compiled.has_value();
}

std::string lower(std::string_view x) {
  auto result = std::string{x};
  for (auto& c : result)
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c - 'A' + 'a');
  return result;
}

/// Whether each name is spelled as where it was made. Printing alone does not
/// mend that, since it knows no schema.
bool is_spelled_well(const std::string& text, const schema::schema& s) {
  auto spelling = std::map<std::string, std::string>{};
  const auto note = [&](const std::string& n) { spelling[lower(n)] = n; };
  for (const auto& t : s.tables) {
    note(t.name);
    for (const auto& c : t.columns)
      note(c.name);
    for (const auto& r : t.relations)
      note(r.name);
  }
  const auto tokens = tokenize(text).tokens;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const auto& t = tokens[i];
    if (t.kind != token_kind::word && t.kind != token_kind::quoted_name)
      continue;
    const auto word = value(t, text);
    // Functions and operators may be called as columns are.
    if (tokens[i + 1].kind == token_kind::left_paren
        || (i > 0 && tokens[i - 1].kind == token_kind::pipe)
        || is_reserved(word) || word == "SOURCE" || word == "LET")
      continue;
    const auto known = spelling.try_emplace(lower(word), word).first->second;
    if (known != word)
      return false;
  }
  return true;
}

void expect_all_viable(const std::vector<std::string>& queries,
                       const schema::schema& s) {
  for (const auto& text : queries) {
    if (!resolves(text, s) || text.find('$') != text.npos
        || !is_spelled_well(text, s))
      continue;
    const auto x = constraint{s, literals_of(text)};
    EXPECT_EQ(refused(x, text), "") << text;
    EXPECT_TRUE(x.complete(text)) << text;
  }
}

TEST(Constraint, EveryPrefixOfTheCorpusIsViable) {
  expect_all_viable(testing::canonical_corpus(), smart_home());
  expect_all_viable(testing::canonical_corpus(), lab());
}

std::vector<std::string> drawn(const schema::schema& s, const char* name,
                               std::uint64_t n) {
  auto result = std::vector<std::string>{};
  for (std::uint64_t i = 0; i < n; ++i) {
    auto random = random_stream{31, name, i};
    auto options = skeleton::grammar_options{};
    options.max_operators = 1 + random.below(4);
    options.max_depth = 1 + random.below(3);
    auto q = skeleton::sample_grammar(s, options, random);
    result.push_back(print(canonical(std::move(q.query))));
  }
  return result;
}

TEST(Constraint, EveryPrefixOfADrawnQueryIsViable) {
  expect_all_viable(drawn(lab(), "lab", rounds(60)), lab());
  expect_all_viable(drawn(smart_home(), "home", rounds(60)), smart_home());
}

auto parts(const continuations& x) {
  return std::tie(x.words, x.name, x.number, x.whole_number, x.text,
                  x.plain_text, x.spaced);
}

/// What comes next must not depend on what was asked before, of this query or
/// of others.
void expect_no_memory(const std::vector<std::string>& queries,
                      const schema::schema& s) {
  for (const auto& text : queries) {
    const auto scope = literals_of(text);
    const auto old = constraint{s, scope};
    const auto tokens = tokenize(text).tokens;
    for (const auto& t : tokens)
      old.after(std::string_view{text}.substr(0, t.where.end));
    for (const auto& t : tokens) {
      const auto begun = std::string_view{text}.substr(0, t.where.end);
      const auto wanted = constraint{s, scope}.after(begun);
      ASSERT_EQ(parts(old.after(begun)), parts(wanted)) << begun;
    }
  }
}

TEST(Constraint, WhatComesNextDependsOnTheTextAlone) {
  auto queries = drawn(lab(), "memory", rounds(20));
  // LETs are named long after them, pipelines end within operators, and an
  // operator's sign stands in a text.
  for (const auto* text :
       {"LET a = SOURCE sensors |> LIMIT 9; LET b = SOURCE a |> LIMIT 3; "
        "SOURCE "
        "b |> LIMIT 2 |> UNION (SOURCE a |> LIMIT 1) |> EXTEND (SOURCE a |> "
        "AGGREGATE COUNT() AS n) AS m |> LIMIT 1",
        "SOURCE (SOURCE sensors |> LIMIT 9) |> FILTER name == 'a |> LIMIT 1' "
        "|> FILTER room IN (SOURCE sensors |> SELECT room) |> LIMIT 1"})
    queries.emplace_back(text);
  expect_no_memory(queries, lab());
}

bool is_type(std::string_view x) {
  return x == "INTEGER" || x == "REAL" || x == "TEXT" || x == "BOOLEAN"
         || x == "DATE" || x == "TIMESTAMP";
}

/// The words that a walk may say.
std::vector<std::string> lexicon(const schema::schema& s,
                                 const vocabulary_in_scope& scope) {
  auto result = std::vector<std::string>{
    "LET",    "SOURCE",  "AS",        "BY",      "PER",     "ON",
    "USING",  "ASC",     "DESC",      "NULLS",   "FIRST",   "LAST",
    "OFFSET", "WITH",    "TIES",      "ALL",     "RUNNING", "ROLLING",
    "ROWS",   "TO",      "FOR",       "AND",     "OR",      "NOT",
    "IN",     "IS",      "NULL",      "BETWEEN", "LIKE",    "DURING",
    "CASE",   "WHEN",    "THEN",      "ELSE",    "END",     "THIS",
    "NEXT",   "MONTH",   "DAYS",      "HOURS",   "WHERE",   "CAST",
    "REAL",   "TEXT",    "INTEGER",   "BOOLEAN", "DATE",    "TIMESTAMP",
    "TRUE",   "FALSE",   "TODAY",     "(",       ")",       ",",
    ".",      ";",       "|>",        "+",       "-",       "*",
    "/",      "//",      "%",         "||",      "\?\?",    "==",
    "!=",     "<",       "<=",        ">",       ">=",      "=",
    "'day'",  "'month'", "'%Y-%m'",   "', '",    "name_a",  "name_b",
    "name_c", "name_d",  "YESTERDAY", "DISTINCT"};
  for (auto word : operator_words())
    result.emplace_back(word);
  for (const auto& f : functions())
    result.emplace_back(f.name);
  result.insert(result.end(), scope.numbers.begin(), scope.numbers.end());
  for (const auto& x : scope.texts)
    result.push_back("'" + x + "'");
  for (const auto& t : s.tables) {
    result.push_back(spell_name(t.name));
    for (const auto& c : t.columns) {
      result.push_back(spell_name(c.name));
      for (std::size_t i = 0; i < c.values.size() && i < 2; ++i)
        if (const auto* text = std::get_if<std::string>(&c.values[i].stored))
          result.push_back("'" + *text + "'");
    }
    for (const auto& r : t.relations)
      result.push_back(spell_name(r.name));
  }
  std::sort(result.begin(), result.end());
  result.erase(std::unique(result.begin(), result.end()), result.end());
  return result;
}

/// A walk from word to word, each viable.
class walk {
public:
  walk(const constraint& x, const std::vector<std::string>& words,
       std::uint64_t number)
    : constraint_{x}, words_{words}, random_{41, "walk", number} {
  }

  /// Goes on until a query is complete that has `enough` words, or there is no
  /// way on. Returns whether it came to such an end; the words are in `text`.
  bool run(std::size_t enough, std::size_t most) {
    for (std::size_t n = 0; n < most; ++n) {
      if (n >= enough && constraint_.complete(text))
        return true;
      const auto next = next_words();
      if (next.empty()) {
        is_dead = !constraint_.complete(text);
        return true;
      }
      say(choose(next, n >= enough));
    }
    return false;
  }

  std::string text;
  bool is_dead = false;

private:
  std::string joined(const std::string& word) const {
    const auto spaced = gap_between(earlier_, before_, word) == gap::space;
    return text + (spaced ? " " : "") + word;
  }

  void say(const std::string& word) {
    text = joined(word);
    earlier_ = std::exchange(before_, word);
  }

  // The words that may come next, whole and not as the beginning of others.
  std::vector<std::string> next_words() const {
    auto result = std::vector<std::string>{};
    for (const auto& word : words_) {
      // Made-up names are words of their own, as types are.
      const auto is_made_up = word.starts_with("name_");
      if (before_ == "AS" && !is_made_up && !is_type(word))
        continue;
      const auto longer = joined(word);
      if (!constraint_.viable(longer))
        continue;
      const auto ends = {" ", "(", ")", ",", ".", ";"};
      const auto begins_another
        = std::any_of(words_.begin(), words_.end(), [&](const auto& other) {
            return other.size() > word.size() && other.starts_with(word);
          });
      const auto is_word = (word[0] >= 'a' && word[0] <= 'z')
                           || (word[0] >= 'A' && word[0] <= 'Z');
      if ((!begins_another && !is_word) || constraint_.complete(longer)
          || std::any_of(ends.begin(), ends.end(), [&](const char* end) {
               return constraint_.viable(longer + end);
             }))
        result.push_back(word);
    }
    return result;
  }

  std::string choose(const std::vector<std::string>& next, bool to_end) {
    if (to_end) {
      // Ways out, shortest first.
      for (const auto* word : {")", ";", "END", "THEN", "|>", "LIMIT"})
        if (std::find(next.begin(), next.end(), word) != next.end()
            && random_.below(4) != 0)
          return word;
    }
    // Words of the language as often as names.
    auto keywords = std::vector<std::string>{};
    for (const auto& x : next)
      if (x[0] >= 'A' && x[0] <= 'Z' && !find_function(x))
        keywords.push_back(x);
    return !keywords.empty() && random_.below(2) == 0 ? random_.pick(keywords)
                                                      : random_.pick(next);
  }

  const constraint& constraint_;
  const std::vector<std::string>& words_;
  random_stream random_;
  std::string before_;
  std::string earlier_;
};

TEST(Constraint, WalksNeverComeToADeadEnd) {
  auto scope = vocabulary_in_scope{};
  scope.numbers = {"3", "24", "0.5"};
  scope.texts = {"abc", "2024-03-05"};
  auto finished = 0;
  for (const auto* s : {&lab(), &smart_home()}) {
    const auto x = constraint{*s, scope};
    const auto words = lexicon(*s, scope);
    for (std::uint64_t i = 0; i < rounds(12); ++i) {
      auto w = walk{x, words, i};
      finished += w.run(6 + i % 16, 70) ? 1 : 0;
      EXPECT_FALSE(w.is_dead) << "dead end: " << w.text;
    }
  }
  EXPECT_GE(finished, 12);
}

} // namespace
} // namespace aura::dsl
