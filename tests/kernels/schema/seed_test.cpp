#include "kernels/schema/seed.hpp"

#include "kernels/schema/calendar.hpp"
#include "kernels/schema/load.hpp"
#include "kernels/sql/catalog.hpp"
#include "kernels/sql/connection.hpp"
#include "kernels/sql/images.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>

namespace aura::schema {

namespace {

schema shipped(const char* name) {
  auto read = load(std::filesystem::path{AURA_SOURCE_DIR} / "configs"
                   / "schemas" / name);
  EXPECT_TRUE(read) << read.error().message;
  return read ? *read : schema{};
}

/// Tables that refer to themselves, to each other in a circle, twice to the
/// same, and over two columns.
constexpr auto knotty = R"(schema: knotty
tables:
  people:
    primary-key: id
    unique: [badge]
    columns:
      id: {type: integer}
      badge: {type: text, nullable: true}
      boss: {type: integer, nullable: true}
      mentor: {type: integer}
      team: {type: integer}
      level: {type: integer, values: [1, 2, 3]}
    relations:
      boss: {to: people, match: boss == id}
      mentor: {to: people, match: mentor == id}
      team: {to: teams, match: team == id}
  teams:
    primary-key: id
    columns:
      id: {type: integer, range: [10, 20]}
      lead: {type: integer}
      born: {type: date, format: epoch-seconds}
    relations:
      lead: {to: people, match: lead == id}
  order lines:
    primary-key: [order, line no]
    columns:
      order: {type: text, values: [a, b, c]}
      line no: {type: integer, range: [1, 30]}
      weight: {type: real, range: [0, 0.001], nullable: true}
  claims:
    columns:
      order: {type: text, nullable: true}
      line: {type: real}
      free: {type: text}
      seen: {type: timestamp, format: iso-t}
    relations:
      line: {to: order lines, match: 'order == order AND line == `line no`'}
)";

std::vector<schema> schemas() {
  auto all = std::vector{shipped("smart_home.yaml"), shipped("shop.yaml")};
  auto read = parse(knotty, "knotty.yaml");
  EXPECT_TRUE(read) << read.error().message;
  all.push_back(*read);
  return all;
}

std::vector<state_options> all_states() {
  std::vector<state_options> states;
  for (std::size_t i = 0; i < state_kinds; ++i)
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
      auto& x = states.emplace_back();
      x.kind = static_cast<state_kind>(i);
      x.seed = seed;
      x.variant = seed % 2;
    }
  return states;
}

std::size_t index_of(const table& t, const std::string& name) {
  return static_cast<std::size_t>(t.find_column(name) - t.columns.data());
}

record part(const table& t, const record& r,
            const std::vector<std::string>& columns) {
  record values;
  for (const auto& x : columns)
    values.push_back(r[index_of(t, x)]);
  return values;
}

bool has_null(const record& r) {
  return std::any_of(r.begin(), r.end(), is_null);
}

bool is_of_type(const datum& x, const column& c) {
  const auto epoch = c.format == date_format::epoch_seconds;
  switch (c.type) {
  case type::integer:
    return std::holds_alternative<std::int64_t>(x);
  case type::real:
    return std::holds_alternative<double>(x);
  case type::text:
    return std::holds_alternative<std::string>(x);
  case type::boolean:
    return x == datum{std::int64_t{0}} || x == datum{std::int64_t{1}};
  case type::date:
  case type::timestamp: {
    if (epoch)
      return std::holds_alternative<std::int64_t>(x);
    const auto* text = std::get_if<std::string>(&x);
    const auto read = text ? parse_iso(*text) : std::nullopt;
    if (!read || read->has_time != (c.type == type::timestamp))
      return false;
    return !read->has_time
           || read->separator == (c.format == date_format::iso_t ? 'T' : ' ');
  }
  }
  return false;
}

bool in_range(const datum& x, const column& c) {
  if (!c.range)
    return true;
  const auto* high = std::get_if<std::string>(&c.range->high);
  if (!high)
    return x >= c.range->low && x <= c.range->high;
  const auto seconds = [](const datum& d) {
    const auto* text = std::get_if<std::string>(&d);
    return text ? parse_iso(*text)->seconds : std::get<std::int64_t>(d);
  };
  const auto whole_day
    = c.type == type::timestamp && !parse_iso(*high)->has_time ? 86'399 : 0;
  return seconds(x) >= seconds(c.range->low)
         && seconds(x) <= seconds(c.range->high) + whole_day;
}

