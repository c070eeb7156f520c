#include "kernels/sql/catalog.hpp"

#include "tests/kernels/sql/house.hpp"

#include <gtest/gtest.h>

namespace aura::sql {

namespace {

catalog open(std::string_view sql) {
  auto out = writer::create();
  EXPECT_TRUE(out);
  auto made = out->execute(sql);
  EXPECT_TRUE(made) << made.error().message;
  auto image = out->image();
  EXPECT_TRUE(image);
  auto db = catalog::open_image(*image);
  EXPECT_TRUE(db) << db.error().message;
  return *std::move(db);
}

TEST(Catalog, ReadsWhatTablesDeclare) {
  auto db = open("CREATE TABLE p (a TEXT, b INT, PRIMARY KEY (b, a));"
                 "CREATE TABLE \"order\" (id INTEGER PRIMARY KEY, "
                 "x VARCHAR(20) NOT NULL UNIQUE, y, z AS (id + 1), "
                 "pa, pb, FOREIGN KEY (pb, pa) REFERENCES p (b, a), "
                 "FOREIGN KEY (y) REFERENCES missing, UNIQUE (y, x));"
                 "CREATE UNIQUE INDEX partial ON \"order\"(pa) WHERE pa > 1;"
                 "CREATE UNIQUE INDEX formula ON \"order\"(pa + 1);"
                 "CREATE VIEW v AS SELECT a FROM p;"
                 "CREATE VIEW broken AS SELECT a FROM gone;");
  auto tables = db.tables();
  ASSERT_TRUE(tables) << tables.error().message;
  ASSERT_EQ(tables->size(), 4u);
  auto& broken = (*tables)[0];
  EXPECT_EQ(broken.name, "broken");
  EXPECT_NE(broken.trouble, "");
  auto& order = (*tables)[1];
  EXPECT_EQ(order.name, "order");
  EXPECT_EQ(order.kind, catalog_kind::table);
  ASSERT_EQ(order.columns.size(), 6u);
  EXPECT_EQ(order.columns[1].declared_type, "VARCHAR(20)");
  EXPECT_TRUE(order.columns[1].not_null);
  EXPECT_FALSE(order.columns[1].generated);
  EXPECT_TRUE(order.columns[3].generated);
  EXPECT_EQ(order.primary_key, (catalog_key{"id"}));
  EXPECT_EQ(order.unique, (std::vector<catalog_key>{{"x"}, {"y", "x"}}));
  ASSERT_EQ(order.foreign_keys.size(), 2u);
  EXPECT_EQ(order.foreign_keys[0].to, "p");
  EXPECT_EQ(order.foreign_keys[0].columns, (catalog_key{"pb", "pa"}));
  EXPECT_EQ(order.foreign_keys[0].to_columns, (catalog_key{"b", "a"}));
  EXPECT_EQ(order.foreign_keys[1].to, "missing");
  EXPECT_EQ(order.foreign_keys[1].to_columns, catalog_key{});
  EXPECT_EQ((*tables)[2].primary_key, (catalog_key{"b", "a"}));
  EXPECT_EQ((*tables)[3].kind, catalog_kind::view);
  EXPECT_EQ((*tables)[3].columns.size(), 1u);
}

TEST(Catalog, ProfilesAColumnOfMixedValues) {
  auto db = open("CREATE TABLE t (x);"
                 "INSERT INTO t VALUES (1), (2.5), (2.5), ('a'), ('b'), "
                 "('b'), ('b'), (NULL), (x'00'), (CAST(x'ff41' AS TEXT));");
  auto x = db.profile("t", "x", 2);
  ASSERT_TRUE(x) << x.error().message;
  EXPECT_EQ(x->rows, 10);
  EXPECT_EQ(x->integers, 1);
  EXPECT_EQ(x->reals, 2);
  EXPECT_EQ(x->texts, 5);
  EXPECT_EQ(x->nulls, 1);
  EXPECT_EQ(x->blobs, 1);
  EXPECT_EQ(x->not_utf8, 1);
  EXPECT_EQ(x->distinct, 4);
  EXPECT_EQ(x->low, datum{std::int64_t{1}});
  EXPECT_EQ(x->high, datum{std::string{"b"}});
  ASSERT_EQ(x->frequent.size(), 2u);
  EXPECT_EQ(x->frequent[0], (std::pair<datum, std::int64_t>{"b", 3}));
  EXPECT_EQ(x->frequent[1], (std::pair<datum, std::int64_t>{2.5, 2}));
}

TEST(Catalog, TellsTextsApartThatTheirCollationHolds) {
  auto db = open("CREATE TABLE t (x TEXT COLLATE NOCASE);"
                 "INSERT INTO t VALUES ('a'), ('A'), ('a');");
  auto x = db.profile("t", "x");
  ASSERT_TRUE(x);
  EXPECT_EQ(x->distinct, 2);
}

TEST(Catalog, ChecksKeysInTheData) {
  auto db = open("CREATE TABLE p (a, b); CREATE TABLE c (a, b);"
                 "INSERT INTO p VALUES (1, 1), (1, 2), (NULL, 1), (NULL, 1);"
                 "INSERT INTO c VALUES (1, 1), (1, 3), (2, NULL);");
  EXPECT_EQ(*db.unique("p", {"a", "b"}), true);
  EXPECT_EQ(*db.unique("p", {"a"}), false);
  EXPECT_EQ(*db.orphans("c", {"a", "b"}, "p", {"a", "b"}), 1);
  EXPECT_EQ(*db.orphans("c", {"a"}, "p", {"a"}), 1);
  EXPECT_EQ(*db.count_rows("p"), 4);
  EXPECT_FALSE(db.count_rows("none"));
  auto rows = db.sample_rows("c", 2);
  ASSERT_TRUE(rows);
  EXPECT_EQ(rows->size(), 2u);
}

TEST(Catalog, RefusesWhatIsNoDatabase) {
  auto db = catalog::open_image(std::string(4096, 'x'));
  ASSERT_FALSE(db);
  EXPECT_EQ(db.error().code, errc::damaged_file);
  auto missing = catalog::open("/nowhere/at/all.sqlite");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, errc::missing_file);
}

TEST(Catalog, GivesUpOnAViewThatNeverEnds) {
  auto db = open("CREATE VIEW v AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL "
                 "SELECT x + 1 FROM c) SELECT x FROM c;");
  db.limit_steps(1'000'000);
  auto x = db.count_rows("v");
  ASSERT_FALSE(x);
  EXPECT_EQ(x.error(),
            (fault{errc::resource_limit, "the step budget is spent"}));
}

} // namespace

} // namespace aura::sql
