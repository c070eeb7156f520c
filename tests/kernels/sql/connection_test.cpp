#include "tests/kernels/sql/house.hpp"

#include "kernels/base/random.hpp"
#include "kernels/sql/memory.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <thread>

namespace aura::sql {

namespace {

std::string text(std::size_t size) {
  return std::string(size, 'x');
}

TEST(Connection, AnswersWithNamesAndTypedCells) {
  auto db = open_house();
  auto x = db.run("SELECT hour AS h, kwh, device_id, NULL FROM readings WHERE "
                  "hour BETWEEN ?1 AND ?2 ORDER BY hour",
                  {std::int64_t{8}, std::int64_t{9}});
  ASSERT_TRUE(x) << x.error().message;
  EXPECT_EQ(x->columns[0], "h");
  ASSERT_EQ(x->rows.size(), 2u);
  EXPECT_EQ(x->rows[0], (record{std::int64_t{8}, 2.0, std::string{"c"}, {}}));
  EXPECT_EQ(x->rows[1], (record{std::int64_t{9}, {}, std::string{"a"}, {}}));
}

TEST(Connection, KeepsTextAsUtf8) {
  auto db = open_house();
  EXPECT_EQ(only(db.run("SELECT room FROM devices WHERE id = 'c'", {})),
            "'Büro'");
}

TEST(Connection, RunsTheSameTextWithOtherParameters) {
  auto db = open_house();
  for (std::int64_t i = 0; i < 200; ++i)
    EXPECT_EQ(
      only(db.run("SELECT hour + 1 FROM readings WHERE hour = ?1", {i % 60})),
      std::to_string(i % 60 + 1));
}

TEST(Connection, ForgetsTheOldestStatementsAndStillAnswers) {
  auto db = open_house();
  for (auto round = 0; round < 3; ++round)
    for (auto i = 0; i < 150; ++i)
      EXPECT_EQ(only(db.run("SELECT " + std::to_string(i), {})),
                std::to_string(i));
}

TEST(Connection, TellsHowManyParametersAreMissing) {
  auto db = open_house();
  auto x = db.run("SELECT ?1", {});
  ASSERT_FALSE(x);
  EXPECT_EQ(x.error(), (fault{errc::sql_error, "a statement with 1 parameters "
                                               "was given 0"}));
}

TEST(Connection, ReportsWhatSqliteSays) {
  auto db = open_house();
  auto x = db.run("SELECT watt FROM readings", {});
  ASSERT_FALSE(x);
  EXPECT_EQ(x.error(), (fault{errc::sql_error, "no such column: watt"}));
}

TEST(Connection, TakesADoubleQuotedUnknownNameForAnError) {
  auto db = open_house();
  EXPECT_EQ(only(db.run("SELECT \"no_such_column\"", {})),
            "sql_error: no such column: no_such_column");
}

TEST(Connection, HasNoClock) {
  auto db = open_house();
  EXPECT_EQ(only(db.run("SELECT date('now')", {})), "NULL");
  EXPECT_EQ(only(db.run("SELECT date('2024-02-29', '+1 year')", {})),
            "'2025-03-01'");
}

TEST(Connection, RefusesABlobInsteadOfReinterpretingIt) {
  auto db = open_house();
  EXPECT_EQ(code_of(db.run("SELECT CAST('x' AS BLOB)", {})), errc::unsupported);
}

struct limit_case {
  const char* what;
  limits bounds;
  std::string sql;
  fault outcome;
};

TEST(Connection, StopsAtEveryLimit) {
  const auto many = "SELECT a.hour FROM readings a, readings b, readings c, "
                    "readings d";
  auto bounds = [](auto change) {
    limits out;
    change(out);
    return out;
  };
  const std::vector<limit_case> cases = {
    {"deadline before the start",
     bounds([](auto& x) { x.deadline = std::chrono::milliseconds{0}; }),
     "SELECT 1",
     {errc::timeout, "the deadline passed"}},
    {"deadline within one statement",
     bounds([](auto& x) {
       x.deadline = std::chrono::milliseconds{5};
       x.steps = ~std::uint64_t{0};
     }),
     std::string{"SELECT sum(hour) FROM ("} + many + ", readings e)",
     {errc::timeout, "the deadline passed"}},
    {"steps",
     bounds([](auto& x) { x.steps = 10'000; }),
     std::string{"SELECT count(hour) FROM ("} + many + ")",
     {errc::resource_limit, "the step budget is spent"}},
    {"rows",
     bounds([](auto& x) { x.rows = 59; }),
     "SELECT hour FROM readings",
     {errc::resource_limit, "more rows than 59"}},
    {"bytes of cells",
     bounds([](auto& x) { x.bytes = 60 * sizeof(datum) - 1; }),
     "SELECT hour FROM readings",
     {errc::resource_limit, "an answer of more bytes than 2399"}},
    {"bytes of text",
     bounds([](auto& x) { x.bytes = 1000; }),
     "SELECT replace('aaaaaaaaaaaaaaaaaaaa', 'a', '" + text(60) + "')",
     {errc::resource_limit, "an answer of more bytes than 1000"}},
    {"memory",
     bounds([](auto& x) { x.memory = 200'000; }),
     std::string{"SELECT max(n) FROM (SELECT row_number() OVER (ORDER BY "
                 "a.kwh + b.hour) AS n FROM readings a, readings b, readings "
                 "c)"},
     {errc::resource_limit, "the memory budget is spent"}},
    {"length of a value",
     {},
     "SELECT length(replace('" + text(300) + "', 'x', '" + text(300) + "'))",
     {errc::resource_limit, "string or blob too big"}},
    {"length of a statement",
     {},
     "SELECT 1 -- " + text(70'000),
     {errc::resource_limit, "a statement of more than 65536 bytes"}},
  };
  auto db = open_house();
  for (auto& x : cases) {
    auto outcome = db.run(x.sql, {}, x.bounds);
    ASSERT_FALSE(outcome) << x.what;
    EXPECT_EQ(outcome.error(), x.outcome)
      << x.what << ": " << outcome.error().message;
    EXPECT_EQ(only(db.run("SELECT count(*) FROM readings", {})), "60")
      << "after " << x.what;
  }
}

TEST(Connection, AllowsExactlyTheLimitOfRows) {
  auto db = open_house();
  limits bounds;
  bounds.rows = 60;
  bounds.bytes = 60 * sizeof(datum);
  EXPECT_TRUE(db.run("SELECT hour FROM readings", {}, bounds));
}

TEST(Connection, LimitsWhatAStatementMayBe) {
  auto db = open_house();
  auto repeated = [](std::string_view first, std::string_view more, int n) {
    std::string out{first};
    for (auto i = 0; i < n; ++i)
      out += more;
    return out;
  };
  for (auto& sql :
       {repeated("SELECT 1", ", 1", 100), repeated("SELECT 1", " + 1", 64),
        repeated("SELECT 1", " UNION ALL SELECT 1", 8),
        std::string{"SELECT ?65"},
        repeated("SELECT coalesce(1", ", 1", 16) + ")",
        "SELECT 1 LIKE '" + text(129) + "'"}) {
    auto x = db.run(sql, {});
    ASSERT_FALSE(x) << sql;
    EXPECT_EQ(x.error().code, errc::resource_limit)
      << sql << ": " << x.error().message;
  }
}

TEST(Connection, SurvivesEveryFailedAllocation) {
  auto shared = std::make_shared<const std::string>(house());
  auto db = connection::open_image(shared);
  ASSERT_TRUE(db);
  const auto sql = "SELECT device_id, aura_median(kwh), "
                   "aura_string_agg(hour, ','), aura_stddev(kwh), "
                   "aura_arg_max(device_id, kwh) FROM readings GROUP BY "
                   "device_id ORDER BY device_id";
  auto whole = db->run(sql, {});
  ASSERT_TRUE(whole) << whole.error().message;
  auto failures = 0;
  for (std::uint64_t n = 1;; ++n) {
    // What the statement cache holds must not hide an allocation.
    auto fresh = connection::open_image(shared);
    ASSERT_TRUE(fresh);
    auto spent = false;
    {
      memory_budget budget{1u << 30};
      budget.fail_at(n);
      auto x = fresh->run(sql, {});
      spent = budget.allocations() >= n;
      if (!x) {
        ++failures;
        ASSERT_EQ(x.error().code, errc::resource_limit) << x.error().message;
      } else {
        ASSERT_EQ(x->rows, whole->rows) << n;
      }
    }
    auto again = fresh->run(sql, {});
    ASSERT_TRUE(again) << "after allocation " << n << ": "
                       << again.error().message;
    ASSERT_EQ(again->rows, whole->rows) << n;
    if (!spent)
      break;
  }
  EXPECT_GT(failures, 30);
}

TEST(Connection, SurvivesEveryFailedAllocationWhileReopening) {
  auto shared = std::make_shared<const std::string>(house());
  for (std::uint64_t n = 1;; ++n) {
    memory_budget budget{1u << 30};
    budget.fail_at(n);
    auto db = connection::open_image(shared);
    if (!db) {
      ASSERT_NE(db.error().message, "") << n;
    }
    if (budget.allocations() < n) {
      ASSERT_TRUE(db);
      break;
    }
  }
}

TEST(Connection, SaysWhatIsWrongWithAFile) {
  auto folder = std::filesystem::temp_directory_path()
                / ("aura_connection_" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  auto missing = connection::open(folder / "missing.sqlite");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, errc::missing_file);
  auto folder_itself = connection::open(folder);
  ASSERT_FALSE(folder_itself);
  EXPECT_EQ(folder_itself.error().code, errc::io_error);
  std::ofstream{folder / "noise"} << text(5000);
  auto noise = connection::open(folder / "noise");
  ASSERT_FALSE(noise);
  EXPECT_EQ(noise.error().code, errc::damaged_file) << noise.error().message;
  std::ofstream{folder / "good #1?.sqlite"} << house();
  auto good = connection::open(folder / "good #1?.sqlite");
  ASSERT_TRUE(good) << good.error().message;
  EXPECT_EQ(only(good->run("SELECT count(*) FROM readings", {})), "60");
  std::ofstream{folder / "good #1?.sqlite-wal"} << "unfinished";
  auto unfinished = connection::open(folder / "good #1?.sqlite");
  ASSERT_FALSE(unfinished);
  EXPECT_EQ(unfinished.error().code, errc::io_error);
  std::filesystem::remove_all(folder);
}

TEST(Connection, AnswersOrFailsOverAnyDamage) {
  auto whole = house();
  random_stream random{7, "damage"};
  for (auto i = 0; i < 300; ++i) {
    auto image = whole;
    for (auto k = 0; k < 20; ++k)
      image[random.below(image.size())] = static_cast<char>(random());
    auto db = connection::open_image(image);
    if (!db)
      continue;
    for (auto* sql : {"SELECT device_id, count(kwh) FROM readings GROUP BY 1",
                      "SELECT room FROM devices WHERE id = 'b'"})
      if (auto x = db->run(sql, {}); !x) {
        ASSERT_NE(x.error().message, "");
      }
  }
}

TEST(Connection, ReadsViewsOnlyIfTheyAreDeclared) {
  auto image = house();
  auto plain = connection::open_image(image);
  ASSERT_TRUE(plain);
  EXPECT_FALSE(plain->run("SELECT room FROM rooms", {}));
  open_options options;
  options.views = true;
  auto viewing = connection::open_image(image, options);
  ASSERT_TRUE(viewing);
  EXPECT_EQ(only(viewing->run("SELECT max(room) FROM rooms", {})),
            "'Living Room'");
}

TEST(Connection, TurnsUnorderedRowsAround) {
  open_options options;
  options.reverse_unordered = true;
  auto db = connection::open_image(house(), options);
  ASSERT_TRUE(db);
  EXPECT_EQ(only(db->run("SELECT hour FROM readings LIMIT 1", {})), "59");
}

TEST(Connection, SummarisesRowsWhateverTheirOrder) {
  auto db = open_house();
  auto up = db.summarise("SELECT hour, kwh FROM readings ORDER BY hour", {});
  auto down
    = db.summarise("SELECT hour, kwh FROM readings ORDER BY hour DESC", {});
  auto other = db.summarise("SELECT hour + 1, kwh FROM readings", {});
  ASSERT_TRUE(up && down && other);
  EXPECT_EQ(*up, *down);
  EXPECT_EQ(up->rows, 60u);
  EXPECT_TRUE(up->informative);
  EXPECT_NE(up->hash, other->hash);
  auto nulls = db.summarise("SELECT NULL FROM readings", {});
  ASSERT_TRUE(nulls);
  EXPECT_FALSE(nulls->informative);
}

TEST(Connection, SharesOneImageBetweenThreads) {
  auto shared = std::make_shared<const std::string>(house());
  auto before = *shared;
  std::vector<std::thread> threads;
  std::vector<std::string> answers(4);
  for (std::size_t t = 0; t < answers.size(); ++t)
    threads.emplace_back([&shared, &answer = answers[t]] {
      auto db = connection::open_image(shared);
      if (!db)
        return;
      for (auto i = 0; i < 50; ++i)
        answer = only(db->run("SELECT sum(hour) FROM readings", {}));
    });
  for (auto& x : threads)
    x.join();
  EXPECT_EQ(answers, std::vector<std::string>(4, "1770"));
  EXPECT_EQ(*shared, before);
}

} // namespace

} // namespace aura::sql
