// Runs against a language model that are killed, and what is bought again.

#include "kernels/base/random.hpp"
#include "tests/pipelines/ask.hpp"

#include <atomic>

namespace aura::testing {
namespace {

using Kills = Ask;

TEST_F(Kills, BuysNothingAgainAfterAKill) {
  serve("");
  ASSERT_EQ(run(words("whole")).code, 0);
  const auto whole = dataset("whole");
  for (const auto moment : {1, 40, 150}) {
    auto child = std::atomic<pid_t>{0};
    auto asked = std::atomic<int>{0};
    on_question = [&](const std::string&) {
      if (++asked >= moment && child != 0)
        ::kill(child, SIGKILL);
    };
    server.reset();
    serve("");
    const auto name = "run" + std::to_string(moment);
    auto with_events = words(name);
    with_events.push_back("--json");
    const auto killed = run_program(
      folder, with_events, [&](const std::string&, pid_t x) { child = x; });
    EXPECT_TRUE(killed.code == 137 || killed.code == 0) << killed.err;
    on_question = [](const std::string&) {};
    const auto again = run(words(name));
    ASSERT_EQ(again.code, 0) << again.err;
    EXPECT_EQ(dataset(name), whole) << "killed at question " << moment;
    const auto stats = server->stats();
    EXPECT_LE(stats.completions, stats.distinct + 8)
      << "at most what was in flight is bought again";
  }
}

// AURA_SOAK_KILLS says how many; the label `soak` runs twenty.
TEST_F(Kills, BuysOnlyWhatWasInFlightAgainHoweverOftenItIsKilled) {
  serve("");
  ASSERT_EQ(run(words("whole")).code, 0);
  const auto whole = dataset("whole");
  const auto rows = server->stats().distinct;
  server.reset();
  serve("latency:5");

  const auto* wish = std::getenv("AURA_SOAK_KILLS");
  const auto kills = wish ? std::atoi(wish) : 3;
  auto random = random_stream{2024, "kills"};
  auto killed = 0;
  for (auto i = 0; i < kills; ++i) {
    auto child = std::atomic<pid_t>{0};
    auto asked = std::atomic<int>{0};
    const auto moment = 1 + static_cast<int>(random.below(rows / 10 + 2));
    on_question = [&](const std::string&) {
      if (++asked >= moment && child != 0)
        ::kill(child, SIGKILL);
    };
    auto with_events = words("run");
    with_events.push_back("--json");
    const auto result = run_program(
      folder, with_events, [&](const std::string&, pid_t x) { child = x; });
    killed += result.code == 137 ? 1 : 0;
    on_question = [](const std::string&) {};
  }
  ASSERT_EQ(run(words("run")).code, 0);
  EXPECT_EQ(dataset("run"), whole);
  EXPECT_GE(killed, kills / 3);
  const auto stats = server->stats();
  EXPECT_LE(stats.completions,
            stats.distinct + 8u * static_cast<unsigned>(killed))
    << "at most what was in flight is bought again";
}

// The law itself: whatever is answered is bought once, and once more for each
// kill that it was in flight at. The server stops working at a random moment,
// so that what is in flight then can be counted. AURA_SOAK_KILLS
// as above.
TEST_F(Kills, BuysAsMuchAsThereIsAndWhatWasInFlightAtTheKills) {
  serve("");
  ASSERT_EQ(run(words("whole")).code, 0);
  const auto whole = dataset("whole");
  const auto bought = server->stats().distinct;
  server.reset();
  serve("");

  const auto* wish = std::getenv("AURA_SOAK_KILLS");
  const auto kills = wish ? std::strtoull(wish, nullptr, 10) : 3;
  const auto share = bought / (kills + 2);
  auto random = random_stream{2024, "held kills"};
  auto in_flight = std::uint64_t{0};
  for (auto i = 0ull; i < kills; ++i) {
    const auto slots = 1 + random.below(12);
    auto left = std::atomic<std::uint64_t>{random.below(share)};
    if (left == 0)
      server->hold();
    on_question = [&](const std::string&) {
      if (left > 0 && --left == 0)
        server->hold();
    };
    const auto process
      = start(words("run", {"infill.in-flight=" + std::to_string(slots)}));
    ASSERT_TRUE(eventually([&] { return server->stats().waiting == slots; }))
      << "kill " << i << " at " << slots << ": " << server->stats().to_json();
    in_flight += slots;
    ::kill(process, SIGKILL);
    EXPECT_EQ(join(process), 137);
    on_question = [](const std::string&) {};
    // The server answers all the same, and wants to be paid.
    server->go_on();
    ASSERT_TRUE(eventually([&] { return server->stats().connected == 0; }));
  }
  ASSERT_EQ(run(words("run")).code, 0);
  EXPECT_EQ(dataset("run"), whole);
  const auto stats = server->stats();
  EXPECT_EQ(stats.completions, stats.distinct + in_flight);
  EXPECT_EQ(stats.requests, stats.completions);
}

TEST_F(Kills, AsksInBatchesWhateverKillsIt) {
  serve("");
  ASSERT_EQ(run(words("whole")).code, 0);
  const auto whole = dataset("whole");
  server.reset();
  serve("expire:60%30,500%3");
  auto in_batches = words("run");
  in_batches.insert(in_batches.end(),
                    {"infill.provider=openai-batch", "infill.batch-rows=100",
                     "infill.batch-wait=0.1", "infill.poll-interval=0.05"});
  auto child = std::atomic<pid_t>{0};
  auto asked = std::atomic<int>{0};
  on_question = [&](const std::string&) {
    if (++asked == 40 && child != 0)
      ::kill(child, SIGKILL);
  };
  auto with_events = in_batches;
  with_events.push_back("--json");
  const auto killed = run_program(
    folder, with_events, [&](const std::string&, pid_t x) { child = x; });
  EXPECT_TRUE(killed.code == 137 || killed.code == 0) << killed.err;
  on_question = [](const std::string&) {};
  const auto result = run(in_batches);
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(dataset("run"), whole);
  const auto stats = server->stats();
  EXPECT_EQ(stats.completions, stats.distinct) << "nothing was bought twice";
  EXPECT_GT(stats.batch_calls, 5u);
}

} // namespace
} // namespace aura::testing
