#include "kernels/base/random.hpp"
#include "kernels/dsl/compile.hpp"
#include "kernels/dsl/grammar.hpp"
#include "kernels/dsl/parser.hpp"
#include "kernels/dsl/printer.hpp"
#include "kernels/dsl/tokens.hpp"
#include "kernels/skeleton/grammar_sampler.hpp"
#include "kernels/skeleton/sampler.hpp"
#include "tests/kernels/dsl/corpus.hpp"
#include "tests/support/gbnf.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>

/// The grammar against the parser. What holds:
///
/// - whatever the grammar derives parses;
/// - whatever parses, resolves and is in canonical form is derived.
namespace aura::dsl {
namespace {

const auto root = std::filesystem::path{AURA_SOURCE_DIR};

const schema::schema& smart_home() {
  static const auto s = testing::load("configs/schemas/smart_home.yaml");
  return s;
}

const schema::schema& lab() {
  static const auto s = testing::load("tests/golden/dsl/lab.yaml");
  return s;
}

testing::gbnf read(const grammar_options& options) {
  auto trouble = std::string{};
  auto result = testing::gbnf::read(to_gbnf(make_grammar(options)), trouble);
  EXPECT_TRUE(result) << trouble << "\n" << to_gbnf(make_grammar(options));
  return result ? *result : testing::gbnf{};
}

const testing::gbnf& plain() {
  static const auto g = read({});
  return g;
}

std::string canonical_text(const query& q) {
  return print(canonical(q));
}

/// How much longer tests of random texts are than they need to be.
std::uint64_t rounds(std::uint64_t usual) {
  const auto* more = std::getenv("AURA_GRAMMAR_ROUNDS");
  return more ? std::strtoull(more, nullptr, 10) : usual;
}

/// Drawn queries over the schema: half like somebody's questions, half from
/// every production.
std::vector<std::string> drawn(const schema::schema& s, std::uint64_t n) {
  auto result = std::vector<std::string>{};
  auto options = skeleton::sampler_options{};
  options.now = "2024-06-15 12:00:00";
  for (std::uint64_t i = 0; i < n; ++i) {
    auto random = random_stream{21, "grammar", i};
    result.push_back(
      i % 2 == 0
        ? print(skeleton::sample(s, options, random))
        : canonical_text(skeleton::sample_grammar(s, {}, random).query));
  }
  return result;
}

bool resolves(const query& q) {
  auto options = compile_options{};
  options.now = "2024-06-15 12:00:00";
  return compile(q, smart_home(), options).compiled
         || compile(q, lab(), options).compiled;
}

/// What is compared with: a list, a value or a mutated text.
void expect_agreement(const std::string& text) {
  const auto parsed = parse(text);
  const auto accepted = plain().accepts(text);
  if (accepted) {
    EXPECT_TRUE(parsed.query) << "derived, but does not parse: " << text;
  }
  // No grammar says where comments may stand.
  if (parsed.query && parsed.query->comments.empty()
      && canonical_text(*parsed.query) == text && resolves(*parsed.query)) {
    EXPECT_TRUE(accepted) << "canonical, but not derived: " << text;
  }
}

TEST(Grammar, IsOneThatDecodersRead) {
  EXPECT_GT(plain().rules(), 50u);
  EXPECT_LT(make_grammar({}).rules.size(), 90u);
  auto options = grammar_options{};
  options.schema = &smart_home();
  EXPECT_GT(read(options).rules(), 50u);
}

TEST(Grammar, DerivesTheCorpus) {
  auto resolved = 0;
  for (const auto& text : testing::canonical_corpus())
    // Of a query that means nothing here it may name functions that are none.
    if (resolves(*parse(text).query)) {
      EXPECT_TRUE(plain().accepts(text)) << text;
      ++resolved;
    }
  EXPECT_GT(resolved, 200);
}

TEST(Grammar, DerivesDrawnQueries) {
  auto options = grammar_options{};
  options.schema = &smart_home();
  const auto restricted = read(options);
  for (const auto& text : drawn(smart_home(), rounds(200))) {
    EXPECT_TRUE(plain().accepts(text)) << text;
    EXPECT_TRUE(restricted.accepts(text)) << text;
  }
}

TEST(Grammar, DerivesNothingThatDoesNotParse) {
  auto options = grammar_options{};
  options.schema = &smart_home();
  const auto restricted = read(options);
  for (std::uint64_t i = 0; i < rounds(1500); ++i) {
    auto random = random_stream{22, "derive", i};
    const auto depth = 6 + static_cast<int>(random.below(16));
    const auto& g = random.below(2) == 0 ? plain() : restricted;
    const auto text = g.derive(random, depth);
    const auto parsed = parse(text);
    EXPECT_TRUE(parsed.query) << text << "\n"
                              << render(parsed.diagnostics, text, "derived");
    if (parsed.query) {
      EXPECT_TRUE(plain().accepts(text)) << text;
    }
  }
}

// Tokens left out, doubled, swapped and replaced by those of other queries.
TEST(Grammar, AgreesWithTheParserOnNearMisses) {
  const auto& queries = testing::canonical_corpus();
  auto mutants = std::uint64_t{0};
  for (std::uint64_t i = 0; i < rounds(2500); ++i) {
    auto random = random_stream{23, "mutant", i};
    auto text = random.pick(queries);
    if (text.size() > 300)
      continue;
    const auto& other = random.pick(queries);
    const auto tokens = tokenize(text).tokens;
    const auto others = tokenize(other).tokens;
    const auto& a = tokens[random.below(tokens.size())];
    const auto& b = others[random.below(others.size())];
    const auto size = a.where.end - a.where.start;
    const auto bytes = std::string{raw(a, text)};
    switch (random.below(5)) {
    case 0:
      text.erase(a.where.start, size);
      break;
    case 1:
      text.insert(a.where.start, bytes + " ");
      break;
    case 2:
      text.replace(a.where.start, size, raw(b, other));
      break;
    case 3:
      text.insert(a.where.start, std::string{raw(b, other)} + " ");
      break;
    default:
      text.resize(a.where.start);
      break;
    }
    ++mutants;
    expect_agreement(text);
    // The same, spaced as the canonical form is.
    if (const auto parsed = parse(text); parsed.query)
      expect_agreement(canonical_text(*parsed.query));
  }
  EXPECT_GT(mutants, 500u);
}

TEST(Grammar, KeepsToItsSchema) {
  auto options = grammar_options{};
  options.schema = &smart_home();
  options.new_names = {"total", "month"};
  options.texts = {"lamp"};
  const auto g = read(options);
  for (const auto* text : {
         "SOURCE devices |> FILTER room == 'Kitchen' |> SELECT name",
         "SOURCE energy_consumption |> AGGREGATE SUM(kwh) AS total BY "
         "device.room |> SORT total DESC",
         "SOURCE energy_consumption |> AGGREGATE AVG(kwh) BY TRUNC(timestamp, "
         "'month') AS month |> FILTER avg_kwh > 3.5",
         "SOURCE devices |> AGGREGATE COUNT() BY kind |> SORT count",
         "SOURCE devices |> FILTER CONTAINS(name, 'lamp')",
         "SOURCE climate_stats |> FILTER timestamp DURING '2024-02-29'",
       })
    EXPECT_TRUE(g.accepts(text)) << text;
  for (const auto* text : {
         "SOURCE nothing",
         "SOURCE devices |> FILTER nothing == 3",
         "SOURCE devices |> FILTER room == 'Nowhere'",
         "SOURCE devices |> EXTEND rated_power * 2 AS twice",
         "SOURCE energy_consumption |> SELECT device.kwh",
         "SOURCE energy_consumption |> SELECT device.device.room",
         "SOURCE climate_stats |> FILTER timestamp DURING '2023-02-29'",
         "SOURCE devices |> SELECT NAME",
         "source devices",
       })
    EXPECT_FALSE(g.accepts(text)) << text;
}

TEST(Grammar, NamesAreNotReservedWords) {
  for (const auto* word : {"a", "an", "andy", "bY_", "pe", "persons", "O",
                           "NUL", "nulls", "Ï", "_", "case1", "i", "asx", "x9"})
    EXPECT_TRUE(plain().accepts(std::string{"SOURCE "} + word)) << word;
  for (const auto* word : {"and", "AND", "By", "per", "or", "NULL", "null",
                           "case", "as", "9x", "", "a b", "a-b", "``"})
    EXPECT_FALSE(plain().accepts(std::string{"SOURCE "} + word)) << word;
  EXPECT_TRUE(plain().accepts("SOURCE `and`"));
}

TEST(Grammar, IsWrittenDown) {
  const auto file = root / "kernels/dsl/grammar.ebnf";
  const auto text = to_ebnf(make_grammar({}));
  const auto* update = std::getenv("AURA_UPDATE_GOLDEN");
  if (update && std::string_view{update} == "1")
    std::ofstream{file} << text;
  auto in = std::ifstream{file};
  EXPECT_EQ((std::string{std::istreambuf_iterator<char>{in}, {}}), text)
    << "run this test with AURA_UPDATE_GOLDEN=1";
}

TEST(Gbnf, ReadsWhatItsReadmeSays) {
  const auto accepts = [](std::string_view grammar, std::string_view text) {
    auto trouble = std::string{};
    const auto g = testing::gbnf::read(grammar, trouble);
    EXPECT_TRUE(g) << trouble;
    return g && g->accepts(text);
  };
  const auto trouble_of = [](std::string_view grammar) {
    auto trouble = std::string{};
    EXPECT_FALSE(testing::gbnf::read(grammar, trouble));
    return trouble;
  };
  const auto list = "root ::= item (\", \" item)* # a list\n"
                    "item ::= [a-c]{2,3} | \"\\\"\" |\n  [^\\x00-\\x7F]\n";
  EXPECT_TRUE(accepts(list, "ab, abc, \", é"));
  EXPECT_FALSE(accepts(list, "ab, a"));
  EXPECT_FALSE(accepts(list, "ab, "));
  EXPECT_FALSE(accepts(list, ""));
  const auto nested = "root ::= \"(\" root \")\" | \"x\"";
  EXPECT_TRUE(accepts(nested, "((x))"));
  EXPECT_FALSE(accepts(nested, "((x)"));
  EXPECT_NE(trouble_of("root ::= root \"x\" | \"y\"").find("left recursion"),
            std::string::npos);
  EXPECT_NE(trouble_of("root ::= other").find("not defined"),
            std::string::npos);
  EXPECT_NE(trouble_of("a ::= \"x\"").find("root"), std::string::npos);
  EXPECT_NE(trouble_of("root ::= \"x").find("closed"), std::string::npos);
}

} // namespace
} // namespace aura::dsl
