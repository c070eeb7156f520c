#include "kernels/schema/import.hpp"

#include "kernels/schema/check.hpp"
#include "kernels/schema/load.hpp"
#include "kernels/schema/seed.hpp"
#include "kernels/sql/writer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

namespace aura::schema {

namespace {

/// What import makes of a database that these statements build.
expected<imported> import_of(const std::string& sql,
                             const import_options& options = {}) {
  auto database = sql::writer::create();
  if (!database)
    return database.error();
  if (const auto done = database->execute(sql); !done)
    return done.error();
  const auto image = database->image();
  if (!image)
    return image.error();
  auto opened = sql::catalog::open_image(*image);
  if (!opened)
    return opened.error();
  return import_catalog(*opened, options);
}

struct nasty {
  const char* what;
  const char* sql;
  /// The file from `tables:` on.
  const char* yaml;
};

const nasty corpus[] = {
  {"names with spaces, mixed case, a reserved word",
   R"(CREATE TABLE "Order Details" ("Order ID" INTEGER PRIMARY KEY, "by" TEXT,
        "näher" REAL, "it's" TEXT, "select" INT NOT NULL);
      CREATE TABLE lines (id INTEGER PRIMARY KEY,
        "Order ID" INT REFERENCES "Order Details"("Order ID"),
        on_id INT REFERENCES "Order Details"("Order ID"),
        parent INT REFERENCES "Order Details"("Order ID"));)",
   R"(tables:
  # empty: types are as declared
  Order Details:
    primary-key: Order ID
    columns:
      Order ID: {type: integer}
      by: {type: text, nullable: true}
      'näher': {type: real, nullable: true}
      'it''s': {type: text, nullable: true, description: it s}
      select: {type: integer}

