#include "kernels/schema/load.hpp"

#include "kernels/base/random.hpp"
#include "kernels/schema/check.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <set>

namespace aura::schema {

namespace {

/// A sound schema that the cases below break at one place each.
constexpr auto sound = R"(schema: home
description: One house
tables:
  devices:
    description: things
    synonyms: [gadgets]
    primary-key: id
    unique: [[room, name], serial]
    columns:
      id: {type: text}
      room: {type: text, values: [Kitchen, 'Living Room']}
      name: {type: text}
      serial: {type: integer, nullable: true}
  energy:
    primary-key: [device_id, timestamp]
    columns:
      device_id: {type: text, description: metered device}
      timestamp: {type: timestamp, format: iso-t, range: ['2023-01-01', '2024-12-31']}
      kwh: {type: real, unit: kWh, range: [0, 12], nullable: true, synonyms: [energy, consumption]}
      state: {type: integer, values: {0: off, 1: 'on', 2: }}
      estimated: {type: boolean}
    relations:
      device: {to: devices, match: device_id == id}
)";

/// `sound` with the first `from` replaced by `to`.
std::string broken(std::string_view from, std::string_view to) {
  auto text = std::string{sound};
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(Load, ReadsEveryField) {
  const auto read = parse(sound, "home.yaml");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->name, "home");
  EXPECT_EQ(read->description, "One house");
  ASSERT_EQ(read->tables.size(), 2u);
  const auto& devices = read->tables[0];
  EXPECT_EQ(devices.synonyms, std::vector<std::string>{"gadgets"});
  EXPECT_EQ(devices.primary_key, std::vector<std::string>{"id"});
  EXPECT_EQ(devices.unique, (std::vector<std::vector<std::string>>{
                              {"room", "name"}, {"serial"}}));
  EXPECT_EQ(devices.columns[1].values[1].stored, datum{"Living Room"});
  const auto& energy = read->tables[1];
  EXPECT_EQ(energy.columns[1].type, type::timestamp);
  EXPECT_EQ(energy.columns[1].format, date_format::iso_t);
  EXPECT_EQ(energy.columns[1].range->high, datum{"2024-12-31"});
  const auto& kwh = energy.columns[2];
  EXPECT_TRUE(kwh.nullable);
  EXPECT_EQ(kwh.unit, "kWh");
  EXPECT_EQ(kwh.range->high, datum{12.0});
  EXPECT_EQ(kwh.synonyms.size(), 2u);
  const auto& state = energy.columns[3];
  ASSERT_EQ(state.values.size(), 3u);
  EXPECT_EQ(state.values[1].stored, datum{std::int64_t{1}});
  EXPECT_EQ(state.values[1].description, "on");
  EXPECT_EQ(state.values[2].description, "");
  ASSERT_EQ(energy.relations.size(), 1u);
  EXPECT_EQ(energy.relations[0].match.front(),
            (std::pair<std::string, std::string>{"device_id", "id"}));
}

struct refusal {
  const char* from;
  const char* to;
  const char* message;
};

TEST(Load, RefusesWhatContradictsItselfWithItsPlace) {
  const refusal cases[] = {
    {"schema: home", "shema: home",
     "home.yaml:1:1: unknown key 'shema' in a schema; did you mean 'schema'?"},
    {"schema: home\n", "", "home.yaml:1:1: a schema needs a name: 'schema: …'"},
    {"    synonyms: [gadgets]", "    sinonyms: [gadgets]",
     "home.yaml:6:5: unknown key 'sinonyms' in table 'devices'; did you mean "
     "'synonyms'?"},
    {"    description: things", "    synonyms: [x]",
     "home.yaml:6:5: key 'synonyms' stands twice in table 'devices'"},
    {"{type: text, description: metered device}",
     "{type: text, decsription: metered device}",
     "home.yaml:17:31: unknown key 'decsription' in column 'device_id'; did "
     "you mean 'description'?"},
    {"unit: kWh", "unt: kWh",
     "home.yaml:19:25: unknown key 'unt' in column 'kwh'; did you mean "
     "'unit'?"},
    {"{to: devices, match", "{into: devices, match",
     "home.yaml:23:16: unknown key 'into' in relation 'device'"},
    {"type: real", "type: rael",
     "home.yaml:19:19: unknown type 'rael' of column 'kwh'; did you mean "
     "'real'?"},
    {"type: real", "type: money",
     "home.yaml:19:19: unknown type 'money' of column 'kwh'; it is one of "
     "integer, real, text, boolean, date, timestamp"},
    {"{type: boolean}", "{nullable: true}",
     "home.yaml:21:18: column 'estimated' needs a 'type'"},
    {"{type: boolean}", "boolean",
     "home.yaml:21:18: column 'estimated' needs names, each with a ':' after "
     "it"},
    {"format: iso-t", "format: iso_t",
     "home.yaml:18:44: unknown format 'iso_t' of column 'timestamp'; did you "
     "mean 'iso-t'?"},
    {"nullable: true}", "nullable: maybe}",
     "home.yaml:13:41: 'nullable' needs true or false"},
    {"      name: {type: text}", "      ROOM: {type: text}",
     "home.yaml:12:7: column 'ROOM' is declared twice, first as 'room'"},
    {"  energy:\n", "  Devices:\n",
     "home.yaml:14:3: table 'Devices' is declared twice, first as 'devices'"},
    {"primary-key: id", "primary-key: idd",
     "home.yaml:7:18: key column 'idd' is not in table 'devices'; did you mean "
     "'id'?"},
    {"[device_id, timestamp]", "[device_id, Device_ID]",
     "home.yaml:15:18: key column 'Device_ID' is listed twice"},
    {"primary-key: id", "primary-key: serial",
     "home.yaml:7:18: column 'serial' of the primary key must not be "
     "nullable"},
    {"[[room, name], serial]", "[[room, naem], serial]",
     "home.yaml:8:14: key column 'naem' is not in table 'devices'; did you "
     "mean 'name'?"},
    {"to: devices", "to: device",
     "home.yaml:23:20: relation 'device' leads to unknown table 'device'; did "
     "you mean 'devices'?"},
    {"device_id == id}", "device_id == room}",
     "home.yaml:23:36: 'room' is neither the primary key nor a unique key of "
     "table 'devices', so that relation 'device' could find several rows"},
    {"device_id == id}", "devce_id == id}",
     "home.yaml:23:36: column 'devce_id' is not in table 'energy'; did you "
     "mean 'device_id'?"},
    {"device_id == id}", "device_id == uid}",
     "home.yaml:23:36: column 'uid' is not in table 'devices'; did you mean "
     "'id'?"},
    {"device_id == id}", "kwh == id}",
     "home.yaml:23:36: relation 'device' compares 'kwh', a real, with 'id', a "
     "text"},
    {"device_id == id}", "device_id = id}",
     "home.yaml:23:36: 'match' needs the form 'column_here == column_there', "
     "several joined by AND"},
    {", match: device_id == id}", "}",
     "home.yaml:23:15: relation 'device' needs a 'match'"},
    {"range: [0, 12]", "range: [12, 0]",
     "home.yaml:19:43: the range ends at 0.0, before it begins at 12.0"},
    {"range: [0, 12]", "range: [0, lots]",
     "home.yaml:19:43: 'lots' is not a real, the type of 'kwh'"},
    {"range: [0, 12]", "range: [0]",
     "home.yaml:19:43: 'range' needs its two ends, such as [0, 12]"},
    {"'2023-01-01'", "'2023-02-30'",
     "home.yaml:18:58: '2023-02-30' is not a timestamp, the type of "
     "'timestamp'"},
    {"values: [Kitchen, 'Living Room']", "values: [Kitchen, Kitchen]",
     "home.yaml:11:44: value 'Kitchen' is listed twice"},
    {"values: [Kitchen, 'Living Room']", "values: [Kitchen, null]",
     "home.yaml:11:44: an empty value; a column that may be empty says "
     "'nullable: true', and the word null needs quotes"},
    {"values: [Kitchen, 'Living Room']", "values: []",
     "home.yaml:11:34: 'values' is empty; leave it out"},
    {"1: 'on'", "one: 'on'",
     "home.yaml:20:47: 'one' is not an integer, the type of 'state'"},
    {"name: {type: text}", "name: {type: text, unit: kg}",
     "home.yaml:12:32: 'unit' needs a column of type integer or real, and "
     "'name' is text"},
    {"name: {type: text}", "name: {type: text, format: iso-t}",
     "home.yaml:12:34: 'format' needs a column of type date or timestamp, and "
     "'name' is text"},
    {"name: {type: text}", "name: {type: text, range: [a, b]}",
     "home.yaml:12:33: 'range' needs a column of type integer, real, date or "
     "timestamp, and 'name' is text"},
    {"name: {type: text}", "name: {type: [text]}",
     "home.yaml:12:20: 'type' needs a text"},
    {"name: {type: text}", "'na`me': {type: text}",
     "home.yaml:12:7: the name 'na`me' has a backtick or a control character "
     "in it"},
    {"{type: boolean}", "{type: boolean",
     "home.yaml:22:14: end of map flow not found"},
  };
  for (const auto& c : cases) {
    const auto read = parse(broken(c.from, c.to), "home.yaml");
    ASSERT_FALSE(read) << c.message;
    EXPECT_EQ(read.error().code, errc::invalid_schema);
    EXPECT_EQ(read.error().message, c.message);
  }
}

TEST(Load, RefusesFilesThatHoldNoSchema) {
  const std::pair<std::string, std::string> cases[] = {
    {"", "x.yaml: the file is empty; a schema needs a name and tables"},
    {"# nothing\n",
     "x.yaml: the file is empty; a schema needs a name and tables"},
    {"schema: x\n", "x.yaml:1:1: a schema needs at least one table"},
    {"schema: x\ntables:\n", "x.yaml:2:1: a schema needs at least one table"},
    {"schema: x\ntables: {}\n",
     "x.yaml:2:9: a schema needs at least one table"},
    {"schema: x\ntables: {t: }\n",
     "x.yaml:2:13: table 't' needs names, each with a ':' after it"},
    {"schema: x\ntables: {t: {columns: {}}}\n",
     "x.yaml:2:13: table 't' has no columns"},
    {"- a\n", "x.yaml:1:1: a schema needs names, each with a ':' after it"},
    {"schema: a\n---\nschema: b\n",
     "x.yaml:2:1: a second document; a file holds one schema"},
    {"schema: x\ndescription: caf\xe9\n",
     "x.yaml:2:17: this is not UTF-8 text"},
  };
  for (const auto& [text, message] : cases) {
    const auto read = parse(text, "x.yaml");
    ASSERT_FALSE(read) << message;
    EXPECT_EQ(read.error().message, message);
  }
}

TEST(Load, SaysWhichFileIsMissing) {
  const auto read = load("no/such/file.yaml");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, errc::missing_file);
  EXPECT_EQ(read.error().message, "no schema file 'no/such/file.yaml'");
}