TEST(Seed, FillsEveryTableInEveryState) {
  for (const auto& s : schemas())
    for (const auto& options : all_states()) {
      const auto rows = seed_rows(s, options);
      ASSERT_TRUE(rows) << rows.error().message;
      for (std::size_t i = 0; i < s.tables.size(); ++i) {
        const auto most = options.kind == state_kind::realistic      ? 200u
                          : options.kind == state_kind::nearly_empty ? 3u
                                                                     : 60u;
        EXPECT_GE((*rows)[i].size(), 2u) << s.tables[i].name;
        EXPECT_LE((*rows)[i].size(), most) << s.tables[i].name;
      }
    }
}

TEST(Seed, KeepsTypesKeysAndNotNullInEveryState) {
  for (const auto& s : schemas())
    for (const auto& options : all_states()) {
      const auto rows = seed_rows(s, options);
      ASSERT_TRUE(rows);
      for (std::size_t i = 0; i < s.tables.size(); ++i) {
        const auto& t = s.tables[i];
        auto keys = t.unique;
        if (!t.primary_key.empty())
          keys.push_back(t.primary_key);
        for (const auto& key : keys) {
          std::set<record> seen;
          for (const auto& r : (*rows)[i])
            if (const auto values = part(t, r, key); !has_null(values)) {
              ASSERT_TRUE(seen.insert(values).second)
                << t.name << " in " << to_string(options.kind);
            }
        }
        for (const auto& r : (*rows)[i])
          for (std::size_t k = 0; k < t.columns.size(); ++k) {
            const auto& c = t.columns[k];
            if (is_null(r[k])) {
              ASSERT_TRUE(c.nullable) << t.name << "." << c.name;
              continue;
            }
            ASSERT_TRUE(is_of_type(r[k], c))
              << t.name << "." << c.name << " " << to_literal(r[k]);
          }
      }
    }
}

TEST(Seed, KeepsDeclaredValuesAndRangesOutsideBoundaries) {
  for (const auto& s : schemas())
    for (const auto& options : all_states()) {
      if (options.kind == state_kind::boundaries
          || options.kind == state_kind::orphans)
        continue;
      const auto rows = seed_rows(s, options);
      ASSERT_TRUE(rows);
      for (std::size_t i = 0; i < s.tables.size(); ++i)
        for (const auto& r : (*rows)[i])
          for (std::size_t k = 0; k < s.tables[i].columns.size(); ++k) {
            const auto& c = s.tables[i].columns[k];
            if (is_null(r[k]))
              continue;
            ASSERT_TRUE(in_range(r[k], c))
              << s.tables[i].name << "." << c.name << " " << to_literal(r[k])
              << " in " << to_string(options.kind);
            ASSERT_TRUE(
              c.values.empty()
              || std::any_of(c.values.begin(), c.values.end(),
                             [&](const auto& x) { return x.stored == r[k]; }))
              << s.tables[i].name << "." << c.name << " " << to_literal(r[k]);
          }
    }
}

/// Rows that refer to no row, and the most rows that refer to one.
std::pair<std::size_t, std::size_t> matches(const schema& s,
                                            const rows_by_table& rows,
                                            const table& t, const relation& r) {
  const auto* other = s.find_table(r.to);
  const auto& own_rows = rows[static_cast<std::size_t>(&t - s.tables.data())];
  const auto& other_rows
    = rows[static_cast<std::size_t>(other - s.tables.data())];
  auto left = std::vector<std::string>{};
  auto right = std::vector<std::string>{};
  for (const auto& [here, there] : r.match) {
    left.push_back(here);
    right.push_back(there);
  }
  const auto numbers_equal = [](const datum& a, const datum& b) {
    const auto* x = std::get_if<double>(&a);
    const auto* y = std::get_if<std::int64_t>(&b);
    return x && y ? *x == static_cast<double>(*y) : a == b;
  };
  auto dangling = std::size_t{0};
  auto most = std::size_t{0};
  std::vector<std::size_t> counts(other_rows.size());
  for (const auto& row : own_rows) {
    const auto values = part(t, row, left);
    if (has_null(values))
      continue;
    auto found = false;
    for (std::size_t i = 0; i < other_rows.size() && !found; ++i) {
      const auto there = part(*other, other_rows[i], right);
      found = std::equal(values.begin(), values.end(), there.begin(),
                         numbers_equal);
      if (found)
        most = std::max(most, ++counts[i]);
    }
    dangling += !found;
  }
  return {dangling, most};
}

