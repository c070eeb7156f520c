#include "kernels/base/random.hpp"
#include "kernels/base/utf8.hpp"
#include "kernels/dsl/printer.hpp"
#include "kernels/dsl/tokens.hpp"
#include "kernels/model/guide.hpp"
#include "kernels/skeleton/grammar_sampler.hpp"
#include "kernels/skeleton/sampler.hpp"
#include "kernels/text/tokenizer.hpp"
#include "tests/kernels/dsl/corpus.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>

/// The mask over whole vocabularies against the constraint, asked token by
/// token.
namespace aura::model {
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
  const auto* more = std::getenv("AURA_MASK_ROUNDS");
  return more ? std::strtoull(more, nullptr, 10) : usual;
}

/// Tokens that cut queries where no word ends, beside those that tokenizers
/// have: single bytes, and pieces of queries with their tails.
std::vector<std::string> hostile_vocabulary() {
  auto result = std::set<std::string>{};
  for (auto c = 0; c < 256; ++c)
    result.insert(std::string(1, static_cast<char>(c)));
  for (const auto* x :
       {"((",           "(-",       "('",          "')",          "'),",
        "));",          ") |>",     " |> FILTER ", "--",          "-(",
        "''",           "' '",      "`a b`",       "``",          "`x`",
        "3.",           "3.5",      "0.5)",        "1e",          "a, b",
        ".name",        ") AS x",   "\xc3\xa9",    "\xc3",        "\xa9\xc3",
        " \xc3\xa9t",   "\xe2\x82", "\xac",        "\xf0\x9f",    "\x98\x80",
        "\xff",         "\xed\xa0", "total DESC",  " AS t |>",    "COUNT()",
        "COUNT() AS n", "'2024-03", "-05'",        " DATE '2024", "\n",
        "\t",           " == 'a",   "AND NOT",     ") == (",      " IN ('",
        "', '"})
    result.insert(x);
  for (const auto& text : testing::canonical_corpus())
    for (std::size_t i = 0; i + 9 < text.size(); i += 7)
      result.insert(text.substr(i, 2 + i % 8));
  return {result.begin(), result.end()};
}

token_classes classes_of(const std::vector<std::string>& tokens) {
  return token_classes{
    std::vector<std::string_view>{tokens.begin(), tokens.end()}};
}

/// Literals of the query, which its question mentions.
dsl::vocabulary_in_scope literals_of(const std::string& text) {
  auto result = dsl::vocabulary_in_scope{};
  for (const auto& t : dsl::tokenize(text).tokens) {
    if (t.kind == dsl::token_kind::integer || t.kind == dsl::token_kind::real)
      result.numbers.emplace_back(raw(t, text));
    if (t.kind == dsl::token_kind::text)
      result.texts.push_back(value(t, text));
  }
  return result;
}

/// A prefix of a drawn query, and every now and then one with a word of another
/// place behind it.
struct drawn_prefix {
  std::string query;
  std::string text;
};

drawn_prefix draw(const schema::schema& s, std::uint64_t i) {
  auto random = random_stream{7, "guide", i};
  auto options = skeleton::grammar_options{};
  options.max_operators = 1 + random.below(4);
  const auto query = random.chance(0.5)
                       ? dsl::print(skeleton::sample(s, {}, random))
                       : dsl::print(dsl::canonical(std::move(
                         skeleton::sample_grammar(s, options, random).query)));
  return {query, query.substr(0, random.below(query.size()))};
}

std::string shown(std::string_view token) {
  auto result = std::string{};
  for (auto c : token)
    result += c >= ' ' && c <= '~'
                ? std::string(1, c)
                : "\\" + std::to_string(static_cast<unsigned char>(c));
  return result;
}

/// Whether the constraint lets `token` come behind `prefix` byte by byte.
bool is_viable(const dsl::constraint& rules, const std::string& prefix,
               std::string_view token) {
  // Most are refused as a whole.
  if (token.empty() || !rules.viable(prefix + std::string{token}))
    return false;
  for (std::size_t n = 1; n < token.size(); ++n)
    if (!rules.viable(prefix + std::string{token.substr(0, n)}))
      return false;
  return true;
}

/// The mask after `prefix` is what the constraint says of every token.
void expect_equal(const token_classes& classes,
                  const std::vector<std::string_view>& tokens,
                  const dsl::constraint& rules, const std::string& prefix) {
  auto at = guide{classes, rules};
  if (!prefix.empty() && !at.allows(prefix))
    return;
  at.append(prefix);
  ASSERT_EQ(at.text(), prefix);
  auto mask = text::token_set{tokens.size()};
  at.fill(mask);
  auto wrong = 0;
  for (std::size_t i = 0; i < tokens.size() && wrong < 5; ++i) {
    const auto id = static_cast<std::int32_t>(i);
    const auto due = is_viable(rules, prefix, tokens[i]);
    if (mask.contains(id) != due || (due && !at.allows(tokens[i]))) {
      ++wrong;
      ADD_FAILURE() << "'" << shown(prefix) << "' + '" << shown(tokens[i])
                    << "' is " << (due ? "viable" : "not viable");
    }
  }
  // A blank at the end is not canonical.
  EXPECT_EQ(at.may_end(), !prefix.ends_with(' ') && rules.complete(prefix))
    << prefix;
}

