#include "kernels/infill/verbaliser.hpp"

#include "kernels/dsl/printer.hpp"
#include "kernels/infill/faithful.hpp"
#include "kernels/skeleton/sampler.hpp"
#include "kernels/skeleton/walk.hpp"
#include "tests/kernels/infill/support.hpp"

#include <algorithm>
#include <set>
#include <unordered_map>

namespace aura::infill {
namespace {

using testing::load;
using testing::parse;

dsl::query sampled(const schema::schema& s, std::uint64_t row) {
  auto options = skeleton::sampler_options{};
  options.now = testing::now;
  auto random = random_stream{9, "verbaliser test", row};
  return skeleton::sample(s, options, random);
}

TEST(Verbaliser, SaysEveryValueInEveryRegister) {
  for (const auto* name : {"smart_home.yaml", "shop.yaml"}) {
    const auto s = load(name);
    for (auto row = 0u; row < 1500; ++row) {
      const auto query = sampled(s, row);
      for (auto style : registers) {
        auto random = random_stream{9, "words", row};
        const auto question = verbalise(query, s, style, random);
        ASSERT_TRUE(question)
          << question.error().message << ": " << dsl::print(query);
        const auto good = faithful(*question, query, s);
        EXPECT_TRUE(good) << *question << "\n" << dsl::print(query);
        EXPECT_EQ(question->find("  "), std::string::npos) << *question;
        EXPECT_EQ(question->find(" ,"), std::string::npos) << *question;
        EXPECT_EQ(question->find("the the"), std::string::npos) << *question;
      }
    }
  }
}

TEST(Verbaliser, DependsOnItsStreamOnly) {
  const auto s = load("smart_home.yaml");
  for (auto row = 0u; row < 100; ++row) {
    const auto query = sampled(s, row);
    auto a = random_stream{9, "words", row};
    auto b = random_stream{9, "words", row};
    EXPECT_EQ(*verbalise(query, s, register_kind::casual, a),
              *verbalise(query, s, register_kind::casual, b));
  }
}

TEST(Verbaliser, NamesWhatItHasNoWordsFor) {
  const auto s = load("smart_home.yaml");
  struct refused_case {
    const char* query;
    const char* message;
  };
  const refused_case cases[] = {
    {"LET x = SOURCE devices; SOURCE x", "no words for LET"},
    {"SOURCE nowhere", "no words for rows of 'nowhere'"},
    {"SOURCE (SOURCE devices)", "no words for a query as a source"},
    {"SOURCE devices |> JOIN energy_consumption", "no words for an operator"},
    {"SOURCE devices |> SELECT colour", "no words for the column 'colour'"},
    {"SOURCE devices |> FILTER home.city == 'x'",
     "no words for the column 'home.city'"},
    {"SOURCE devices |> AGGREGATE STRING_AGG(name, ',')",
     "no words for the function STRING_AGG"},
  };
  for (const auto& x : cases) {
    auto random = random_stream{1, "refused"};
    const auto question
      = verbalise(parse(x.query), s, register_kind::formal, random);
    ASSERT_FALSE(question) << x.query;
    EXPECT_EQ(question.error().code, errc::unsupported);
    EXPECT_EQ(question.error().message, x.message);
  }
}

TEST(Verbaliser, NeverAsksTwoQueriesWithOneQuestion) {
  const auto s = load("smart_home.yaml");
  auto asked = std::unordered_map<std::string, std::string>{};
  for (auto row = 0u; row < 40000; ++row) {
    const auto query = sampled(s, row);
    auto random = random_stream{9, "words", row};
    const auto style = registers[random.below(registers.size())];
    const auto question = verbalise(query, s, style, random);
    ASSERT_TRUE(question);
    const auto text = dsl::print(query);
    const auto [entry, fresh] = asked.emplace(*question, text);
    EXPECT_EQ(entry->second, text) << *question;
  }
}

// -- near misses: one edit of the query must change every way to ask ---------

void flip(dsl::expr& x, const char* from, const char* to, bool& done) {
  if (!done
      && (x.kind == dsl::expr_kind::binary || x.kind == dsl::expr_kind::call)
      && x.text == from) {
    x.text = to;
    done = true;
  }
}

// The queries that differ from `x` by one small edit.
std::vector<dsl::query> neighbours(const dsl::query& x) {
  static constexpr std::pair<const char*, const char*> edits[]
    = {{">", ">="},
       {">=", ">"},
       {"<", "<="},
       {"<=", "<"},
       {"==", "!="},
       {"!=", "=="},
       {"AND", "OR"},
       {"OR", "AND"},
       {"SUM", "AVG"},
       {"AVG", "SUM"},
       {"MIN", "MAX"},
       {"MAX", "MIN"},
       {"AVG", "MEDIAN"},
       {"/", "*"},
       {"-", "+"},
       {"MONTH", "WEEK"},
       {"DAY", "DAY_OF_WEEK"},
       {"HOUR", "DAY"},
       {"STARTS_WITH", "ENDS_WITH"},
       {"CONTAINS", "STARTS_WITH"}};
  auto result = std::vector<dsl::query>{};
  const auto keep = [&](dsl::query y) {
    if (!(y == x))
      result.push_back(std::move(y));
  };
  for (const auto& [from, to] : edits) {
    auto y = x;
    auto done = false;
    skeleton::walk(
      y, skeleton::visitor{[&](dsl::expr& e) { flip(e, from, to, done); },
                           [](auto&) {}});
    keep(std::move(y));
  }
  auto distinct = x;
  auto negated = x;
  auto unconditional = x;
  skeleton::walk(distinct, skeleton::visitor{[](dsl::expr& e) {
                                               if (e.text == "COUNT"
                                                   && !e.arguments.empty())
                                                 e.distinct = !e.distinct;
                                             },
                                             [](auto&) {}});
  skeleton::walk(negated,
                 skeleton::visitor{[](dsl::expr& e) {
                                     using dsl::expr_kind;
                                     if (e.kind == expr_kind::is_null
                                         || e.kind == expr_kind::in_list
                                         || e.kind == expr_kind::between
                                         || e.kind == expr_kind::like
                                         || e.kind == expr_kind::during)
                                       e.negated = !e.negated;
                                   },
                                   [](auto&) {}});
  skeleton::walk(
    unconditional,
    skeleton::visitor{[](dsl::expr& e) { e.condition.clear(); }, [](auto&) {}});
  keep(std::move(distinct));
  keep(std::move(negated));
  keep(std::move(unconditional));
  for (std::size_t i = 0; i < x.main.stages.size(); ++i) {
    auto reversed = x;
    auto& what = reversed.main.stages[i].what;
    if (auto* by = std::get_if<dsl::sort>(&what))
      by->keys[0].descending = !by->keys[0].descending;
    if (auto* best = std::get_if<dsl::top>(&what))
      best->by[0].descending = !best->by[0].descending;
    if (auto* groups = std::get_if<dsl::aggregate>(&what);
        groups && !groups->keys.empty())
      groups->keys.pop_back();
    keep(std::move(reversed));
    // Later stages may name what this one made.
    const auto dropped = [&] {
      auto y = x;
      y.main.stages.erase(y.main.stages.begin()
                          + static_cast<std::ptrdiff_t>(i));
      return y;
    };
    if (!std::holds_alternative<dsl::aggregate>(x.main.stages[i].what)
        && !std::holds_alternative<dsl::extend>(x.main.stages[i].what)
        && !std::holds_alternative<dsl::select>(x.main.stages[i].what))
      keep(dropped());
  }
  return result;
}

std::set<std::string> ways_to_ask(const dsl::query& x,
                                  const schema::schema& s) {
  auto result = std::set<std::string>{};
  for (auto row = 0u; row < 40; ++row) {
    auto random = random_stream{5, "ways", row};
    const auto question
      = verbalise(x, s, registers[row % registers.size()], random);
    if (question)
      result.insert(*question);
  }
  return result;
}

TEST(Verbaliser, TellsEveryQueryFromItsNeighbours) {
  const auto s = load("smart_home.yaml");
  auto compared = 0;
  for (auto row = 0u; row < 160; ++row) {
    const auto query = sampled(s, row);
    const auto ours = ways_to_ask(query, s);
    for (const auto& other : neighbours(query)) {
      const auto theirs = ways_to_ask(other, s);
      compared += !theirs.empty();
      for (const auto& question : theirs)
        EXPECT_FALSE(ours.contains(question)) << question << "\n"
                                              << dsl::print(query) << "\n"
                                              << dsl::print(other);
    }
  }
  EXPECT_GT(compared, 400);
}

} // namespace
} // namespace aura::infill