  # empty: types are as declared
  lines:
    primary-key: id
    columns:
      id: {type: integer}
      Order ID: {type: integer, nullable: true}
      on_id: {type: integer, nullable: true}
      parent: {type: integer, nullable: true}
    relations:
      Order: {to: Order Details, match: '`Order ID` == `Order ID`'}
      Order Details_by_on_id: {to: Order Details, match: 'on_id == `Order ID`'}
      parent: {to: Order Details, match: 'parent == `Order ID`'}
)"},
  {"views, broken views, triggers, full-text tables",
   R"(CREATE TABLE t (id INTEGER PRIMARY KEY, x INT);
      CREATE VIEW sound AS SELECT x FROM t;
      CREATE TABLE gone (x); CREATE VIEW broken AS SELECT x FROM gone;
      DROP TABLE gone;
      CREATE TRIGGER tr AFTER INSERT ON t BEGIN SELECT 1; END;
      CREATE VIRTUAL TABLE notes USING fts5(body);)",
   R"(tables:
  # empty: types are as declared
  t:
    primary-key: id
    columns:
      id: {type: integer}
      x: {type: integer, nullable: true}
# left out: broken: a broken view: no such table: main.gone
# left out: notes: a virtual table
# left out: notes_config: holds the data of a virtual table
# left out: notes_content: holds the data of a virtual table
# left out: notes_data: holds the data of a virtual table
# left out: notes_docsize: holds the data of a virtual table
# left out: notes_idx: holds the data of a virtual table
# left out: sound: a view
)"},
  {"generated columns",
   R"(CREATE TABLE t (a INT, b INT AS (a * 2), c INT AS (a + 1) STORED);
      INSERT INTO t(a) VALUES (1), (5);)",
   R"(tables:
  t:
    columns:
      a: {type: integer, nullable: true, range: [1, 5]}
      # a generated column
      b: {type: integer, nullable: true, range: [2, 10]}
      # a generated column
      c: {type: integer, nullable: true, range: [2, 6]}
)"},
  {"composite keys, self references, two keys to one table, cycles",
   R"(CREATE TABLE teams (id INTEGER PRIMARY KEY,
        captain_id INT REFERENCES players(id));
      CREATE TABLE players (id INTEGER PRIMARY KEY,
        team_id INT REFERENCES teams, mentor_id INT REFERENCES players);
      CREATE TABLE games (day INT, no INT, home_id INT REFERENCES teams,
        away_id INT REFERENCES teams, PRIMARY KEY (day, no));
      CREATE TABLE goals (game_day INT, game_no INT, minute INT,
        FOREIGN KEY (game_day, game_no) REFERENCES games (day, no));
      INSERT INTO teams VALUES (1, 1), (2, 9);
      INSERT INTO players VALUES (1, 1, 1), (2, 2, 1);
      INSERT INTO games VALUES (1, 1, 1, 2), (1, 2, 2, 1);
      INSERT INTO goals VALUES (1, 1, 12), (1, 1, 12), (7, 7, 90);)",
   R"(tables:
  games:
    primary-key: [day, 'no']
    columns:
      day: {type: integer}
      'no': {type: integer}
      home_id: {type: integer, nullable: true}
      away_id: {type: integer, nullable: true}
    relations:
      home: {to: teams, match: home_id == id}
      away: {to: teams, match: away_id == id}

  goals:
    columns:
      game_day: {type: integer, nullable: true}
      game_no: {type: integer, nullable: true}
      minute: {type: integer, nullable: true, range: [12, 90]}
    relations:
      # 1 row matches nothing in games
      game: {to: games, match: game_day == day AND game_no == no}

  players:
    primary-key: id
    columns:
      id: {type: integer}
      team_id: {type: integer, nullable: true}
      mentor_id: {type: integer, nullable: true}
    relations:
      team: {to: teams, match: team_id == id}
      mentor: {to: players, match: mentor_id == id}

  teams:
    primary-key: id
    columns:
      id: {type: integer}
      captain_id: {type: integer, nullable: true}
    relations:
      # 1 row matches nothing in players
      captain: {to: players, match: captain_id == id}
)"},
  {"NULLs and stray blanks in keys, keys of no kind",
   R"(CREATE TABLE codes (code TEXT PRIMARY KEY, label TEXT);
      CREATE TABLE uses (code TEXT REFERENCES codes, n INT REFERENCES nowhere,
        label TEXT REFERENCES codes(label), bad TEXT REFERENCES codes(nope));
      INSERT INTO codes VALUES (NULL, 'x'), (NULL, 'x'), ('A', 'y');
      INSERT INTO uses VALUES ('A ', 1, 'x', 'q'), ('A', 2, 'y', 'q');)",
   R"(tables:
  codes:
    # the primary key (code) has NULLs in it: taken for a unique key
    unique: [[code]]
    columns:
      code: {type: text, nullable: true}
      # sampled: 2 values in 3 rows
      label: {type: text, nullable: true, values: [x, 'y']}

  uses:
    columns:
      # among the frequent values 1 row has a blank at an end
      code: {type: text, nullable: true}
      'n': {type: integer, nullable: true}
      label: {type: text, nullable: true}
      bad: {type: text, nullable: true}
    relations:
      # 1 row matches nothing in codes
      code: {to: codes, match: code == code}
    # foreign key left out: (n) to nowhere: there is no such table here
    # foreign key left out: (label) to codes (label): (label) is no key of codes
    # foreign key left out: (bad) to codes (nope): its right side is not here
)"},
  {"a right side that is unique without saying so",
   R"(CREATE TABLE p (name TEXT NOT NULL);
      CREATE TABLE c (p_key TEXT NOT NULL,
        FOREIGN KEY (p_key) REFERENCES p(name));
      INSERT INTO p VALUES ('a'), ('b'); INSERT INTO c VALUES ('a');)",
   R"(tables:
  c:
    columns:
      p_key: {type: text}
    relations:
      p: {to: p, match: p_key == name}

  p:
    # inferred: (name) is unique in the data, though not declared so
    unique: [[name]]
    columns:
      # sampled: 2 values in 2 rows
      name: {type: text, values: [a, b]}
)"},
  {"dates as text: T, fractions, sometimes a time, blanks, nonsense",
   R"(CREATE TABLE t (d TEXT NOT NULL, s TEXT NOT NULL, t TEXT NOT NULL,
        f TEXT NOT NULL, some TEXT NOT NULL, mixed TEXT NOT NULL,
        blank TEXT NOT NULL, odd TEXT NOT NULL, dt DATETIME NOT NULL);
      INSERT INTO t VALUES
        ('2024-01-31', '2024-01-31 08:00', '2024-01-31T08:00:00Z',
         '2024-01-31 08:00:00.25', '2024-01-31', '2024-01-31 08:00:00',
         '2024-02-01', '2024-01-31', '2024-01-01 00:00:00'),
        ('2023-02-28', '2023-01-31 08:00:00', '2023-01-31T08:00:00',
         '2023-01-31 08:00:00', '2024-01-31 09:00:00', '2024-01-31T08:00:00',
         '', '2024-02-30', '2024-01-02 00:00:00'),
        ('2023-03-28', '2023-01-31 08:00:00', '2023-01-31T08:00:00',
         '2023-01-31 08:00:00', '2024-01-31 09:00:00', '2024-01-31T08:00:00',
         '2024-02-02', '2024-02-03', '2024-01-02 00:00:00');)",
   R"(tables:
  t:
    columns:
      # inferred: texts that are dates
      d: {type: date, range: ['2023-02-28', '2024-01-31']}
      # moments, but 1 row leaves out the time or its seconds, or ends in Z or zeros, which does not compare: left as text; CAST(x AS TIMESTAMP) reads it
      s: {type: text}
      # moments, but 1 row leaves out the time or its seconds, or ends in Z or zeros, which does not compare: left as text; CAST(x AS TIMESTAMP) reads it
      t: {type: text}
      # inferred: texts that are moments
      # 1 row has fractions of a second
      f: {type: timestamp, range: ['2023-01-31 08:00:00', '2024-01-31 08:00:01']}
      # moments, but 1 row leaves out the time or its seconds, or ends in Z or zeros, which does not compare: left as text; CAST(x AS TIMESTAMP) reads it
      some: {type: text}
      # moments with a space and moments with a T, which do not compare: left as text; CAST(x AS TIMESTAMP) reads both
      mixed: {type: text}
      # dates, but 1 row is blank instead of NULL: left as text; CAST(x AS DATE) reads it
      blank: {type: text}
      # dates, but 1 row holds other text: left as text
      odd: {type: text}
      dt: {type: timestamp, range: ['2024-01-01 00:00:00', '2024-01-02 00:00:00']}
)"},
  {"moments as numbers",
   R"(CREATE TABLE t (created_at INT NOT NULL, stamp TIMESTAMP NOT NULL,
        ms_time INT NOT NULL, seconds INT NOT NULL);
      INSERT INTO t VALUES (1700000000, 1600000000, 1700000000000, 1700000000),
        (1710000000, 1610000000, 1710000000000, 1710000000);)",
   R"(tables:
  t:
    columns:
      # inferred: numbers that are seconds since 1970
      created_at:
        type: timestamp
        format: epoch-seconds
        range: ['2023-11-14 22:13:20', '2024-03-09 16:00:00']
      # inferred: numbers that are seconds since 1970
      stamp:
        type: timestamp
        format: epoch-seconds
        range: ['2020-09-13 12:26:40', '2021-01-07 06:13:20']
      # perhaps milliseconds since 1970, which no format says
      ms_time: {type: integer, range: [1700000000000, 1710000000000]}
      seconds: {type: integer, range: [1700000000, 1710000000]}
)"},
  {"booleans as 0/1, Y/N, true/false",
   R"(CREATE TABLE t (a BOOLEAN NOT NULL, is_b INT NOT NULL, c INT NOT NULL,
        d TEXT NOT NULL, e TEXT NOT NULL, f BOOL NOT NULL);
      INSERT INTO t VALUES (0, 1, 0, 'Y', 'true', 2), (1, 1, 1, 'N', 'false', 0),
        (1, 0, 1, 'Y', 'true', 1), (1, 0, 1, 'Y', 'true', 1),
        (0, 0, 1, 'N', 'false', 1), (1, 0, 1, 'Y', 'true', 1);)",
   R"(tables:
  t:
    columns:
      a: {type: boolean}
      # inferred: only 0 and 1, taken for a boolean
      is_b: {type: boolean}
      # only 0 and 1: perhaps a boolean
      c: {type: integer, range: [0, 1]}
      # a boolean in words: left as text
      # sampled: 2 values in 6 rows
      d: {type: text, values: ['Y', 'N']}
      # a boolean in words: left as text
      # sampled: 2 values in 6 rows
      e: {type: text, values: ['true', 'false']}
      # declared BOOL, but it holds numbers from 0 to 2
      f: {type: integer, range: [0, 2]}
)"},
  {"money as integer and real, whole reals, infinity, texts in numbers",
   R"(CREATE TABLE t (price NUMERIC NOT NULL, fee DECIMAL(10,2) NOT NULL,
        far REAL NOT NULL, n INT NOT NULL, big INT NOT NULL);
      INSERT INTO t VALUES (1, 2, 1e999, 1, 9223372036854775807),
        (1.5, 3, 0, 'n/a', -9223372036854775808);)",
   R"(tables:
  t:
    columns:
      # 1 integer beside 1 real
      price: {type: real, range: [1.0, 1.5]}
      # declared DECIMAL(10,2), though all values are whole
      fee: {type: real, range: [2.0, 3.0]}
      # some values are infinite: no range
      far: {type: real}
      # 1 number beside 1 text: taken for text
      'n': {type: text}
      big: {type: integer, range: [-9223372036854775808, 9223372036854775807]}
)"},
  {"codes with leading zeros, unknown types, no types, BLOBs, bad UTF-8",
   R"(CREATE TABLE t (zip TEXT NOT NULL, g GEOMETRY, u UUID, plain, b BLOB,
        m, bad TEXT, worse TEXT, empty_blob BLOB);
      INSERT INTO t VALUES
        ('01234', NULL, 'a-b', 1, x'00', x'01', CAST(x'ff61' AS TEXT),
         CAST(x'ff' AS TEXT), NULL),
        ('12345', NULL, 'c-d', 2, x'02', 'text', 'fine', NULL, NULL);)",
   R"(tables:
  t:
    columns:
      # codes with leading zeros: left as text
      zip: {type: text}
      # declared GEOMETRY, which SQLite does not know, and no values: taken for text
      # nothing but NULL: typed by its declaration
      g: {type: text, nullable: true}
      u: {type: text, nullable: true}
      plain: {type: integer, nullable: true, range: [1, 2]}
      # 1 text is not UTF-8
      bad: {type: text, nullable: true}
    # b: left out: it holds BLOBs
    # m: left out: 1 value of 2 are BLOBs
    # worse: left out: none of its texts is UTF-8
    # empty_blob: left out: declared BLOB and without values
)"},
  {"no declared keys at all",
   R"(CREATE TABLE artists (artist_id INT NOT NULL, name TEXT NOT NULL);
      CREATE TABLE albums (id INTEGER PRIMARY KEY, artist_id INT);
      CREATE TABLE tracks (id INTEGER PRIMARY KEY, album_id INT, no INT);
      INSERT INTO artists VALUES (1, 'A'), (2, 'B');
      INSERT INTO albums VALUES (1, 1), (2, 2);
      INSERT INTO tracks VALUES (1, 1, 1), (2, 7, 1);)",
   R"(tables:
  albums:
    primary-key: id
    columns:
      id: {type: integer}
      artist_id: {type: integer, nullable: true, range: [1, 2]}

  artists:
    # no key is declared; in the data this one holds: primary-key: artist_id
    columns:
      artist_id: {type: integer, range: [1, 2]}
      # sampled: 2 values in 2 rows
      name: {type: text, values: [A, B]}

  tracks:
    primary-key: id
    columns:
      id: {type: integer}
      album_id: {type: integer, nullable: true, range: [1, 7]}
      'no': {type: integer, nullable: true, range: [1, 1]}
    # relations: (inferred from names, not declared)
    #   album: {to: albums, match: album_id == id} # matches nothing: 1
)"},
  {"a key of texts and numbers",
   R"(CREATE TABLE units (code INTEGER_OR_TEXT PRIMARY KEY NOT NULL);
      CREATE TABLE uses (unit_code INTEGER_OR_TEXT REFERENCES units);
      INSERT INTO units VALUES (1), (2), ('m'); INSERT INTO uses VALUES (1);)",
   R"(tables:
  units:
    primary-key: code
    columns:
      # 2 numbers beside 1 text: taken for text
      code: {type: text}

  uses:
    columns:
      # numbers, taken for text since units.code is text
      unit_code: {type: text, nullable: true}
    relations:
      unit_code: {to: units, match: unit_code == code}
)"},
};

