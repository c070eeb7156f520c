#include "kernels/text/linker.hpp"

#include "kernels/text/moments.hpp"

#include <gtest/gtest.h>

namespace aura::text {
namespace {

const schema::table& rooms() {
  static const auto table = [] {
    schema::table t;
    t.name = "rooms";
    schema::column c;
    c.name = "room";
    for (auto value : {"Living Room", "Living Room East", "Kitchen", "ok"})
      c.values.push_back({std::string{value}, ""});
    t.columns.push_back(c);
    return t;
  }();
  return table;
}

std::string linked(std::string_view question) {
  std::string result;
  for (const auto& x : link(question, {&rooms()}))
    result += (result.empty() ? "" : " | ")
              + std::string{static_cast<char>(x.kind)} + x.value;
  return result;
}

TEST(Link, FindsWhatIsSaid) {
  const std::pair<const char*, const char*> cases[] = {
    {"", ""},
    {"no literals here", ""},
    // Numbers.
    {"over 24 and 3.5, at most 1,000", "#24 | #3.5 | #1000"},
    {"12,34 and 1,000,000.5", "#12 | #34 | #1000000.5"},
    {"co2 of x9 and 7th", "#7"},
    {"top five of twenty", "#5 | #20"},
    {"often tense", ""},
    {"2 kWh.", "#2"},
    // Texts.
    {"in the living room east", "$Living Room East"},
    {"in 'Iron Maiden' or \"it's\"", "$Iron Maiden | $it's"},
    {"the device's room isn't ok", "$ok"},
    {"booking kitchens", ""},
    {"an 'open quote", ""},
    // Moments.
    {"on 2024-03-05", "@2024-03-05"},
    {"at 2024-03-05 08:15", "@2024-03-05 08:15:00"},
    {"at 2024-03-05T08:15:30", "@2024-03-05 08:15:30"},
    {"on 5 March 2024 or March 15th, 2024", "@2024-03-05 | @2024-03-15"},
    {"in March 2024 and sep 2023", "@2024-03 | @2023-09"},
    {"in 2024-03", "@2024-03"},
    {"Q1 2024, 2024-Q4, the third quarter of 2023",
     "@2024-Q1 | @2024-Q4 | @2023-Q3"},
    {"in 2024 and from 2023 to 2025", "@2024 | @2023 | @2025"},
    {"over 2024 W, up to 2000", "#2024 | #2000"},
    {"in 2024.5", "#2024.5"},
    {"2024-13-01", "#2024 | #13 | #01"},
    {"marching 2024", "#2024"},
  };
  for (const auto& [question, wanted] : cases)
    EXPECT_EQ(linked(question), wanted) << question;
}

TEST(Link, CoversTheBytesItMeans) {
  const std::string question = "in March 2024 over 24";
  const auto found = link(question, {});
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(question.substr(found[0].start, found[0].end - found[0].start),
            "March 2024");
  EXPECT_EQ(question.substr(found[1].start, found[1].end - found[1].start),
            "24");
}

TEST(ReadMoment, LeavesYearsAlone) {
  EXPECT_FALSE(read_moment("2024"));
  EXPECT_FALSE(read_moment("March"));
  EXPECT_FALSE(read_moment("Q5 2024"));
  EXPECT_FALSE(read_moment(""));
}

} // namespace
} // namespace aura::text
