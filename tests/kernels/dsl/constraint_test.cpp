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
  options.now = "2024-06-15 12:00:00";
  return compile(text, s, options).compiled.has_value();
}

void expect_all_viable(const std::vector<std::string>& queries,
                       const schema::schema& s) {
  for (const auto& text : queries) {
    if (!resolves(text, s) || text.find('$') != text.npos)
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

} // namespace
} // namespace aura::dsl
