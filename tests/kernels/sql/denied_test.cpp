#include "tests/kernels/sql/house.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

namespace aura::sql {

namespace {

namespace fs = std::filesystem;

// What must not run, whatever the reason that is given.
const std::vector<std::string> corpus = {
  "",
  ";",
  "-- nothing",
  "SELECT 1; SELECT 2",
  "SELECT 1; DROP TABLE readings",
  "SELECT 1; x",
  "EXPLAIN SELECT 1",
  "EXPLAIN QUERY PLAN SELECT 1",
  "ATTACH 'attached.sqlite' AS other",
  "ATTACH ':memory:' AS other",
  "DETACH main",
  "VACUUM",
  "VACUUM INTO 'copy.sqlite'",
  "VACUUM main INTO 'copy.sqlite'",
  "REINDEX",
  "ANALYZE",
  "BEGIN",
  "BEGIN EXCLUSIVE",
  "COMMIT",
  "ROLLBACK",
  "SAVEPOINT x",
  "RELEASE x",
  "CREATE TABLE t (x)",
  "CREATE TEMP TABLE t (x)",
  "CREATE TABLE t AS SELECT * FROM readings",
  "CREATE TEMP TABLE t AS SELECT * FROM readings",
  "CREATE VIEW v AS SELECT 1",
  "CREATE TEMP VIEW v AS SELECT 1",
  "CREATE INDEX i ON readings (kwh)",
  "CREATE TRIGGER t AFTER INSERT ON readings BEGIN SELECT 1; END",
  "CREATE VIRTUAL TABLE f USING fts5(x)",
  "CREATE VIRTUAL TABLE temp.r USING rtree(id, a, b)",
  "CREATE VIRTUAL TABLE temp.s USING dbstat(main)",
  "DROP TABLE readings",
  "DROP VIEW rooms",
  "ALTER TABLE readings ADD COLUMN z",
  "ALTER TABLE readings RENAME TO others",
  "INSERT INTO devices VALUES ('z', 'Attic')",
  "INSERT INTO devices VALUES ('z', 'Attic') RETURNING id",
  "REPLACE INTO devices VALUES ('a', 'Attic')",
  "UPDATE devices SET room = 'Attic'",
  "UPDATE devices SET room = 'Attic' RETURNING room",
  "DELETE FROM readings",
  "DELETE FROM readings RETURNING hour",
  "WITH d AS (SELECT 1) DELETE FROM readings",
  "PRAGMA writable_schema = 1",
  "PRAGMA query_only = 0",
  "PRAGMA trusted_schema = 1",
  "PRAGMA journal_mode = WAL",
  "PRAGMA journal_mode",
  "PRAGMA temp_store_directory = '.'",
  "PRAGMA data_store_directory = '.'",
  "PRAGMA user_version",
  "PRAGMA user_version = 7",
  "PRAGMA database_list",
  "PRAGMA table_info(readings)",
  "PRAGMA integrity_check",
  "PRAGMA quick_check",
  "PRAGMA optimize",
  "PRAGMA wal_checkpoint",
  "PRAGMA mmap_size = 1000000",
  "PRAGMA cache_size = 100000",
  "PRAGMA hard_heap_limit = 1",
  "PRAGMA soft_heap_limit = 1",
  "PRAGMA case_sensitive_like = 1",
  "PRAGMA function_list",
  "PRAGMA module_list",
  "PRAGMA compile_options",
  "PRAGMA shrink_memory",
  "SELECT * FROM pragma_table_info('readings')",
  "SELECT count(*) FROM pragma_table_info('readings')",
  "SELECT count(*) FROM pragma_database_list",
  "SELECT file FROM pragma_database_list",
  "SELECT * FROM PRAGMA_FUNCTION_LIST",
  "SELECT 1 FROM pragma_compile_options",
  "SELECT * FROM sqlite_master",
  "SELECT count(*) FROM sqlite_master",
  "SELECT * FROM main.sqlite_schema",
  "SELECT count(*) FROM SQLITE_SCHEMA",
  "SELECT * FROM sqlite_temp_master",
  "SELECT * FROM temp.sqlite_schema",
  "SELECT * FROM sqlite_dbpage",
  "SELECT count(*) FROM sqlite_dbpage",
  "SELECT * FROM dbstat",
  "SELECT count(*) FROM dbstat",
  "SELECT count(*) FROM DBSTAT",
  "SELECT * FROM sqlite_stmt",
  "SELECT * FROM bytecode('SELECT 1')",
  "SELECT * FROM tables_used('SELECT 1')",
  "SELECT * FROM json_each('[1, 2]')",
  "SELECT count(*) FROM json_each('[1, 2]')",
  "SELECT 1 FROM json_tree('[1, 2]')",
  "SELECT count(*) FROM fts3tokenize",
  "SELECT value FROM generate_series(1, 10)",
  "SELECT load_extension('evil')",
  "SELECT fts3_tokenizer('simple')",
  "SELECT randomblob(1000000)",
  "SELECT zeroblob(1000000)",
  "SELECT random()",
  "SELECT hex('a')",
  "SELECT quote('a')",
  "SELECT sqlite_version()",
  "SELECT sqlite_source_id()",
  "SELECT sqlite_compileoption_get(0)",
  "SELECT last_insert_rowid()",
  "SELECT changes()",
  "SELECT total_changes()",
  "SELECT readfile('/etc/passwd')",
  "SELECT writefile('written', 'x')",
  "SELECT edit('x')",
  "SELECT json('[1]')",
  "SELECT json_group_array(hour) FROM readings",
  "SELECT rtreecheck('readings')",
  "SELECT 'a' MATCH 'b'",
  "SELECT 'a' REGEXP 'b'",
  "SELECT \"no_such_column\" FROM readings",
  "SELECT room FROM rooms",
  "SELECT count(*) FROM rooms",
  "SELECT rowid FROM readings",
  "SELECT watt FROM readings",
  "SELECT 1 FROM nowhere",
  "VALUES (1), (random())",
  "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x "
  "FROM c",
  "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 3) "
  "SELECT x FROM c",
  "WITH c AS (SELECT * FROM sqlite_master) SELECT * FROM c",
  "SELECT (SELECT sql FROM sqlite_master LIMIT 1)",
  "SELECT 1 WHERE EXISTS (SELECT 1 FROM sqlite_master)",
  "SELECT 1 UNION SELECT name FROM sqlite_master",
  std::string{"SELECT 1\0; DROP TABLE readings", 31},
};

// A CTE bomb: 3^20 rows out of 20 lines.
std::string bomb() {
  std::string out = "WITH c0 AS (SELECT 1 AS x UNION ALL SELECT 2 UNION ALL "
                    "SELECT 3)";
  for (auto i = 1; i <= 20; ++i) {
    auto last = "c" + std::to_string(i - 1);
    out
      += ", c" + std::to_string(i) + " AS (SELECT a.x FROM " + last + " a, c0)";
  }
  return out + " SELECT count(x) FROM c20";
}

std::string bytes(const fs::path& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

std::set<fs::path> listing(const fs::path& folder) {
  std::set<fs::path> out;
  for (auto& x : fs::directory_iterator{folder})
    out.insert(x.path());
  return out;
}

// A folder that is the working directory while it lives, so that a file made
// under a relative name appears there.
class sandbox {
public:
  explicit sandbox(const char* name)
    : before_{fs::current_path()}, folder_{
                                     fs::temp_directory_path()
                                     / (name + std::to_string(::getpid()))} {
    fs::create_directories(folder_);
    fs::current_path(folder_);
  }

  sandbox(const sandbox&) = delete;
  sandbox& operator=(const sandbox&) = delete;

  ~sandbox() {
    fs::current_path(before_);
    fs::remove_all(folder_);
  }

  const fs::path& folder() const {
    return folder_;
  }

private:
  fs::path before_;
  fs::path folder_;
};

void deny_all(connection& db) {
  limits bounds;
  bounds.deadline = std::chrono::milliseconds{200};
  for (auto& sql : corpus) {
    auto x = db.run(sql, {}, bounds);
    EXPECT_FALSE(x) << sql;
    if (!x) {
      EXPECT_NE(x.error().message, "") << sql;
    }
  }
  bounds.steps = 1'000'000;
  EXPECT_EQ(code_of(db.run(bomb(), {}, bounds)), errc::resource_limit);
  EXPECT_EQ(only(db.run("SELECT count(*) FROM readings", {})), "60");
}

TEST(Denied, NothingRunsOnAFileAndNothingChanges) {
  sandbox here{"aura_denied_file_"};
  std::ofstream{"house.sqlite", std::ios::binary} << house();
  auto before = bytes("house.sqlite");
  auto files = listing(here.folder());
  auto db = connection::open("house.sqlite");
  ASSERT_TRUE(db) << db.error().message;
  deny_all(*db);
  EXPECT_EQ(listing(here.folder()), files);
  EXPECT_EQ(bytes("house.sqlite"), before);
}

TEST(Denied, NothingRunsOnAnImageAndNothingChanges) {
  sandbox here{"aura_denied_image_"};
  auto shared = std::make_shared<const std::string>(house());
  auto before = *shared;
  auto db = connection::open_image(shared);
  ASSERT_TRUE(db) << db.error().message;
  deny_all(*db);
  EXPECT_EQ(listing(here.folder()), std::set<fs::path>{});
  EXPECT_EQ(*shared, before);
}

TEST(Denied, NamesTheReason) {
  auto db = open_house();
  EXPECT_EQ(code_of(db.run("ATTACH 'x' AS y", {})), errc::denied);
  EXPECT_EQ(code_of(db.run("SELECT 1; SELECT 2", {})), errc::denied);
  EXPECT_EQ(code_of(db.run("SELECT sql FROM sqlite_master", {})), errc::denied);
  EXPECT_EQ(code_of(db.run("SELECT random()", {})), errc::denied);
}

TEST(Denied, WhatTheTranslatorWritesIsAllowed) {
  auto db = open_house();
  for (auto* sql :
       {"WITH a AS MATERIALIZED (SELECT hour FROM readings) SELECT count(*) "
        "FROM a",
        "WITH a AS (SELECT hour FROM readings) SELECT count(*) FROM a AS b",
        "SELECT 1 ;\n",
        "SELECT device_id, rank() OVER (PARTITION BY device_id ORDER BY kwh "
        "DESC NULLS LAST) FROM readings",
        "SELECT count(*) FILTER (WHERE kwh > 1) FROM READINGS",
        "SELECT CAST(kwh AS REAL) / 2 FROM Readings r LEFT JOIN devices d ON "
        "d.ID = r.device_id",
        "SELECT room FROM devices WHERE room LIKE 'k%' ESCAPE '\\'",
        "SELECT unixepoch('2024-01-01'), strftime('%m', '2024-01-01'), "
        "iif(1, 2, 3), mod(5.5, 2)",
        "SELECT 1 IN (SELECT hour FROM readings) UNION SELECT 2 INTERSECT "
        "SELECT 2"}) {
    auto x = db.run(sql, {});
    EXPECT_TRUE(x) << sql << ": " << x.error().message;
  }
}

} // namespace

} // namespace aura::sql