TEST(Import, MeetsRealDatabases) {
  for (const auto& c : corpus) {
    const auto found = import_of(c.sql);
    ASSERT_TRUE(found) << c.what << ": " << found.error().message;
    const auto at = found->yaml.find("\ntables:");
    ASSERT_NE(at, std::string::npos);
    EXPECT_EQ(found->yaml.substr(at + 1), c.yaml) << c.what;
    // What import writes can be seeded.
    for (std::size_t i = 0; i < state_kinds; ++i) {
      auto options = state_options{};
      options.kind = static_cast<state_kind>(i);
      const auto image = seed(found->schema, options);
      EXPECT_TRUE(image) << c.what << ": " << image.error().message;
    }
  }
}

TEST(Import, CountsWhatItLeavesOut) {
  const auto found = import_of("CREATE TABLE a (x INT, b BLOB);"
                               "CREATE TABLE b (only BLOB);"
                               "CREATE VIEW v AS SELECT 1;"
                               "INSERT INTO a VALUES (1, x'00');"
                               "INSERT INTO b VALUES (x'00');",
                               {.name = "tiny"});
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->schema.name, "tiny");
  EXPECT_EQ(found->tables_left_out, 2u);
  EXPECT_EQ(found->columns_left_out, 2u);
  EXPECT_EQ(
    found->yaml,
    R"(# Imported: 1 table, 1 column, 0 relations. Left out: 2 tables and views, 2 columns.
# Comments say what was inferred and what was left out. Descriptions, synonyms and units
# make better questions: please add them.
schema: tiny
tables:
  a:
    columns:
      x: {type: integer, nullable: true, range: [1, 1]}
    # b: left out: it holds BLOBs
# left out: b: none of its columns can be asked about
# left out: v: a view
)");
  EXPECT_EQ(
    found->notes,
    (std::vector<std::string>{
      "a: b: left out: it holds BLOBs", "b: only: left out: it holds BLOBs",
      "left out: b: none of its columns can be asked about",
      "left out: v: a view"}));
}

