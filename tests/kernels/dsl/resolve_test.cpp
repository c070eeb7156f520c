#include "kernels/dsl/codes.hpp"
#include "kernels/dsl/compile.hpp"
#include "kernels/dsl/parser.hpp"
#include "kernels/dsl/printer.hpp"
#include "kernels/dsl/resolve.hpp"
#include "kernels/dsl/scope.hpp"
#include "kernels/dsl/spelling.hpp"
#include "kernels/schema/load.hpp"
#include "tests/kernels/dsl/golden.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace aura::dsl {

namespace {

namespace fs = std::filesystem;

schema::schema load(const char* file) {
  auto loaded = schema::load(fs::path{AURA_SOURCE_DIR} / file);
  EXPECT_TRUE(loaded) << loaded.error().message;
  return loaded ? *loaded : schema::schema{};
}

schema::schema house() {
  return load("configs/schemas/smart_home.yaml");
}

schema::schema lab() {
  return load("tests/golden/dsl/lab.yaml");
}

compile_options at_noon() {
  auto result = compile_options{};
  result.now = "2024-06-15 12:00:00";
  return result;
}

TEST(Resolve, PlansReadAsReviewed) {
  const auto s = lab();
  testing::check_golden(
    fs::path{AURA_SOURCE_DIR} / "tests/golden/dsl/plans.golden",
    [&](const std::string& source) {
      const auto read = parse(source);
      if (!read.query)
        return read.diagnostics.front().message;
      const auto found = resolve(*read.query, s, at_noon());
      return found.query ? plan::dump(*found.query)
                         : found.diagnostics.front().message;
    });
}

TEST(Resolve, SpellsAsTheSchemaDoes) {
  const auto folder = fs::path{AURA_SOURCE_DIR} / "tests/golden/dsl";
  const auto lab = schema::load(folder / "lab.yaml");
  ASSERT_TRUE(lab) << lab.error().message;
  testing::check_golden(folder / "spelled.golden", [&](std::string_view input) {
    const auto read = parse(input);
    if (!read.query)
      return read.diagnostics.front().message;
    const auto mended = parse(respelled(input, *read.query, *lab));
    if (!mended.query)
      return mended.diagnostics.front().message;
    auto result = print(canonical(*mended.query));
    EXPECT_EQ(respelled(result, *parse(result).query, *lab), result);
    return result;
  });
}

TEST(Resolve, EachKindOfDiagnosticHasAnExampleThatShowsIt) {
  const auto s = house();
  for (const auto& entry : meaning_codes()) {
    if (entry.example.empty())
      continue;
    const auto found = compile(entry.example, s, at_noon());
    const auto shown = std::any_of(
      found.diagnostics.begin(), found.diagnostics.end(), [&](const auto& d) {
        return d.code == entry.code && d.severity == entry.severity;
      });
    EXPECT_TRUE(shown) << entry.code << ": " << entry.example;
  }
}

TEST(Resolve, EveryCodeOfTheGoldenFilesIsInTheCatalogue) {
  auto known = std::set<std::string, std::less<>>{};
  for (const auto& entry : meaning_codes())
    EXPECT_TRUE(known.insert(std::string{entry.code}).second) << entry.code;
  for (const auto& entry : syntax_codes())
    known.insert(std::string{entry.code});
  const auto folder = fs::path{AURA_SOURCE_DIR} / "tests/golden/dsl/sql";
  for (const auto& file : fs::directory_iterator{folder}) {
    auto in = std::ifstream{file.path()};
    for (std::string line; std::getline(in, line);)
      if (line.starts_with("! ")) {
        EXPECT_TRUE(known.contains(line.substr(2, 9))) << line;
      }
  }
}

TEST(Resolve, ReportsAtMostAHundredDiagnostics) {
  auto source = std::string{"SOURCE devices"};
  for (auto i = 0; i < 300; ++i)
    source += " |> FILTER nothing == " + std::to_string(i);
  EXPECT_EQ(compile(source, house(), at_noon()).diagnostics.size(), 100u);
}

TEST(Resolve, RefusesSqlThatWouldGrowWithoutBounds) {
  // Each step of months names its date twice.
  auto date = std::string{"timestamp"};
  for (auto i = 0; i < 40; ++i)
    date = "DATE_ADD(" + date + ", co2, 'month')";
  const auto found = compile("SOURCE climate_stats |> SELECT " + date + " AS d",
                             house(), at_noon());
  ASSERT_EQ(found.diagnostics.size(), 1u);
  EXPECT_EQ(found.diagnostics[0].code, "AUR-E0298");
  EXPECT_FALSE(found.compiled);
}

TEST(Resolve, RefusesWhatIsTooWide) {
  const auto columns = [](int count) {
    auto source = std::string{"SOURCE devices |> SELECT room AS r0"};
    for (auto i = 1; i < count; ++i)
      source += ", room AS r" + std::to_string(i);
    return compile(source, house(), at_noon());
  };
  EXPECT_TRUE(columns(2000).compiled);
  const auto found = columns(2001);
  ASSERT_EQ(found.diagnostics.size(), 1u);
  EXPECT_EQ(found.diagnostics[0].code, "AUR-E0297");
}

TEST(Resolve, CountsTheOperatorsOfLets) {
  const auto lets = [](int count) {
    auto source = std::string{};
    for (auto i = 0; i < count; ++i)
      source += "LET l" + std::to_string(i) + " = SOURCE devices; ";
    return compile(source + "SOURCE devices", house(), at_noon());
  };
  EXPECT_TRUE(lets(500).compiled);
  const auto found = lets(501);
  ASSERT_FALSE(found.diagnostics.empty());
  EXPECT_EQ(found.diagnostics[0].code, "AUR-E0122");
}

TEST(Resolve, TranslatesFourHundredStages) {
  auto source = std::string{"SOURCE devices |> SORT id"};
  for (auto i = 0; i < 200; ++i)
    source += " |> LIMIT 1000 |> FILTER rated_power > 0";
  const auto found = compile(source, house(), at_noon());
  ASSERT_TRUE(found.compiled);
  EXPECT_NE(found.compiled->sql.find("q200"), std::string::npos);
}

TEST(Visible, FollowsTheStagesOfAQuery) {
  const auto s = lab();
  const auto names = [&](const char* source) {
    const auto read = parse(source);
    const auto found = visible_after(*read.query, s);
    auto text = std::string{};
    if (!found)
      return std::string{"errors"};
    for (const auto& column : found->columns)
      text += column.alias + "." + column.name + " ";
    for (const auto& table : found->tables)
      text += "/" + table.alias + "=" + table.table->name;
    return text;
  };
  EXPECT_EQ(names("SOURCE buildings"),
            "buildings.id buildings.city buildings.opened "
            "/buildings=buildings");
  EXPECT_EQ(names("SOURCE buildings AS b |> EXTEND id AS n |> DROP id"),
            "b.city b.opened .n /b=buildings");
  EXPECT_EQ(names("SOURCE readings |> AGGREGATE SUM(value) BY sensor.room"),
            ".room .sum_value ");
  EXPECT_EQ(names("SOURCE sensors |> JOIN buildings |> DROP room"),
            "sensors.id sensors.name sensors.building_id sensors.spare_id "
            "sensors.active buildings.id buildings.city buildings.opened "
            "/sensors=sensors/buildings=buildings");
  EXPECT_EQ(names("SOURCE readings |> FILTER nothing == 1"), "errors");
}

TEST(Visible, KnowsTheDeclaredColumnBehindACopy) {
  const auto s = lab();
  const auto read
    = parse("SOURCE readings |> AGGREGATE COUNT() BY sensor.room AS place");
  const auto found = visible_after(*read.query, s);
  ASSERT_TRUE(found);
  ASSERT_EQ(found->columns.size(), 2u);
  EXPECT_EQ(found->columns[0].origin,
            s.find_table("sensors")->find_column("room"));
  EXPECT_TRUE(found->columns[0].nullable);
  EXPECT_EQ(found->columns[1].type, schema::type::integer);
  EXPECT_EQ(found->columns[1].origin, nullptr);
}

TEST(Names, WithoutAsComeFromColumnsAndAggregates) {
  const auto name = [](const std::string& text) {
    const auto read = parse("SOURCE t |> AGGREGATE " + text + " AS x");
    const auto& stage = read.query->main.stages[0];
    return default_name(std::get<aggregate>(stage.what).items[0].value);
  };
  EXPECT_EQ(name("SUM(kwh)"), "sum_kwh");
  EXPECT_EQ(name("SUM(device.kwh)"), "sum_kwh");
  EXPECT_EQ(name("COUNT()"), "count");
  EXPECT_EQ(name("COUNT(DISTINCT room)"), "count_room");
  EXPECT_EQ(name("PERCENTILE(kwh, 0.9)"), "percentile_kwh");
  EXPECT_EQ(name("SUM(kwh WHERE kwh > 1)"), "");
  EXPECT_EQ(name("ARG_MAX(room, kwh)"), "");
  EXPECT_EQ(name("SUM(kwh) / 2"), "");
}

} // namespace

} // namespace aura::dsl