TEST(Guide, TheMaskIsWhatTheConstraintSaysOfEveryToken) {
  const auto vocabulary = hostile_vocabulary();
  const auto classes = classes_of(vocabulary);
  const auto tokens
    = std::vector<std::string_view>{vocabulary.begin(), vocabulary.end()};
  for (std::uint64_t i = 0; i < rounds(16); ++i) {
    const auto& s = i % 2 == 0 ? lab() : smart_home();
    const auto x = draw(s, i);
    auto scope = literals_of(x.query);
    scope.restrict_literals = i % 3 != 0;
    const auto rules = dsl::constraint{s, std::move(scope)};
    if (rules.viable(x.text))
      expect_equal(classes, tokens, rules, x.text);
  }
}

TEST(Guide, TheMaskIsWhatTheConstraintSaysBehindOpenWords) {
  const auto vocabulary = hostile_vocabulary();
  const auto classes = classes_of(vocabulary);
  const auto tokens
    = std::vector<std::string_view>{vocabulary.begin(), vocabulary.end()};
  auto scope = dsl::vocabulary_in_scope{};
  scope.restrict_literals = false;
  const auto rules = dsl::constraint{smart_home(), scope};
  for (const auto* prefix :
       {"", "SOURCE devices AS ", "SOURCE devices AS", "SOURCE devices AS n",
        "SOURCE devices AS n\xc3", "SOURCE devices AS n\xc3\xa9",
        "SOURCE devices AS `a ", "SOURCE devices AS `a b`",
        "SOURCE devices |> LIMIT ", "SOURCE devices |> LIMIT 3",
        "SOURCE devices |> FILTER rated_power > 3.",
        "SOURCE devices |> FILTER rated_power > 3.5",
        "SOURCE devices |> FILTER room == '",
        "SOURCE devices |> FILTER room == 'a\xe2\x82",
        "SOURCE devices |> FILTER room == 'a'"})
    expect_equal(classes, tokens, rules, prefix);
}

std::optional<text::tokenizer> phi_4() {
  const auto file = std::filesystem::path{AURA_SOURCE_DIR}
                    / "../shared/data/phi-4/tokenizer.json";
  if (!std::filesystem::exists(file))
    return std::nullopt;
  auto made = text::tokenizer::load(file);
  EXPECT_TRUE(made) << made.error().message;
  return made ? std::optional{*made} : std::nullopt;
}

TEST(Guide, TheMaskOverAHundredThousandTokensIsThatOfBruteForce) {
  const auto vocabulary = phi_4();
  if (!vocabulary)
    GTEST_SKIP() << "the tokenizer of Phi-4 is not here";
  auto tokens = std::vector<std::string_view>{};
  for (std::size_t i = 0; i < vocabulary->size(); ++i) {
    const auto id = static_cast<std::int32_t>(i);
    tokens.push_back(vocabulary->is_special(id) ? std::string_view{}
                                                : vocabulary->token(id));
  }
  const auto classes = token_classes{tokens};
  for (std::uint64_t i = 0; i < rounds(1); ++i) {
    const auto x = draw(smart_home(), 1000 + i);
    auto scope = literals_of(x.query);
    scope.restrict_literals = i % 4 != 3;
    const auto rules = dsl::constraint{smart_home(), std::move(scope)};
    if (rules.viable(x.text))
      expect_equal(classes, tokens, rules, x.text);
  }
}

TEST(Guide, SampledQueriesParseAndResolve) {
  const auto vocabulary = hostile_vocabulary();
  const auto classes = classes_of(vocabulary);
  auto scope = dsl::vocabulary_in_scope{};
  scope.numbers = {"3", "24", "0.5"};
  scope.texts = {"abc", "2024-03-05"};
  const auto rules = dsl::constraint{smart_home(), scope};
  auto mask = text::token_set{vocabulary.size()};
  auto finished = 0;
  for (std::uint64_t i = 0; i < rounds(40); ++i) {
    auto random = random_stream{11, "sampled", i};
    auto at = guide{classes, rules};
    for (auto n = 0; n < 200; ++n) {
      if (at.may_end() && random.chance(0.3)) {
        ++finished;
        EXPECT_TRUE(rules.complete(at.text())) << at.text();
        break;
      }
      at.fill(mask);
      const auto count = mask.count();
      if (count == 0) {
        EXPECT_TRUE(at.may_end()) << "dead end: " << shown(at.text());
        break;
      }
      auto left = random.below(count);
      auto id = std::int32_t{0};
      while (!mask.contains(id) || left-- > 0)
        ++id;
      const auto& token = vocabulary[static_cast<std::size_t>(id)];
      if (at.leads_on(token))
        at.append(token);
    }
  }
  EXPECT_GT(finished, 0);
}

TEST(Guide, WhatIsForcedIsTheOnlyWayOn) {
  const auto vocabulary = hostile_vocabulary();
  const auto classes = classes_of(vocabulary);
  const auto rules = dsl::constraint{smart_home(), {}};
  auto at = guide{classes, rules};
  const auto first = at.forced();
  EXPECT_TRUE(first.empty() || rules.viable(first)) << first;
  at.append("SOURCE energy_c");
  EXPECT_EQ(at.forced(), "onsumption");
  at.append("onsumption");
  EXPECT_EQ(at.forced(), "");
  at.append(" |");
  EXPECT_EQ(at.forced(), "> ");
  at.append("> FIL");
  EXPECT_EQ(at.forced(), "TER ");
}

TEST(Guide, AFreshSchemaNeedsNothingCompiled) {
  const auto vocabulary = hostile_vocabulary();
  const auto classes = classes_of(vocabulary);
  auto other = smart_home();
  other.tables.front().name = "gadgets";
  auto at = guide{classes, {other, {}}};
  EXPECT_TRUE(at.allows("SOURCE gadgets"));
  EXPECT_FALSE((guide{classes, {smart_home(), {}}}.allows("SOURCE gadgets")));
}

} // namespace
} // namespace aura::model
