#include "kernels/schema/sample.hpp"

#include "kernels/schema/import.hpp"
#include "kernels/schema/lint.hpp"
#include "kernels/schema/seed.hpp"
#include "kernels/sql/connection.hpp"
#include "kernels/sql/images.hpp"
#include "kernels/sql/writer.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace aura::schema {

namespace {

/// A database file for as long as a test lasts.
class scratch {
public:
  explicit scratch(const std::string& sql) {
    const auto* test
      = testing::UnitTest::GetInstance()->current_test_info()->name();
    file_ = std::filesystem::path{testing::TempDir()}
            / (std::string{"aura_sample_"} + test + ".sqlite");
    auto built = sql::writer::create();
    EXPECT_TRUE(built);
    const auto done = built->execute(sql);
    EXPECT_TRUE(done) << done.error().message;
    std::ofstream{file_, std::ios::binary} << *built->image();
  }

  // Removes the file.
  ~scratch() {
    std::filesystem::remove(file_);
  }

  const std::filesystem::path& file() const {
    return file_;
  }

private:
  std::filesystem::path file_;
};

std::int64_t count(const std::string& image, const std::string& sql) {
  auto opened = sql::connection::open_image(image);
  EXPECT_TRUE(opened);
  const auto found = opened->run(sql, {});
  EXPECT_TRUE(found) << found.error().message;
  return found ? std::get<std::int64_t>(found->rows[0][0]) : -1;
}

/// 3,000 lines of 1,000 orders of 500 customers, who know each other.
std::string shop_sql() {
  return R"(
    CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL,
      friend INT REFERENCES customers, photo BLOB,
      shout TEXT AS (upper(name)));
    CREATE TABLE orders (id INTEGER PRIMARY KEY,
      customer_id INT NOT NULL REFERENCES customers);
    CREATE TABLE lines (order_id INT NOT NULL REFERENCES orders,
      line INT NOT NULL, price NUMERIC NOT NULL,
      PRIMARY KEY (order_id, line));
    CREATE TABLE empty (id INTEGER PRIMARY KEY, line INT NOT NULL,
      customer_id INT NOT NULL REFERENCES customers);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n
      WHERE i < 500) INSERT INTO customers SELECT i, 'c' || i, i % 500 + 1,
      x'00' FROM n;
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n
      WHERE i < 1000) INSERT INTO orders SELECT i, i * 7 % 500 + 1 FROM n;
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n
      WHERE i < 3000) INSERT INTO lines SELECT i % 1000 + 1, i / 1000,
      i / 4.0 FROM n;)";
}

TEST(Sample, KeepsRealRowsAndWhatTheyReferTo) {
  const auto database = scratch{shop_sql()};
  const auto found = import_database(database.file());
  ASSERT_TRUE(found) << found.error().message;
  const auto& s = found->schema;
  auto options = sample_options{};
  options.rows = 20;
  const auto image = sample_database(database.file(), s, options);
  ASSERT_TRUE(image) << image.error().message;
  EXPECT_EQ(count(*image, "SELECT count(*) FROM lines"), 20);
  EXPECT_GE(count(*image, "SELECT count(*) FROM orders"), 20);
  EXPECT_LE(count(*image, "SELECT count(*) FROM customers"), 600);
  EXPECT_EQ(count(*image, "SELECT count(*) FROM empty"), 2);
  // Real rows: as they were, generated columns included.
  EXPECT_EQ(count(*image, "SELECT count(*) FROM customers WHERE name <> 'c' || "
                          "id OR shout <> 'C' || id"),
            0);
  EXPECT_EQ(count(*image, "SELECT count(*) FROM orders WHERE customer_id <> "
                          "id * 7 % 500 + 1"),
            0);
  auto opened = sql::catalog::open_image(*image);
  ASSERT_TRUE(opened);
  const auto findings = lint(s, *opened);
  ASSERT_TRUE(findings);
  for (const auto& x : *findings)
    ADD_FAILURE() << x.where << ": " << x.message;
}

TEST(Sample, IsAFunctionOfItsOptionsAndHasTheLayoutOfSeed) {
  const auto database = scratch{shop_sql()};
  const auto found = import_database(database.file());
  ASSERT_TRUE(found);
  auto options = sample_options{};
  options.rows = 10;
  const auto first = sample_database(database.file(), found->schema, options);
  const auto again = sample_database(database.file(), found->schema, options);
  options.seed = 2;
  const auto other = sample_database(database.file(), found->schema, options);
  const auto state = seed(found->schema, {});
  ASSERT_TRUE(first && again && other && state);
  EXPECT_EQ(*first, *again);
  EXPECT_NE(*first, *other);
  EXPECT_TRUE(sql::image_set::make({*first, *other, *state}));
}

TEST(Sample, KeepsToMostRows) {
  const auto database = scratch{shop_sql()};
  const auto found = import_database(database.file());
  ASSERT_TRUE(found);
  auto options = sample_options{};
  options.rows = 40;
  options.most_rows = 25;
  const auto image = sample_database(database.file(), found->schema, options);
  ASSERT_TRUE(image);
  for (const auto& t : found->schema.tables)
    EXPECT_LE(count(*image, "SELECT count(*) FROM \"" + t.name + "\""), 25);
}

TEST(Sample, RefusesASchemaOfAnotherDatabase) {
  const auto database = scratch{"CREATE TABLE a (x INT)"};
  auto s = schema{"other", "", {}};
  s.tables.resize(1);
  s.tables[0].name = "b";
  s.tables[0].columns.resize(1);
  s.tables[0].columns[0].name = "y";
  auto image = sample_database(database.file(), s);
  ASSERT_FALSE(image);
  EXPECT_EQ(image.error().message, "the database has no table 'b'");
  s.tables[0].name = "A";
  image = sample_database(database.file(), s);
  ASSERT_FALSE(image);
  EXPECT_EQ(image.error().message, "the database has no column 'A.y'");
}

TEST(Sample, SamplesDatabasesThatPeopleMade) {
  const std::filesystem::path files[]
    = {std::filesystem::path{AURA_SOURCE_DIR} / ".." / "shared" / "data"
         / "chinook" / "chinook.sqlite",
       "/usr/share/proj/proj.db"};
  auto seen = 0;
  for (const auto& file : files) {
    if (!std::filesystem::exists(file))
      continue;
    ++seen;
    const auto found = import_database(file);
    ASSERT_TRUE(found) << found.error().message;
    const auto image = sample_database(file, found->schema);
    ASSERT_TRUE(image) << image.error().message;
    auto opened = sql::catalog::open_image(*image);
    ASSERT_TRUE(opened);
    for (const auto& t : found->schema.tables)
      EXPECT_GE(*opened->count_rows(t.name), 2) << t.name;
    const auto findings = lint(found->schema, *opened);
    ASSERT_TRUE(findings);
    for (const auto& x : *findings)
      EXPECT_FALSE(x.error) << x.where << ": " << x.message;
    for (std::size_t i = 0; i < state_kinds; ++i) {
      auto options = state_options{};
      options.kind = static_cast<state_kind>(i);
      const auto state = seed(found->schema, options);
      EXPECT_TRUE(state) << state.error().message;
    }
  }
  if (seen == 0)
    GTEST_SKIP() << "neither chinook.sqlite nor proj.db is at hand";
}

} // namespace

} // namespace aura::schema