TEST(Seed, KeepsRelationsOutsideOrphans) {
  for (const auto& s : schemas())
    for (const auto& options : all_states()) {
      const auto rows = seed_rows(s, options);
      ASSERT_TRUE(rows);
      auto dangling = std::size_t{0};
      auto most = std::size_t{0};
      for (const auto& t : s.tables)
        for (const auto& r : t.relations) {
          const auto [lost, many] = matches(s, *rows, t, r);
          dangling += lost;
          most = std::max(most, many);
          if (options.kind != state_kind::orphans) {
            EXPECT_EQ(lost, 0u)
              << t.name << "." << r.name << " in " << to_string(options.kind);
          }
        }
      if (options.kind == state_kind::orphans) {
        EXPECT_GE(dangling, 5u);
      }
      if (options.kind != state_kind::nearly_empty) {
        EXPECT_GE(most, 4u);
      }
    }
}

TEST(Seed, IsAFunctionOfItsOptions) {
  const auto s = shipped("smart_home.yaml");
  std::set<std::string> images;
  for (const auto& options : all_states()) {
    const auto first = seed(s, options);
    const auto second = seed(s, options);
    ASSERT_TRUE(first) << first.error().message;
    ASSERT_TRUE(second);
    EXPECT_EQ(*first, *second);
    EXPECT_TRUE(images.insert(*first).second) << to_string(options.kind);
  }
}

TEST(Seed, GivesAllStatesOneLayout) {
  for (const auto& s : schemas()) {
    std::vector<std::string> images;
    for (const auto& options : all_states()) {
      auto image = seed(s, options);
      ASSERT_TRUE(image) << image.error().message;
      images.push_back(std::move(*image));
    }
    auto set = sql::image_set::make(std::move(images));
    EXPECT_TRUE(set) << set.error().message;
  }
}

expected<sql::result> rows_of(const std::string& image,
                              const std::string& sql) {
  auto opened = sql::connection::open_image(image);
  if (!opened)
    return opened.error();
  return opened->run(sql, {});
}

TEST(Seed, ShufflesRowsAndKeepsThem) {
  const auto s = shipped("shop.yaml");
  auto options = state_options{};
  const auto plain = seed(s, options);
  options.shuffle = 7;
  const auto shuffled = seed(s, options);
  ASSERT_TRUE(plain);
  ASSERT_TRUE(shuffled);
  const auto copy = row_shuffled(s, *plain, 8);
  ASSERT_TRUE(copy) << copy.error().message;
  for (const auto& t : s.tables) {
    const auto sql = "SELECT * FROM \"" + t.name + "\"";
    auto a = rows_of(*plain, sql);
    auto b = rows_of(*shuffled, sql);
    auto c = rows_of(*copy, sql);
    ASSERT_TRUE(a && b && c);
    EXPECT_NE(a->rows, b->rows) << t.name;
    EXPECT_NE(a->rows, c->rows) << t.name;
    for (auto* x : {&*a, &*b, &*c})
      std::sort(x->rows.begin(), x->rows.end());
    EXPECT_EQ(a->rows, b->rows) << t.name;
    EXPECT_EQ(a->rows, c->rows) << t.name;
  }
}

/// How many rows a query counts in a state.
std::int64_t count(const schema& s, const state_options& options,
                   const std::string& sql) {
  const auto image = seed(s, options);
  EXPECT_TRUE(image);
  const auto found = rows_of(*image, sql);
  EXPECT_TRUE(found) << found.error().message;
  return found ? std::get<std::int64_t>(found->rows[0][0]) : -1;
}

TEST(Seed, GathersDatesBeforeNow) {
  const auto s = shipped("smart_home.yaml");
  auto options = state_options{};
  options.now = "2024-06-15 10:00:00";
  for (auto kind :
       {state_kind::realistic, state_kind::boundaries, state_kind::skewed}) {
    options.kind = kind;
    const auto week = count(s, options,
                            "SELECT count(*) FROM climate_stats WHERE "
                            "timestamp >= '2024-06-08 10:00:00' AND "
                            "timestamp < '2024-06-15 10:00:00'");
    EXPECT_GE(week, 4) << to_string(kind);
    const auto year = count(s, options,
                            "SELECT count(*) FROM climate_stats WHERE "
                            "timestamp LIKE '2023-%'");
    EXPECT_GE(year, 1) << to_string(kind);
  }
}

