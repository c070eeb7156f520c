#include "kernels/dsl/explain.hpp"

#include "kernels/base/json.hpp"
#include "kernels/dsl/lineage.hpp"
#include "kernels/dsl/parser.hpp"
#include "kernels/dsl/resolve.hpp"
#include "kernels/dsl/respell.hpp"
#include "kernels/schema/load.hpp"
#include "tests/kernels/dsl/golden.hpp"

#include <gtest/gtest.h>

namespace aura::dsl {
namespace {

const auto folder
  = std::filesystem::path{AURA_SOURCE_DIR} / "tests" / "golden" / "dsl";

const schema::schema& lab() {
  static const auto loaded = schema::load(folder / "lab.yaml");
  return *loaded;
}

compile_options at_noon() {
  auto result = compile_options{};
  result.now = "2024-06-15 12:00:00";
  return result;
}

lineage lineage_over_lab(const std::string& source) {
  const auto read = parse(source);
  EXPECT_TRUE(read.query) << render(read.diagnostics, source, "query");
  const auto found = resolve(*read.query, lab(), at_noon());
  EXPECT_TRUE(found.query) << render(found.diagnostics, source, "query");
  return found.query ? lineage_of(*found.query) : lineage{};
}

TEST(Explain, ReadsAsReviewed) {
  testing::check_golden(folder / "explain.golden", [](const auto& source) {
    const auto found = explain(source, lab(), at_noon());
    return found.pipelines.empty() ? render(found.diagnostics, source, "query")
                                   : render(found);
  });
}

TEST(Explain, JsonSaysTheSame) {
  const auto text = std::string{
    "SOURCE sensors |> AGGREGATE COUNT() BY room |> SORT count DESC, room |> "
    "LIMIT 3"};
  const auto json
    = nlohmann::json::parse(render_json(explain(text, lab(), at_noon())));
  const auto& pipelines = json.at("pipelines");
  ASSERT_EQ(pipelines.size(), 1u);
  EXPECT_EQ(pipelines[0].at("title"), "query");
  const auto& stages = pipelines[0].at("stages");
  ASSERT_EQ(stages.size(), 4u);
  EXPECT_EQ(stages[1].at("operator"), "AGGREGATE COUNT() BY room");
  EXPECT_EQ(stages[1].at("span"), nlohmann::json({{"start", 15}, {"end", 43}}));
  EXPECT_EQ(stages[1].at("unique"), nlohmann::json::parse(R"([["room"]])"));
  EXPECT_TRUE(stages[1].at("at_most").is_null());
  EXPECT_EQ(stages[3].at("at_most"), 3);
  EXPECT_EQ(stages[3].at("order")[0],
            nlohmann::json::parse(
              R"({"column":"count","descending":true,"nulls_first":false})"));
  EXPECT_EQ(
    stages[3].at("columns")[0],
    nlohmann::json::parse(
      R"({"name":"room","alias":"","type":"TEXT","nullable":true,"unit":""})"));
}

TEST(Lineage, ReadsAsReviewed) {
  testing::check_golden(folder / "lineage.golden", [](const auto& source) {
    return render(lineage_over_lab(source));
  });
}

TEST(Lineage, JsonSaysTheSame) {
  EXPECT_EQ(render_json(lineage_over_lab(
              "SOURCE readings |> FILTER count > 1 |> AGGREGATE SUM(value) BY "
              "sensor.room")),
            R"({"outputs":[{"column":"room","type":"TEXT","values":[{"table":)"
            R"("sensors","column":"room","how":"identity"}],"influences":[{)"
            R"("table":"readings","column":"sensor_id","how":"join"},{"table":)"
            R"("sensors","column":"id","how":"join"}]},{"column":"sum_value",)"
            R"("type":"REAL","values":[{"table":"readings","column":"value",)"
            R"("how":"aggregation"}],"influences":[]}],"rows":[{"table":)"
            R"("readings","column":"count","how":"filter"},{"table":)"
            R"("readings","column":"sensor_id","how":"join"},{"table":)"
            R"("sensors","column":"id","how":"join"},{"table":"sensors",)"
            R"("column":"room","how":"group"}],"tables":["readings",)"
            R"("sensors"]})");
}

TEST(Respell, SaysNamesAsTheSchemaDoes) {
  const struct {
    const char* before;
    const char* after;
  } cases[] = {
    {"SOURCE Readings |> FILTER READINGS.Value > 1 |> SELECT Sensor.ROOM, ID",
     "SOURCE readings |> FILTER value > 1 |> SELECT sensor.room, id"},
    {"SOURCE readings AS R |> AGGREGATE SUM(r.value) BY r.sensor.room",
     "SOURCE readings AS R |> AGGREGATE SUM(value) BY sensor.room"},
    // Of two columns of one name each needs its qualifier.
    {"SOURCE sensors |> JOIN buildings ON SENSORS.building_id == Buildings.id "
     "|> SELECT Sensors.ID, Buildings.City",
     "SOURCE sensors |> JOIN buildings ON building_id == buildings.id "
     "|> SELECT sensors.id, city"},
    {"SOURCE events |> FILTER Day == DATE '2024-01-31' AND day < TODAY()",
     "SOURCE events |> FILTER day == '2024-01-31' AND day < TODAY()"},
    {"LET Big = SOURCE readings; SOURCE BIG /* all */ |> FILTER $p == ID",
     "LET Big = SOURCE readings; SOURCE Big /* all */ |> FILTER $p == id"},
    {"SOURCE `order items` |> SELECT `SELECT`",
     "SOURCE `Order Items` |> SELECT Select"},
    // What has errors stays.
    {"SOURCE Readings |> FILTER nothing > 1",
     "SOURCE Readings |> FILTER nothing > 1"},
    {"SOURCE Readings |> FILTER", "SOURCE Readings |> FILTER"},
  };
  for (const auto& x : cases) {
    EXPECT_EQ(respelled(x.before, lab(), at_noon()), x.after);
    EXPECT_EQ(respelled(x.after, lab(), at_noon()), x.after);
  }
}

TEST(Respell, ChangesNoMeaning) {
  for (const auto* file : {"explain.golden", "lineage.golden", "plans.golden"})
    for (const auto& c : testing::read_golden(folder / file)) {
      const auto read = parse(c.input);
      if (!read.query)
        continue;
      const auto found = resolve(*read.query, lab(), at_noon());
      if (!found.query)
        continue;
      const auto text = respelled(c.input, lab(), at_noon());
      const auto again = parse(text);
      ASSERT_TRUE(again.query) << text;
      const auto same = resolve(*again.query, lab(), at_noon());
      ASSERT_TRUE(same.query) << text;
      EXPECT_EQ(plan::dump(*found.query), plan::dump(*same.query)) << text;
    }
}

TEST(Lineage, EveryOutputOfTheCorpusHasAKnownColumn) {
  // Whatever a query does, its lineage names declared columns only.
  for (const auto* file : {"explain.golden", "lineage.golden", "plans.golden"})
    for (const auto& c : testing::read_golden(folder / file)) {
      const auto read = parse(c.input);
      if (!read.query)
        continue;
      const auto found = resolve(*read.query, lab(), at_noon());
      if (!found.query)
        continue;
      const auto x = lineage_of(*found.query);
      EXPECT_EQ(x.outputs.size(), found.query->pipelines.back().columns.size());
      const auto check = [&](const std::vector<lineage_source>& sources) {
        for (const auto& source : sources) {
          const auto* table = lab().find_table(source.table);
          ASSERT_NE(table, nullptr) << c.input;
          EXPECT_NE(table->find_column(source.column), nullptr) << c.input;
        }
      };
      check(x.rows);
      for (const auto& output : x.outputs) {
        check(output.values);
        check(output.influences);
      }
    }
}

} // namespace
} // namespace aura::dsl
