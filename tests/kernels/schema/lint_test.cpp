#include "kernels/schema/lint.hpp"

#include "kernels/schema/import.hpp"
#include "kernels/schema/load.hpp"
#include "kernels/schema/seed.hpp"
#include "kernels/sql/writer.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <set>

namespace aura::schema {

namespace {

constexpr auto declared = R"(schema: home
tables:
  devices:
    primary-key: [room, slot]
    unique: [code]
    columns:
      room: {type: text, values: [Kitchen, Hall]}
      slot: {type: integer, range: [1, 9]}
      code: {type: text, nullable: true}
      since: {type: date, range: ['2020-01-01', '2024-12-31']}
      gone: {type: integer}
  readings:
    columns:
      room: {type: text}
      slot: {type: integer}
      at: {type: timestamp, range: ['2024-01-01', '2024-12-31']}
      kwh: {type: real, synonyms: [room]}
      stamp: {type: timestamp, format: epoch-seconds, range: ['2024-01-01', '2024-12-31']}
    relations:
      device: {to: devices, match: room == room AND slot == slot}
  lost:
    primary-key: id
    columns:
      id: {type: integer}
)";

/// What lint says about `declared` over a database that these statements
/// build, a line each.
std::string lint_of(const std::string& sql) {
  const auto s = parse(declared, "home.yaml");
  EXPECT_TRUE(s) << s.error().message;
  auto built = sql::writer::create();
  EXPECT_TRUE(built);
  const auto done = built->execute(sql);
  EXPECT_TRUE(done) << done.error().message;
  const auto image = built->image();
  auto database = sql::catalog::open_image(*image);
  EXPECT_TRUE(database);
  const auto found = lint(*s, *database);
  EXPECT_TRUE(found) << found.error().message;
  std::string lines;
  for (const auto& x : *found)
    lines += x.where + (x.error ? ": error: " : ": ") + x.message + " ["
             + x.code + " " + std::to_string(x.rows) + "]\n";
  return lines;
}

TEST(Lint, HoldsDataAgainstTheSchema) {
  EXPECT_EQ(
    lint_of(R"(
      CREATE TABLE devices (room TEXT, slot INT, code TEXT, since TEXT);
      CREATE TABLE Readings (room TEXT, slot INT, at TEXT, kwh REAL, stamp INT);
      INSERT INTO devices VALUES
        ('Kitchen', 1, NULL, '2024-01-01'), ('Kitchen', 1, NULL, '2024-01-01'),
        ('Hall', 2, 'x', '2025-01-01'), ('hall', 10, 'x', 'soon'),
        (NULL, 'two', 'y', x'00');
      INSERT INTO readings VALUES
        ('Hall', 2, '2024-12-31 23:59:59', 1.5, 1704067200),
        ('Hall', 3, '2025-01-01 00:00:00', 2, 1704067199),
        (NULL, 4, '2024-05-05T00:00:00', 'much', 'now');)"),
    R"(readings: no primary key: no order of its rows is total [no_key 0]
readings.kwh: 'room' stands for 'room', too [wording 0]
devices.room: error: 1 row is NULL in a column that is not nullable [null 1]
devices.room: 1 row has a value that is not declared, such as 'hall' [undeclared_value 1]
devices.slot: error: 1 text in a column of type integer [storage 1]
devices.slot: 1 row lies outside the range, such as 10 [outside_range 1]
devices.since: error: 1 BLOB in a column of type date [storage 1]
devices.since: 1 row lies outside the range, such as '2025-01-01' [outside_range 1]
devices.since: 1 row holds no date [not_a_date 1]
devices.gone: error: the database has no such column [missing_column 0]
devices: error: 1 row repeats the key (room, slot) [duplicate_key 1]
devices: error: 1 row repeats the key (code) [duplicate_key 1]
readings.room: error: 1 row is NULL in a column that is not nullable [null 1]
readings.at: 1 row lies outside the range, such as '2025-01-01 00:00:00' [outside_range 1]
readings.kwh: error: 1 text in a column of type real [storage 1]
readings.stamp: error: 1 text in a column of type timestamp [storage 1]
readings.stamp: 1 row lies outside the range, such as 1704067199 [outside_range 1]
readings.stamp: 1 row holds no date [not_a_date 1]
readings.device: 1 row matches nothing in 'devices' [orphans 1]
lost: error: the database has no such table [missing_table 0]
)");
}

TEST(Lint, FindsNothingInTheSchemasThatShip) {
  for (const auto* name : {"smart_home.yaml", "shop.yaml"}) {
    const auto s = load(std::filesystem::path{AURA_SOURCE_DIR} / "configs"
                        / "schemas" / name);
    ASSERT_TRUE(s);
    const auto image = seed(*s, {});
    ASSERT_TRUE(image);
    auto database = sql::catalog::open_image(*image);
    ASSERT_TRUE(database);
    const auto found = lint(*s, *database);
    ASSERT_TRUE(found) << found.error().message;
    for (const auto& x : *found)
      ADD_FAILURE() << x.where << ": " << x.message;
  }
}

TEST(Lint, SeesWhatAStateIsMadeOf) {
  const auto s = load(std::filesystem::path{AURA_SOURCE_DIR} / "configs"
                      / "schemas" / "smart_home.yaml");
  ASSERT_TRUE(s);
  const auto codes_in = [&](state_kind kind) {
    auto options = state_options{};
    options.kind = kind;
    const auto image = seed(*s, options);
    auto database = sql::catalog::open_image(*image);
    const auto found = lint(*s, *database);
    EXPECT_TRUE(found);
    std::set<std::string> codes;
    for (const auto& x : *found) {
      EXPECT_FALSE(x.error) << x.where << ": " << x.message;
      codes.insert(x.code);
    }
    return codes;
  };
  using codes = std::set<std::string>;
  EXPECT_EQ(codes_in(state_kind::ties), codes{});
  EXPECT_EQ(codes_in(state_kind::nulls), codes{});
  EXPECT_EQ(codes_in(state_kind::extremes), codes{});
  EXPECT_EQ(codes_in(state_kind::orphans), codes{"orphans"});
  EXPECT_EQ(codes_in(state_kind::boundaries),
            (codes{"outside_range", "undeclared_value"}));
}

TEST(Lint, AcceptsWhatImportWrites) {
  const auto file = std::filesystem::path{AURA_SOURCE_DIR} / ".." / "shared"
                    / "data" / "chinook" / "chinook.sqlite";
  if (!std::filesystem::exists(file))
    GTEST_SKIP() << "no chinook.sqlite beside the source";
  const auto found = import_database(file);
  ASSERT_TRUE(found);
  auto database = sql::catalog::open(file);
  ASSERT_TRUE(database);
  const auto findings = lint(found->schema, *database);
  ASSERT_TRUE(findings);
  for (const auto& x : *findings)
    ADD_FAILURE() << x.where << ": " << x.message;
}

} // namespace

} // namespace aura::schema
