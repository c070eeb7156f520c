#include "tests/kernels/sql/house.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace aura::sql {

namespace {

TEST(Writer, WritesTheSameBytesForTheSameRows) {
  EXPECT_EQ(house(), house());
}

TEST(Writer, InsertsAllRowsOrNone) {
  auto out = writer::create();
  ASSERT_TRUE(out);
  ASSERT_TRUE(out->execute("CREATE TABLE t (x INTEGER PRIMARY KEY)"));
  auto done = out->insert("t", {{std::int64_t{1}}, {std::int64_t{1}}});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error(),
            (fault{errc::sql_error, "UNIQUE constraint failed: t.x"}));
  auto image = out->image();
  ASSERT_TRUE(image);
  auto db = connection::open_image(*image);
  ASSERT_TRUE(db);
  EXPECT_EQ(only(db->run("SELECT count(*) FROM t", {})), "0");
}

TEST(Writer, RefusesRowsOfDifferentWidths) {
  auto out = writer::create();
  ASSERT_TRUE(out);
  ASSERT_TRUE(out->execute("CREATE TABLE t (x, y)"));
  EXPECT_FALSE(out->insert("t", {{1.0, 2.0}, {1.0}}));
}

TEST(Writer, KeepsEveryKindOfCell) {
  auto out = writer::create();
  ASSERT_TRUE(out);
  ASSERT_TRUE(out->execute("CREATE TABLE \"a \"\"b\"\"\" (w, x, y, z)"));
  record row = {std::int64_t{-9'223'372'036'854'775'807},
                1e-300,
                std::string{"nul \0 inside", 12},
                {}};
  ASSERT_TRUE(out->insert("a \"b\"", {row}));
  auto image = out->image();
  ASSERT_TRUE(image);
  auto db = connection::open_image(*image);
  ASSERT_TRUE(db);
  auto x = db->run("SELECT * FROM \"a \"\"b\"\"\"", {});
  ASSERT_TRUE(x);
  EXPECT_EQ(x->rows[0], row);
}

TEST(Writer, FinishesADatabaseWithoutTables) {
  auto out = writer::create();
  ASSERT_TRUE(out);
  auto image = out->image();
  ASSERT_TRUE(image);
  auto db = connection::open_image(*image);
  ASSERT_TRUE(db) << db.error().message;
  EXPECT_EQ(only(db->run("SELECT 1", {})), "1");
}

TEST(Writer, ShufflesRowsAndLosesNone) {
  auto image = house();
  auto out = writer::from_image(image);
  ASSERT_TRUE(out) << out.error().message;
  ASSERT_TRUE(out->shuffle(5));
  auto shuffled = out->image();
  ASSERT_TRUE(shuffled);
  auto before = connection::open_image(image);
  auto after = connection::open_image(*shuffled);
  ASSERT_TRUE(before && after);
  auto sql = "SELECT * FROM readings NOT INDEXED";
  auto x = before->run(sql, {});
  auto y = after->run(sql, {});
  ASSERT_TRUE(x && y);
  EXPECT_NE(x->rows, y->rows);
  std::ranges::sort(x->rows);
  std::ranges::sort(y->rows);
  EXPECT_EQ(x->rows, y->rows);
  EXPECT_EQ(*layout_of(image), *layout_of(*shuffled));
}

TEST(Quote, DoublesQuotesWithin) {
  EXPECT_EQ(quote("a \"b\""), "\"a \"\"b\"\"\"");
}

} // namespace

} // namespace aura::sql