TEST(Seed, HasTiesNullsAndEdgesWhereItSaysSo) {
  const auto s = shipped("smart_home.yaml");
  auto options = state_options{};
  options.kind = state_kind::ties;
  EXPECT_LE(
    count(s, options, "SELECT count(DISTINCT humidity) FROM climate_stats"), 3);
  EXPECT_GE(count(s, options,
                  "SELECT count(*) - (SELECT count(*) FROM (SELECT DISTINCT "
                  "temperature, humidity, co2, window_open FROM "
                  "climate_stats)) FROM climate_stats"),
            8);
  options.kind = state_kind::nulls;
  EXPECT_GE(count(s, options,
                  "SELECT sum(co2 IS NULL) * 100 / count(*) FROM "
                  "climate_stats"),
            40);
  options.kind = state_kind::boundaries;
  EXPECT_GE(count(s, options,
                  "SELECT count(*) FROM climate_stats WHERE humidity > 90 OR "
                  "humidity < 20"),
            3);
  EXPECT_GE(count(s, options,
                  "SELECT count(*) FROM climate_stats WHERE room NOT IN "
                  "('Living Room', 'Kitchen', 'Bedroom', 'Bathroom', "
                  "'Office', 'Garage', 'Hallway')"),
            3);
  options.kind = state_kind::extremes;
  EXPECT_GE(count(s, options,
                  "SELECT count(*) FROM climate_stats WHERE timestamp LIKE "
                  "'2024-02-29%' OR timestamp LIKE '%12-31 23:59:59'"),
            1);
}

TEST(Seed, PlantsLiteralsWithWitnesses) {
  const auto s = shipped("smart_home.yaml");
  auto options = state_options{};
  options.kind = state_kind::nearly_empty;
  options.literals = {{"climate_stats", "room", "Garage", 1},
                      {"climate_stats", "humidity", 61.5, 1},
                      {"climate_stats", "co2", std::int64_t{777}, 0},
                      {"climate_stats", "no_such", "x", 0},
                      {"climate_stats", "temperature", 400.0, 0}};
  const auto where = [&](const std::string& predicate) {
    return count(s, options,
                 "SELECT count(*) FROM climate_stats WHERE " + predicate);
  };
  EXPECT_GE(where("room == 'Garage' AND humidity == 61.5"), 1);
  EXPECT_GE(where("room == 'Garage' AND humidity == 61.51"), 1);
  EXPECT_GE(where("room == 'Garage' AND humidity == 60.5"), 1);
  EXPECT_EQ(where("room == 'garage'"), 0);
  EXPECT_GE(where("co2 == 776"), 1);
  EXPECT_GE(where("co2 == 778"), 1);
  EXPECT_EQ(where("temperature == 400"), 0); // beyond the declared range
  options.kind = state_kind::boundaries;
  EXPECT_GE(where("room == 'garage' AND humidity == 61.5"), 1);
  EXPECT_GE(where("temperature == 400"), 1);
}

TEST(Seed, MakesAsManyRowsAsAsked) {
  const auto s = shipped("smart_home.yaml");
  auto options = state_options{};
  options.rows = 2000;
  EXPECT_EQ(count(s, options, "SELECT count(*) FROM water_usage"), 2000);
  EXPECT_EQ(count(s, options, "SELECT count(*) FROM devices"), 500);
}

TEST(Seed, RefusesWhatItCannotFill) {
  auto s = schema{"x", "", {}};
  s.tables.resize(1);
  s.tables[0].name = "t";
  s.tables[0].columns.resize(1);
  s.tables[0].columns[0].name = "only";
  s.tables[0].columns[0].values = {{"one", ""}};
  s.tables[0].primary_key = {"only"};
  const auto narrow = seed(s, {});
  ASSERT_FALSE(narrow);
  EXPECT_EQ(narrow.error().message,
            "the keys of table 't' allow fewer than two rows");
  auto options = state_options{};
  options.now = "yesterday";
  const auto vague = seed(s, options);
  ASSERT_FALSE(vague);
  EXPECT_EQ(vague.error().message,
            "'yesterday' is no moment such as 2024-12-31 12:00:00");
}

TEST(Seed, NamesItsKinds) {
  for (std::size_t i = 0; i < state_kinds; ++i) {
    const auto kind = static_cast<state_kind>(i);
    EXPECT_EQ(state_kind_named(to_string(kind)), kind);
  }
  EXPECT_FALSE(state_kind_named("nothing"));
}

} // namespace

} // namespace aura::schema
