#include "kernels/evaluation/suite.hpp"

#include "tests/kernels/evaluation/states.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace aura::evaluation {

namespace {

TEST(StateSuite, AnswersOnEveryState) {
  auto suite = three_states();
  auto x = suite.run(statement("SELECT sum(kwh) FROM readings"));
  ASSERT_EQ(x.size(), 3u);
  ASSERT_TRUE(x[0] && x[1] && x[2]);
  EXPECT_EQ(x[0]->rows[0][0], datum{10.0});
  EXPECT_EQ(x[1]->rows[0][0], datum{});
  EXPECT_EQ(x[2]->rows[0][0], datum{45.0});
}

TEST(StateSuite, AnswersOnStatesOfDifferentTables) {
  auto other = sql::writer::create();
  ASSERT_TRUE(other);
  ASSERT_TRUE(other->execute("CREATE TABLE z (a); CREATE TABLE readings (kwh);"
                             "INSERT INTO readings VALUES (77);"));
  auto image = other->image();
  ASSERT_TRUE(image);
  auto suite = state_suite::make({readings({1}), *image, readings({2})});
  ASSERT_TRUE(suite) << suite.error().message;
  auto x = suite->run(statement("SELECT sum(kwh) FROM readings"));
  EXPECT_EQ(x[0]->rows[0][0], datum{1.0});
  EXPECT_EQ(x[1]->rows[0][0], datum{std::int64_t{77}});
  EXPECT_EQ(x[2]->rows[0][0], datum{2.0});
}

TEST(StateSuite, HashesItsStatesInTheirOrder) {
  auto a = readings({1});
  auto b = readings({2});
  auto hash = [](std::vector<std::string> images) {
    return state_suite::make(std::move(images))->hash();
  };
  EXPECT_EQ(hash({a, b}), hash({a, b}));
  EXPECT_NE(hash({a, b}), hash({b, a}));
  EXPECT_NE(hash({a, b}), hash({a}));
  EXPECT_EQ(hash({a}).size(), 64u);
}

TEST(StateSuite, RefusesAStateThatIsNoDatabase) {
  auto suite = state_suite::make({readings({1}), std::string(4096, 'x')});
  ASSERT_FALSE(suite);
  EXPECT_EQ(suite.error().code, errc::damaged_file);
}

struct probe_case {
  const char* sql;
  const char* outcome;
};

TEST(StateSuite, ProbesAsItsTableSays) {
  const std::vector<probe_case> cases = {
    {"SELECT kwh FROM readings", "ok"},
    {"SELECT count(*) FROM readings", "ok"},
    {"SELECT kwh FROM readings WHERE kwh > 100",
     "degenerate: no rows on any state"},
    {"SELECT max(kwh) FROM readings WHERE kwh > 100",
     "degenerate: no rows on any state"},
    {"SELECT 1", "degenerate: the same answer on every state"},
    {"SELECT count(*) FROM readings WHERE kwh < 0",
     "degenerate: the same answer on every state"},
    {"SELECT nothing_like_it FROM readings",
     "sql_error: no such column: nothing_like_it"},
    {"SELECT room FROM readings WHERE abs(-9223372036854775807 - 1) > kwh",
     "sql_error: integer overflow"},
    {"DELETE FROM readings", "denied: not authorized"},
  };
  auto suite = three_states();
  // The second time around memory answers.
  for (auto round = 0; round < 2; ++round)
    for (auto& x : cases)
      EXPECT_EQ(text_of(suite.probe(statement(x.sql))), x.outcome) << x.sql;
}

TEST(StateSuite, RemembersParametersWithTheStatement) {
  auto suite = three_states();
  auto sql = "SELECT kwh FROM readings WHERE kwh > ?1";
  EXPECT_TRUE(suite.probe(statement(sql, 1, 0, {2.0})));
  EXPECT_FALSE(suite.probe(statement(sql, 1, 0, {100.0})));
  sql = "SELECT kwh FROM readings WHERE typeof(?1) = 'integer'";
  EXPECT_TRUE(suite.probe(statement(sql, 1, 0, {std::int64_t{2}})));
  EXPECT_FALSE(suite.probe(statement(sql, 1, 0, {2.0})));
  EXPECT_FALSE(suite.probe(statement(sql, 1, 0, {std::string{"2"}})));
}

TEST(StateSuite, ForgetsWhenItsMemoryIsFull) {
  suite_options options;
  options.remembered = 32;
  auto suite = three_states(options);
  for (auto i = 0; i < 500; ++i)
    ASSERT_TRUE(suite.probe(
      statement("SELECT kwh + " + std::to_string(i) + " FROM readings")));
}

TEST(StateSuite, DoesNotRememberATimeout) {
  suite_options options;
  options.bounds.deadline = std::chrono::milliseconds{0};
  auto suite = three_states(options);
  EXPECT_EQ(text_of(suite.probe(statement("SELECT kwh FROM readings"))),
            "timeout: the deadline passed");
}

TEST(StateSuite, ChecksThatAGoldDependsOnNothingButTheData) {
  auto suite = three_states();
  const std::vector<std::pair<dsl::compiled, const char*>> cases = {
    {statement("SELECT kwh FROM readings"), "ok"},
    {statement("SELECT kwh, kwh FROM readings ORDER BY kwh", 1, 1), "ok"},
    {statement("SELECT room, kwh FROM readings ORDER BY kwh", 1, 1), "ok"},
    {statement("SELECT kwh, kwh FROM readings ORDER BY kwh DESC LIMIT 2", 1, 1),
     "ok"},
    {statement("SELECT 1"), "degenerate: the same answer on every state"},
    // What LIMIT cuts out of rows without an order.
    {statement("SELECT kwh FROM readings LIMIT 2"),
     "degenerate: another answer with unordered selects turned around, "
     "state 0"},
    // What LIMIT cuts out of a tie, which turning does not reach.
    {statement("SELECT room, 1 FROM readings ORDER BY kwh > 9 LIMIT 3", 1, 1),
     "degenerate: another answer on shuffled rows, state 0"},
  };
  for (auto& [query, outcome] : cases)
    EXPECT_EQ(text_of(suite.check_gold(query)), outcome) << query.sql;
}

TEST(StateSuite, FindsAGoldThatDependsOnTheOrderOfStoredRows) {
  auto suite = three_states();
  // Turning unordered selects around changes neither plan: the scan is within
  // an aggregate, and the bare column comes from whichever row is last.
  auto x = suite.check_gold(
    statement("SELECT room || kwh, max(1) FROM readings GROUP BY kwh > 4"));
  ASSERT_FALSE(x);
  EXPECT_EQ(x.error().code, errc::degenerate);
}

TEST(StateSuite, GivesEveryThreadTheSameAnswers) {
  auto suite = three_states();
  std::vector<std::thread> threads;
  std::vector<int> right(4);
  for (auto& count : right)
    threads.emplace_back([&suite, &count] {
      for (auto i = 0; i < 40; ++i) {
        auto query = statement("SELECT sum(kwh) + ?1 FROM readings", 1, 0,
                               {std::int64_t{i}});
        auto x = suite.run(query);
        count += x[2] && x[2]->rows[0][0] == datum{45.0 + i};
        count += suite.probe(query).has_value();
        count += suite.check_gold(query).has_value();
      }
    });
  for (auto& x : threads)
    x.join();
  EXPECT_EQ(right, std::vector<int>(4, 120));
}

} // namespace

} // namespace aura::evaluation