TEST(Import, ReadsThreeHundredTables) {
  std::string sql;
  for (int i = 0; i < 300; ++i)
    sql += "CREATE TABLE t" + std::to_string(i)
           + " (id INTEGER PRIMARY KEY, next_id INT REFERENCES t"
           + std::to_string((i + 1) % 300) + ");";
  const auto found = import_of(sql);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->schema.tables.size(), 300u);
  for (const auto& t : found->schema.tables)
    EXPECT_EQ(t.relations.size(), 1u);
  EXPECT_TRUE(seed(found->schema, {}));
}

TEST(Import, ReadsOddNamesWithoutBreakingTheFile) {
  const auto found = import_of("CREATE TABLE \"a\nb\" (x INT);"
                               "CREATE TABLE \"c`d\" (x INT);"
                               "CREATE TABLE \"#\" (\": \" INT, \"`\" INT,"
                               " \"\" INT, \"- x\" INT);");
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->tables_left_out, 2u);
  EXPECT_EQ(found->columns_left_out, 2u);
  ASSERT_EQ(found->schema.tables.size(), 1u);
  EXPECT_EQ(found->schema.tables[0].columns[1].name, "- x");
}

TEST(Import, ReadsItsOwnSeededStatesBack) {
  for (const auto* name : {"smart_home.yaml", "shop.yaml"}) {
    const auto s = load(std::filesystem::path{AURA_SOURCE_DIR} / "configs"
                        / "schemas" / name);
    ASSERT_TRUE(s);
    auto options = state_options{};
    options.rows = 400;
    const auto image = seed(*s, options);
    ASSERT_TRUE(image);
    auto database = sql::catalog::open_image(*image);
    ASSERT_TRUE(database);
    const auto found = import_catalog(*database, {});
    ASSERT_TRUE(found) << found.error().message;
    ASSERT_EQ(found->schema.tables.size(), s->tables.size());
    for (const auto& t : s->tables) {
      const auto* again = found->schema.find_table(t.name);
      ASSERT_TRUE(again) << t.name;
      EXPECT_EQ(again->primary_key, t.primary_key);
      EXPECT_EQ(again->unique, t.unique);
      for (const auto& c : t.columns) {
        const auto* column = again->find_column(c.name);
        ASSERT_TRUE(column) << t.name << "." << c.name;
        EXPECT_EQ(column->type, c.type) << t.name << "." << c.name;
        EXPECT_EQ(column->nullable, c.nullable) << t.name << "." << c.name;
        EXPECT_EQ(column->format, c.format) << t.name << "." << c.name;
        if (c.type == type::text && !c.values.empty()
            && again->relations.empty()) {
          EXPECT_EQ(column->values.size(), c.values.size())
            << t.name << "." << c.name;
        }
      }
      ASSERT_EQ(again->relations.size(), t.relations.size()) << t.name;
      for (std::size_t i = 0; i < t.relations.size(); ++i)
        EXPECT_EQ(again->relations[i].match, t.relations[i].match);
    }
  }
}