TEST(Load, SurvivesDeepNestingAndHugeNumbers) {
  EXPECT_FALSE(parse(std::string(100'000, '['), "x.yaml"));
  EXPECT_FALSE(parse(std::string(100'000, '{'), "x.yaml"));
  EXPECT_FALSE(parse(broken("range: [0, 12]", "range: [0, 1e999]"), "x"));
  EXPECT_FALSE(
    parse(broken("1: 'on'", "99999999999999999999: 'on'"), "x.yaml"));
}

TEST(Load, SurvivesAnyBytes) {
  auto random = random_stream{1, "load_test"};
  for (int i = 0; i < 3000; ++i) {
    auto text = std::string{sound};
    for (auto n = random.between(1, 6); n > 0; --n) {
      const auto at = random.below(text.size());
      const auto length = random.below(12);
      switch (random.below(4)) {
      case 0:
        text[at] = static_cast<char>(random.below(256));
        break;
      case 1:
        text.erase(at, length);
        break;
      case 2:
        text.insert(at, text.substr(random.below(text.size()), length));
        break;
      default:
        text.insert(at, 1, "\n:-,[]{}&*!|>'\"%@` #?"[random.below(21)]);
      }
    }
    const auto read = parse(text, "x.yaml");
    if (read) {
      ASSERT_FALSE(find_problem(*read)) << text;
    } else {
      ASSERT_TRUE(read.error().message.starts_with("x.yaml"))
        << read.error().message;
    }
  }
}

TEST(Load, ReadsNamesInBackticks) {
  const auto read = parse(
    broken("device_id == id}", "'device_id==`room` and timestamp == name'}"),
    "home.yaml");
  ASSERT_FALSE(read); // a timestamp is no text, but the names were read
  EXPECT_EQ(read.error().message,
            "home.yaml:23:36: relation 'device' compares 'timestamp', a "
            "timestamp, with 'name', a text");
}

TEST(Load, ReadsTheSchemasThatShip) {
  const auto folder
    = std::filesystem::path{AURA_SOURCE_DIR} / "configs" / "schemas";
  auto files = 0;
  for (const auto& entry : std::filesystem::directory_iterator{folder}) {
    const auto read = load(entry.path());
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_GE(read->tables.size(), 8u);
    for (const auto& t : read->tables) {
      EXPECT_FALSE(t.description.empty()) << t.name;
      EXPECT_GE(t.columns.size(), 5u) << t.name;
      EXPECT_LE(t.columns.size(), 9u) << t.name;
      EXPECT_FALSE(t.primary_key.empty()) << t.name;
      // What questions call columns by must tell them apart.
      std::set<std::string> wordings;
      for (const auto& c : t.columns) {
        EXPECT_TRUE(wordings.insert(c.name).second) << t.name << c.name;
        if (c.description != c.name) {
          EXPECT_TRUE(wordings.insert(c.description).second)
            << t.name << "." << c.description;
        }
        for (const auto& x : c.synonyms)
          EXPECT_TRUE(wordings.insert(x).second) << t.name << "." << x;
      }
    }
    ++files;
  }
  EXPECT_GE(files, 2);
}

} // namespace

} // namespace aura::schema
