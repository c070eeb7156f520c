#include "kernels/base/json.hpp"
#include "kernels/base/random.hpp"
#include "kernels/dsl/codes.hpp"
#include "kernels/dsl/fixes.hpp"
#include "kernels/dsl/parser.hpp"
#include "kernels/dsl/printer.hpp"
#include "tests/kernels/dsl/golden.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace aura::dsl {
namespace {

const auto folder
  = std::filesystem::path{AURA_SOURCE_DIR} / "tests" / "golden" / "dsl";

std::vector<std::string> corpus() {
  auto result = std::vector<std::string>{};
  for (const auto* file :
       {"tokens.golden", "syntax.golden", "print.golden", "pretty.golden",
        "comments.golden", "foreign.golden", "explain.golden", "lineage.golden",
        "syntax_errors.golden"})
    for (auto& c : testing::read_golden(folder / file))
      result.push_back(std::move(c.input));
  return result;
}

std::string repeated(std::string_view x, std::size_t n) {
  auto result = std::string{};
  for (std::size_t i = 0; i < n; ++i)
    result += x;
  return result;
}

std::vector<std::string> codes_of(std::string_view source) {
  auto result = std::vector<std::string>{};
  for (const auto& d : parse(source).diagnostics)
    result.push_back(d.code);
  return result;
}

using codes = std::vector<std::string>;

// Has a query or errors, spans inside of the source, and renders.
void expect_sound(std::string_view source) {
  const auto x = parse(source);
  EXPECT_EQ(x.query.has_value(), !has_errors(x.diagnostics)) << source;
  EXPECT_LE(x.diagnostics.size(), 100u);
  for (const auto& d : x.diagnostics) {
    EXPECT_LE(d.where.start, d.where.end) << source;
    EXPECT_LE(d.where.end, source.size()) << source;
    EXPECT_FALSE(d.message.empty()) << source;
    for (const auto& f : d.fixes)
      EXPECT_LE(f.where.end, source.size()) << source;
  }
  EXPECT_TRUE(nlohmann::json::accept(render_json(x.diagnostics, source)));
  EXPECT_EQ(render(x.diagnostics, source, "q").empty(), x.diagnostics.empty());
  if (!x.query)
    return;
  const auto text = print(*x.query);
  const auto again = parse(text);
  ASSERT_TRUE(again.query) << source << '\n' << text;
  EXPECT_EQ(*again.query, canonical(*x.query)) << source << '\n' << text;
  EXPECT_EQ(print(*again.query), text) << source;
  EXPECT_EQ(again.query->comments.size(), x.query->comments.size()) << text;
  const auto pretty = print(*x.query, layout::pretty);
  const auto reread = parse(pretty);
  ASSERT_TRUE(reread.query) << pretty;
  EXPECT_EQ(*reread.query, canonical(*x.query)) << pretty;
  EXPECT_EQ(print(*reread.query, layout::pretty), pretty);
  EXPECT_EQ(reread.query->comments.size(), x.query->comments.size());
}

TEST(Parser, KeepsItsLawsOnTheCorpus) {
  for (const auto& source : corpus())
    expect_sound(source);
}

TEST(Parser, ReadsWhatIsCutOffAnywhere) {
  for (const auto& source : corpus())
    for (std::size_t n = 0; n < source.size(); n += 3)
      expect_sound(std::string_view{source}.substr(0, n));
}

TEST(Parser, SurvivesPiecesInAnyOrder) {
  auto pieces = std::vector<std::string>{};
  for (const auto& source : corpus()) {
    auto in = std::istringstream{source};
    for (auto word = std::string{}; in >> word;)
      pieces.push_back(word);
  }
  for (std::uint64_t i = 0; i < 3000; ++i) {
    auto random = random_stream{1, "pieces", i};
    auto source = std::string{random.chance(0.7) ? "SOURCE t |> " : ""};
    const auto n = random.below(30);
    for (std::uint64_t k = 0; k < n; ++k) {
      source += random.pick(pieces);
      source += random.chance(0.9) ? " " : "";
    }
    expect_sound(source);
  }
}

TEST(Parser, SurvivesAnyBytes) {
  for (std::uint64_t i = 0; i < 3000; ++i) {
    auto random = random_stream{2, "bytes", i};
    auto source = std::string{};
    const auto n = random.below(60);
    for (std::uint64_t k = 0; k < n; ++k)
      source += static_cast<char>(random.below(256));
    expect_sound(source);
    expect_sound("SOURCE t |> FILTER a == '" + source + "' |> LIMIT 1");
  }
}

TEST(Parser, RefusesMoreThanAMegabyte) {
  EXPECT_EQ(codes_of(std::string((1u << 20) + 1, ' ')), codes{"AUR-E0120"});
  const auto most
    = "SOURCE t |> FILTER a == '" + std::string((1u << 20) - 26, 'x') + "'";
  ASSERT_EQ(most.size(), 1u << 20);
  EXPECT_TRUE(parse(most).query);
}

TEST(Parser, RefusesDeepNesting) {
  const auto nested = [](std::string_view open, std::string_view close,
                         std::size_t n) {
    return "SOURCE t |> FILTER " + repeated(open, n) + "a" + repeated(close, n);
  };
  EXPECT_TRUE(parse(nested("(", ")", 200)).query);
  EXPECT_EQ(codes_of(nested("(", ")", 201)), codes{"AUR-E0121"});
  EXPECT_EQ(codes_of(nested("(", "", 100'000)), codes{"AUR-E0121"});
  EXPECT_EQ(codes_of(nested("NOT ", "", 201)), codes{"AUR-E0121"});
  EXPECT_EQ(codes_of(nested("- ", "", 201)), codes{"AUR-E0121"});
  EXPECT_EQ(codes_of(nested("ABS(", ")", 201)), codes{"AUR-E0121"});
  EXPECT_EQ(codes_of(nested("CASE WHEN ", "", 201)), codes{"AUR-E0121"});
  EXPECT_EQ(codes_of("SOURCE " + repeated("(SOURCE ", 300)),
            codes{"AUR-E0121"});
  EXPECT_EQ(codes_of("SOURCE t |> FILTER a"
                     + repeated(" IN (SOURCE u |> FILTER a", 300)),
            codes{"AUR-E0121"});
}

TEST(Parser, RefusesLongChains) {
  const auto chain = [](std::size_t n) {
    return "SOURCE t |> FILTER a" + repeated(" OR a", n);
  };
  EXPECT_TRUE(parse(chain(500)).query);
  EXPECT_EQ(codes_of(chain(50'000)), codes{"AUR-E0121"});
  EXPECT_EQ(codes_of("SOURCE t |> SELECT a" + repeated(".a", 100'000)),
            codes{"AUR-E0121"});
}

TEST(Parser, RefusesLongLists) {
  const auto list = [](std::size_t n) {
    return "SOURCE t |> FILTER a IN (1" + repeated(", 1", n - 1) + ")";
  };
  EXPECT_TRUE(parse(list(20'000)).query);
  EXPECT_EQ(codes_of(list(20'001)), codes{"AUR-E0123"});
  for (const std::string clause :
       {"SELECT a", "SORT a", "EXTEND f(1", "AGGREGATE COUNT() BY a",
        "JOIN u USING (a", "UNPIVOT v FOR n IN (a"})
    EXPECT_EQ(codes_of("SOURCE t |> " + clause + repeated(", a", 60'000)),
              codes{"AUR-E0123"})
      << clause;
}

TEST(Parser, RefusesManyOperators) {
  EXPECT_TRUE(parse("SOURCE t" + repeated(" |> LIMIT 1", 500)).query);
  EXPECT_EQ(codes_of("SOURCE t" + repeated(" |> LIMIT 1", 501)),
            codes{"AUR-E0122"});
}

TEST(Parser, ReportsAtMostAHundredErrors) {
  EXPECT_EQ(parse("SOURCE t" + repeated(" |> LIMIT x", 300)).diagnostics.size(),
            100u);
  EXPECT_EQ(parse(repeated("\xff ", 1000)).diagnostics.size(), 100u);
}

TEST(Diagnostics, EachKindHasAnExampleThatShowsIt) {
  for (const auto& entry : syntax_codes()) {
    if (entry.example.empty())
      continue;
    const auto found = codes_of(entry.example);
    EXPECT_NE(std::find(found.begin(), found.end(), entry.code), found.end())
      << entry.code;
  }
}

TEST(Diagnostics, EveryCodeOfTheCorpusIsInTheCatalogue) {
  const auto knows = [](const auto& entries, const std::string& code) {
    return std::any_of(entries.begin(), entries.end(),
                       [&](const auto& x) { return x.code == code; });
  };
  for (const auto& source : corpus())
    for (const auto& code : codes_of(source))
      EXPECT_TRUE(knows(syntax_codes(), code) || knows(meaning_codes(), code))
        << code;
}

TEST(Diagnostics, JsonHasTheDocumentedShape) {
  const auto source = std::string_view{"SOURCE t\n|> FILTER ä = 1"};
  const auto json
    = nlohmann::json::parse(render_json(parse(source).diagnostics, source));
  const auto& d = json.at("diagnostics").at(0);
  EXPECT_EQ(d.at("code"), "AUR-E0109");
  EXPECT_EQ(d.at("severity"), "error");
  EXPECT_EQ(d.at("span").at("start"), 22);
  EXPECT_EQ(d.at("span").at("end"), 23);
  EXPECT_EQ(d.at("line"), 2);
  EXPECT_EQ(d.at("column"), 13);
  EXPECT_EQ(d.at("fixes").at(0).at("replacement"), "==");
  EXPECT_EQ(d.at("fixes").at(0).at("span").at("end"), 23);
  EXPECT_TRUE(d.at("related").is_array());
  EXPECT_TRUE(d.at("candidates").is_array());
  EXPECT_TRUE(d.at("hints").is_array());
}

struct mended {
  std::string before;
  std::string after;
};

TEST(Fixes, MakeForeignQueriesOurs) {
  const auto cases = std::vector<mended>{
    {"FROM t |> WHERE a = 1 && b <> 2 |> ORDER BY c DESC |> TAKE 5",
     "SOURCE t |> FILTER a == 1 AND b != 2 |> SORT c DESC |> LIMIT 5"},
    {"SOURCE t | DERIVE c = a + 1 | FLITER c == NULL",
     "SOURCE t |> EXTEND a + 1 AS c |> FILTER c IS NULL"},
    {"t |> AGGREGATE SUM(a) total BY \"b\"",
     "SOURCE t |> AGGREGATE SUM(a) AS total BY 'b'"},
    {"SOURCE t WHERE !a LIMIT 3", "SOURCE t |> FILTER NOT a |> LIMIT 3"},
  };
  for (const auto& c : cases) {
    auto text = c.before;
    for (auto round = 0; round < 3 && !parse(text).query; ++round)
      text = apply_fixes(text, parse(text).diagnostics);
    EXPECT_EQ(text, c.after);
  }
}

TEST(Fixes, LeaveDoubtfulOnesAlone) {
  const auto source = std::string{"SOURCE t |> TOP 3 BY a"};
  EXPECT_EQ(apply_fixes(source, parse(source).diagnostics), source);
  EXPECT_EQ(apply_fixes(source, parse(source).diagnostics, 0.5),
            "SOURCE t |> TOP 3 BY a DESC");
}

} // namespace
} // namespace aura::dsl