TEST(Import, RefusesWhatIsNoDatabase) {
  const auto missing = import_database("no/such/file.db");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, errc::missing_file);
  const auto text = import_database(std::filesystem::path{AURA_SOURCE_DIR}
                                    / "CMakeLists.txt");
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().code, errc::damaged_file);
  const auto empty = import_of("SELECT 1");
  ASSERT_FALSE(empty);
  EXPECT_EQ(empty.error().code, errc::invalid_schema);
  EXPECT_EQ(empty.error().message, "the database has no table to ask about");
}

/// Databases that people made, where they are at hand.
TEST(Import, ReadsChinook) {
  const auto file = std::filesystem::path{AURA_SOURCE_DIR} / ".." / "shared"
                    / "data" / "chinook" / "chinook.sqlite";
  if (!std::filesystem::exists(file))
    GTEST_SKIP() << "no chinook.sqlite beside the source";
  const auto found = import_database(file);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->schema.name, "chinook");
  EXPECT_EQ(found->schema.tables.size(), 11u);
  EXPECT_EQ(found->columns_left_out, 0u);
  auto relations = std::size_t{0};
  for (const auto& t : found->schema.tables)
    relations += t.relations.size();
  EXPECT_EQ(relations, 11u);
  const auto* employee = found->schema.find_table("Employee");
  ASSERT_TRUE(employee);
  ASSERT_TRUE(employee->find_relation("ReportsTo"));
  EXPECT_EQ(employee->find_relation("ReportsTo")->to, "Employee");
  EXPECT_EQ(employee->find_column("HireDate")->type, type::timestamp);
  const auto* track = found->schema.find_table("Track");
  EXPECT_TRUE(track->find_relation("MediaType"));
  const auto* genre = found->schema.find_table("Genre");
  EXPECT_EQ(genre->find_column("Name")->values.size(), 25u);
}

TEST(Import, ReadsProj) {
  const auto file = std::filesystem::path{"/usr/share/proj/proj.db"};
  if (!std::filesystem::exists(file))
    GTEST_SKIP() << "no proj.db from package proj-data";
  const auto found = import_database(file);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_GE(found->schema.tables.size(), 30u);
  EXPECT_GE(found->tables_left_out, 5u); // its views
  const auto* ellipsoid = found->schema.find_table("ellipsoid");
  ASSERT_TRUE(ellipsoid);
  const auto* body = ellipsoid->find_relation("celestial_body");
  ASSERT_TRUE(body);
  EXPECT_EQ(body->match.size(), 2u);
  EXPECT_EQ(ellipsoid->find_column("deprecated")->type, type::boolean);
}

} // namespace

} // namespace aura::schema
