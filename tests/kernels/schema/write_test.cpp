#include "kernels/schema/write.hpp"

#include "kernels/base/random.hpp"
#include "kernels/schema/check.hpp"
#include "kernels/schema/load.hpp"

#include <gtest/gtest.h>

#include <filesystem>

namespace aura::schema {

namespace {

/// Words that YAML, or our own match syntax, could take for something else.
const std::vector<std::string> awkward
  = {"null",       "~",      "yes",       "On",
     "007",        "1e5",    "- a",       "a: b",
     "a #b",       "#",      "it's",      "\"x\"",
     "{a}",        "[",      "a, b",      "order",
     "Order ID",   "AND",    "a == b",    " blank ",
     "näher",      "°C",     "日本語",    "🙂",
     "*a",         "&a",     "!x",        "%y",
     "@z",         "|",      ">",         "\\",
     "\\n",        "'",      "''",        "?",
     "? a",        ":",      "true",      "0x1F",
     "2024-01-31", "\u0085", "\u2028",    "\ufeff",
     "-",          "<<",     "=",         "a\tb",
     "two\nlines", "\x01",   "\x7f",      "\r\n",
     "a\"\n\\b",   "",       "x y.z/w-v", std::string(300, 'w')};

bool is_name(const std::string& text) {
  for (auto c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == '`')
      return false;
  return !text.empty();
}

/// A schema full of awkward words.
schema random_schema(std::uint64_t seed) {
  auto random = random_stream{seed, "write_test"};
  auto name = [&](std::size_t i) {
    for (;;)
      if (const auto& x = random.pick(awkward); is_name(x))
        return x + std::to_string(i);
  };
  auto result = schema{name(0), random.pick(awkward), {}};
  const auto tables = random.between(1, 4);
  for (std::int64_t i = 0; i < tables; ++i) {
    auto& t = result.tables.emplace_back();
    t.name = name(result.tables.size());
    t.description = random.pick(awkward);
    if (random.chance(0.5))
      t.synonyms = {random.pick(awkward), random.pick(awkward)};
    for (std::size_t k = 0; k < 8; ++k) {
      auto& c = t.columns.emplace_back();
      c.name = name(k);
      c.type = k < 2 ? type::text : static_cast<type>(random.below(6));
      c.nullable = k >= 2 && random.chance(0.3);
      if (random.chance(0.5))
        c.description = random.pick(awkward);
      if (random.chance(0.3))
        c.synonyms.assign(1 + random.below(20), random.pick(awkward));
      if (c.type == type::text)
        for (std::size_t v = random.below(60); v > 0; --v)
          c.values.push_back({random.pick(awkward) + std::to_string(v),
                              seed % 2 ? random.pick(awkward) : std::string{}});
      if (c.type == type::integer)
        c.range = {std::int64_t{-5}, random.between(0, 1'000'000'000)};
      if (c.type == type::real) {
        c.range = {random.uniform() * -1e-7, random.uniform() * 1e30};
        c.unit = random.pick(awkward);
      }
      if (c.type == type::boolean)
        c.values = {{std::int64_t{1}, ""}, {std::int64_t{0}, "off"}};
      if (c.type == type::timestamp)
        c.format = static_cast<date_format>(random.below(3));
      if (c.type == type::date)
        c.range = {"2024-01-01", "2024-02-29"};
    }
    t.primary_key = {t.columns[0].name, t.columns[1].name};
    t.unique = {{t.columns[0].name}, {t.columns[2].name, t.columns[3].name}};
    auto& r = t.relations.emplace_back();
    r.name = name(1);
    r.to = t.name;
    r.match = {{t.columns[0].name, t.columns[1].name},
               {t.columns[1].name, t.columns[0].name}};
  }
  return result;
}

TEST(Write, IsReadBackAsTheSameSchema) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const auto original = random_schema(seed);
    ASSERT_FALSE(find_problem(original)) << find_problem(original)->message;
    const auto text = write(original);
    const auto read = parse(text, "written.yaml");
    ASSERT_TRUE(read) << read.error().message << "\n" << text;
    ASSERT_EQ(*read, original) << text;
    ASSERT_EQ(write(*read), text);
  }
}

TEST(Write, KeepsTheSchemasThatShip) {
  for (const auto* name : {"smart_home.yaml", "shop.yaml"}) {
    const auto read = load(std::filesystem::path{AURA_SOURCE_DIR} / "configs"
                           / "schemas" / name);
    ASSERT_TRUE(read) << read.error().message;
    const auto again = parse(write(*read), name);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(*again, *read);
  }
}

TEST(Write, PutsRemarksWhereTheyBelong) {
  auto s = schema{"x", "", {}};
  auto& t = s.tables.emplace_back();
  t.name = "orders";
  t.primary_key = {"id"};
  t.columns.resize(2);
  t.columns[0].name = "id";
  t.columns[1].name = "state";
  t.columns[1].values = {{"a", "first"}, {"b", ""}};
  auto& r = t.relations.emplace_back();
  r = {"same", "orders", {{"id", "id"}}};
  const auto notes = remarks{{"from x.db", "two\n\nlines"},
                             {{place_of(0), {"a table"}},
                              {place_of(0, "column", 1), {"sampled"}},
                              {place_of(0, "relation", 0), {"declared"}},
                              {place_of(0, "end"), {"left out: y"}}},
                             {"the end"}};
  EXPECT_EQ(write(s, notes), R"(# from x.db
# two
#
# lines
schema: x
tables:
  # a table
  orders:
    primary-key: id
    columns:
      id: {type: text}
      # sampled
      state:
        type: text
        values:
          a: first
          b:
    relations:
      # declared
      same: {to: orders, match: id == id}
    # left out: y
# the end
)");
}

} // namespace

} // namespace aura::schema
