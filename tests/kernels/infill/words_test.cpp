#include "kernels/infill/diversity.hpp"
#include "kernels/infill/literals.hpp"
#include "kernels/infill/nouns.hpp"
#include "kernels/infill/sentence.hpp"
#include "tests/kernels/infill/support.hpp"

#include <set>

namespace aura::infill {
namespace {

using testing::load;
using strings = std::vector<std::string>;

TEST(Nouns, SplitIdentifiersIntoWords) {
  const std::pair<const char*, const char*> cases[] = {
    {"rated_power", "rated power"},
    {"kwh", "kwh"},
    {"UnitPrice", "unit price"},
    {"InvoiceId", "invoice id"},
    {"CO2", "CO2"},
    {"Order Details", "order details"},
    {"_x__y_", "x y"},
    {"", ""},
  };
  for (const auto& [identifier, words] : cases)
    EXPECT_EQ(spaced(identifier), words) << identifier;
}

TEST(Nouns, AreThoseThatMeanOneColumnOnly) {
  const auto s = load("smart_home.yaml");
  const auto& devices = *s.find_table("devices");
  EXPECT_EQ(nouns_of(devices, *devices.find_column("rated_power")),
            (strings{"rated power", "wattage"}));
  // A dangling preposition comes last.
  EXPECT_EQ(nouns_of(devices, *devices.find_column("installed_on")),
            (strings{"installation date", "setup date", "installed on"}));
  auto t = schema::table{};
  t.name = "t";
  t.columns.resize(2);
  t.columns[0].name = "a";
  t.columns[0].synonyms = {"amount", "b"};
  t.columns[1].name = "b";
  t.columns[1].synonyms = {"Amount"};
  EXPECT_EQ(nouns_of(t, t.columns[0]), strings{"a"});
  EXPECT_EQ(nouns_of(t, t.columns[1]), strings{"b"});
}

TEST(Nouns, CallRowsInThePlural) {
  const auto s = load("smart_home.yaml");
  EXPECT_EQ(rows_of(s, *s.find_table("devices")),
            (strings{"devices", "gadgets", "smart devices"}));
  EXPECT_EQ(rows_of(s, *s.find_table("energy_consumption")),
            (strings{"energy consumption records", "energy consumption entries",
                     "energy readings", "power usage records"}));
}

TEST(Nouns, NoTwoTablesShareTheirRows) {
  for (const auto* name : {"smart_home.yaml", "shop.yaml"}) {
    const auto s = load(name);
    auto seen = std::set<std::string>{};
    for (const auto& t : s.tables)
      for (const auto& rows : rows_of(s, t))
        EXPECT_TRUE(seen.insert(rows).second) << rows;
  }
}

TEST(Nouns, CallFlagsWithoutTheirVerb) {
  const auto s = load("smart_home.yaml");
  const auto words = [&](const char* table, const char* column) {
    const auto& t = *s.find_table(table);
    return flag_words(t, *t.find_column(column));
  };
  EXPECT_EQ(words("devices", "is_online"), strings{"online"});
  EXPECT_EQ(words("lighting_states", "is_on"), strings{"switched on"});
  EXPECT_EQ(words("occupancy", "has_pet"), (strings{"has pet", "pet"}));
}

TEST(Nouns, TurnDescriptionsOfFlagsIntoClauses) {
  auto c = schema::column{};
  c.description = "whether the device is online";
  EXPECT_EQ(clause_of(c, false), "the device is online");
  EXPECT_EQ(clause_of(c, true), "the device is not online");
  c.description = "whether somebody acknowledged the event";
  EXPECT_EQ(clause_of(c, false), "somebody acknowledged the event");
  EXPECT_EQ(clause_of(c, true), "");
  c.description = "online state";
  EXPECT_EQ(clause_of(c, false), "");
}

// All the forms that some stream leads to.
template <class Say>
std::set<std::string> forms(Say say) {
  auto result = std::set<std::string>{};
  for (auto row = 0u; row < 200; ++row) {
    auto random = random_stream{3, "forms", row};
    result.insert(say(random));
  }
  return result;
}

TEST(Literals, SayDatesInTheFormsTheyPromise) {
  using set = std::set<std::string>;
  EXPECT_EQ(forms([](auto& r) { return day_value("2024-03-05", r); }),
            (set{"2024-03-05", "5 March 2024", "March 5, 2024"}));
  EXPECT_EQ(forms([](auto& r) { return day_value("2024-13-05", r); }),
            (set{"2024-13-05"}));
  auto x = dsl::period{};
  x.text = "2024-03";
  EXPECT_EQ(forms([&](auto& r) { return period_noun(x, r); }),
            (set{"2024-03", "March 2024"}));
  x.text = "2024-Q1";
  EXPECT_EQ(forms([&](auto& r) { return period_phrase(x, r); }),
            (set{"in 2024-Q1", "in Q1 2024", "in the first quarter of 2024",
                 "during 2024-Q1", "during Q1 2024",
                 "during the first quarter of 2024"}));
  x.text = "2024";
  EXPECT_EQ(forms([&](auto& r) { return period_phrase(x, r); }),
            (set{"in 2024", "during 2024"}));
}

TEST(Literals, SayRelativePeriods) {
  auto x = testing::parse("SOURCE t |> FILTER d DURING LAST 7 DAYS");
  const auto& when
    = std::get<dsl::filter>(x.main.stages[0].what).predicate.when[0];
  EXPECT_EQ(forms([&](auto& r) { return period_noun(when, r); }),
            (std::set<std::string>{"the last 7 days", "the past 7 days"}));
}

TEST(Literals, QuoteWhatIsNotDeclared) {
  auto c = schema::column{};
  c.values.push_back({std::string{"Kitchen"}, ""});
  EXPECT_EQ(forms([&](auto& r) { return text_value("Kitchen", &c, r); }),
            (std::set<std::string>{"Kitchen", "'Kitchen'"}));
  EXPECT_EQ(forms([&](auto& r) { return text_value("Attic", &c, r); }),
            (std::set<std::string>{"'Attic'"}));
  EXPECT_EQ(quoted("it's"), "\"it's\"");
}

TEST(Sentences, ListWithoutAmbiguity) {
  EXPECT_EQ(listed({}), "");
  EXPECT_EQ(listed({"a"}), "a");
  EXPECT_EQ(listed({"a and b joined"}), "a and b joined");
  EXPECT_EQ(listed({"a", "b"}), "a and b");
  EXPECT_EQ(listed({"a", "b and c joined", "d"}), "a, (b and c joined) and d");
}

TEST(Diversity, CountsWordsAndOpenings) {
  auto x = diversity{};
  x.add("Show the total kwh.");
  x.add("show the total cost above 3.5");
  x.add("show the total cost above 3.5");
  const auto report = x.report(1);
  EXPECT_EQ(report.questions, 3u);
  EXPECT_EQ(report.distinct_questions, 2u);
  EXPECT_EQ(report.words, 18u); // 3.5 is two
  EXPECT_EQ(report.vocabulary, 7u);
  EXPECT_DOUBLE_EQ(report.distinct_1, 7.0 / 18);
  EXPECT_DOUBLE_EQ(report.mean_words, 6.0);
  ASSERT_EQ(report.openings.size(), 1u);
  EXPECT_EQ(report.openings[0].first, "show the total");
  EXPECT_EQ(report.openings[0].second, 3u);
  EXPECT_EQ(diversity{}.report().distinct_1, 0);
}

} // namespace
} // namespace aura::infill
