#include "actors/flow/runner.hpp"

#include "actors/error.hpp"
#include "kernels/base/random.hpp"
#include "tests/actors/deterministic.hpp"

#include <algorithm>

namespace aura::flow {
namespace {

/// Makes rows 0 … limit-1, `width` a batch.
stage_spec counting(std::uint64_t limit, std::uint64_t width = 4) {
  auto spec = stage_spec{};
  spec.name = "count";
  spec.shape = shape::source;
  spec.make = [=] {
    return expected<step>{step{[=](batch& x) {
      const auto first = x.sequence * width;
      for (auto id = first; id < std::min(first + width, limit); ++id)
        x.samples.emplace_back().id = id;
      return status{ok};
    }}};
  };
  return spec;
}

stage_spec mapping(const char* name, std::function<status(batch&)> work,
                   std::size_t workers = 1) {
  auto spec = stage_spec{};
  spec.name = name;
  spec.workers = workers;
  spec.make = [work = std::move(work)] { return expected<step>{step{work}}; };
  return spec;
}

stage_spec passing(const char* name, std::size_t workers = 1) {
  return mapping(
    name, [](batch&) { return status{ok}; }, workers);
}

/// Rejects every third row.
stage_spec judging() {
  return mapping("judge", [](batch& x) {
    for (auto& row : x.samples)
      if (row.id % 3 == 0)
        row.reject(errc::degenerate, "divisible by three");
    return status{ok};
  });
}

stage_spec gathering(std::vector<std::uint64_t>* ids,
                     std::uint64_t target = 0) {
  auto spec = mapping("gather", [ids](batch& x) {
    for (const auto& row : x.samples)
      ids->push_back(row.id);
    return status{ok};
  });
  spec.shape = shape::collect;
  spec.target = target;
  return spec;
}

class Runner : public aura::testing::deterministic {
protected:
  outcome play(std::vector<stage_spec> stages, run_setting setting = {}) {
    setting.threading = threading::shared;
    runner = spawn_runner(sys, std::move(stages), std::move(setting));
    auto reply = self->request(runner, caf::infinite, atom::start_v);
    run();
    return wait(std::move(reply));
  }

  template <class Reply>
  outcome wait(Reply reply) {
    auto result = outcome{};
    reply.receive([&](const outcome& x) { result = x; },
                  [](const caf::error& e) { FAIL() << to_string(e); });
    return result;
  }

  runner_actor runner;
};

TEST_F(Runner, RunsAllStagesToTheirEnd) {
  auto ids = std::vector<std::uint64_t>{};
  auto result = play({passing("first"), counting(10), judging(),
                      gathering(&ids), passing("last")});
  ASSERT_FALSE(result.failure) << result.failure->message;
  EXPECT_EQ(ids, (std::vector<std::uint64_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
  EXPECT_TRUE(check_accounts(result.stages, true));
  ASSERT_EQ(result.stages.size(), 5u);
  EXPECT_EQ(result.stages[4].in, 6u);
  EXPECT_EQ(settle(result.stages).accepted, 6u);
}

TEST_F(Runner, StopsTheSourceOnceTheTargetIsReached) {
  auto ids = std::vector<std::uint64_t>{};
  auto result
    = play({counting(1'000'000), judging(), gathering(&ids, 5), passing("z")});
  ASSERT_FALSE(result.failure);
  EXPECT_EQ(ids, (std::vector<std::uint64_t>{0, 1, 2, 3, 4, 5, 6, 7}));
  EXPECT_LT(result.stages[0].made, 5000u);
  EXPECT_TRUE(check_accounts(result.stages, true));
  const auto total = settle(result.stages);
  EXPECT_EQ(total.generated, 8u);
  EXPECT_EQ(total.accepted, 5u);
  EXPECT_EQ(total.rejected.at(errc::degenerate), 3u);
}

TEST_F(Runner, StopsAtTheFirstAbnormalReason) {
  auto broken = mapping("broken", [](batch& x) -> status {
    if (!x.samples.empty() && x.samples[0].id >= 8)
      return fault{errc::disk_full, "no space left on /x"};
    return ok;
  });
  auto ids = std::vector<std::uint64_t>{};
  auto result = play({counting(1'000'000), broken, gathering(&ids)});
  ASSERT_TRUE(result.failure);
  EXPECT_EQ(*result.failure, (fault{errc::disk_full, "no space left on /x"}));
  EXPECT_EQ(result.failed_stage, "broken");
  EXPECT_TRUE(ids.empty());
}

TEST_F(Runner, ReportsWhatAStepThrows) {
  auto result = play({mapping(
    "throws", [](batch&) -> status { throw std::runtime_error{"boom"}; })});
  ASSERT_TRUE(result.failure);
  EXPECT_EQ(*result.failure, (fault{errc::internal, "boom"}));
}

TEST_F(Runner, RefusesAStepThatLosesRows) {
  auto result = play({counting(8), mapping("loses", [](batch& x) {
                        if (!x.samples.empty())
                          x.samples.pop_back();
                        return status{ok};
                      })});
  ASSERT_TRUE(result.failure);
  EXPECT_EQ(result.failure->message,
            "stage 'loses' was given 4 rows and gave 3 back");
}

TEST_F(Runner, CancelsInsteadOfCollectingWhenInterrupted) {
  auto ids = std::vector<std::uint64_t>{};
  auto setting = run_setting{};
  setting.threading = threading::shared;
  // The interruption arrives while the source is at work.
  auto interrupting = mapping("work", [this](batch& x) {
    if (x.sequence == 3)
      caf::anon_send(runner, atom::halt_v);
    return status{ok};
  });
  auto result = play(
    {counting(1'000'000), std::move(interrupting), gathering(&ids)}, setting);
  EXPECT_FALSE(result.failure);
  EXPECT_TRUE(result.cancelled);
  EXPECT_TRUE(ids.empty());
  EXPECT_TRUE(check_accounts(result.stages, false));
  EXPECT_GT(settle(result.stages).pending, 0u);
}

TEST_F(Runner, DrainsAStepThatGivesUpWhenInterrupted) {
  auto setting = run_setting{};
  auto stop = setting.stop;
  auto result
    = play({counting(8), mapping("train",
                                 [=](batch& x) -> status {
                                   if (x.samples.empty())
                                     return ok;
                                   auto copy = stop;
                                   copy.request_stop();
                                   return fault{errc::cancelled, "interrupted"};
                                 })},
           setting);
  EXPECT_FALSE(result.failure);
  EXPECT_TRUE(check_accounts(result.stages, false));
}

/// Keeps every batch for ever.
worker_actor::behavior_type stuck(worker_actor::pointer self, int) {
  return {[self](const batch&) -> caf::result<batch> {
    return self->make_response_promise<batch>();
  }};
}

struct stuck_spawner : worker_spawner {
  worker_actor spawn(caf::actor_system& system) override {
    return system.spawn(stuck, 0); // CAF wants an argument
  }
};

TEST_F(Runner, StopsARunInWhichNothingMoves) {
  auto hanging = stage_spec{};
  hanging.name = "hang";
  hanging.spawner = std::make_shared<stuck_spawner>();
  auto setting = run_setting{};
  setting.threading = threading::shared;
  setting.patience = std::chrono::seconds{10};
  runner = spawn_runner(sys, {counting(8), hanging}, setting);
  auto reply = self->request(runner, caf::infinite, atom::start_v);
  run();
  for (int i = 0; i < 30; ++i)
    pass(std::chrono::milliseconds{500});
  const auto result = wait(std::move(reply));
  ASSERT_TRUE(result.failure);
  EXPECT_EQ(result.failure->code, errc::timeout);
  EXPECT_EQ(result.failure->message,
            "nothing has moved for 10 s\n"
            "count: 8 in, 8 out, holds 0, owed 8 of 1024 rows ("
              + std::to_string(8 * sizeof(sample) + 2 * sizeof(batch))
              + " of 8388608 bytes), parked 0, finished\n"
                "hang: 8 in, 0 out, holds 8, owed 0 of 0 rows (0 of 0 bytes), "
                "parked 0, oldest row 0\n");
}

/// Gives batches back as they are, as a language model would in time.
worker_actor::behavior_type echo(worker_actor::pointer, int) {
  return {[](batch& x) -> caf::result<batch> { return std::move(x); }};
}

struct echo_spawner : worker_spawner {
  worker_actor spawn(caf::actor_system& system) override {
    return system.spawn(echo, 0);
  }
};

TEST_F(Runner, BuysLittleMoreThanTheTarget) {
  for (auto bought : {false, true}) {
    auto ids = std::vector<std::uint64_t>{};
    auto asking = passing("ask");
    if (bought)
      asking.spawner = std::make_shared<echo_spawner>();
    auto setting = run_setting{};
    setting.batch_rows = 4;
    const auto result = play({counting(1'000'000), asking, passing("verify"),
                              gathering(&ids, 20), passing("last")},
                             setting);
    ASSERT_FALSE(result.failure);
    EXPECT_EQ(ids.size(), 20u);
    const auto window = bought ? 4u : 1024u;
    EXPECT_EQ(result.stages[0].granted_rows, window);
    EXPECT_EQ(result.stages[2].granted_rows, window);
    EXPECT_EQ(result.stages[3].granted_rows, 1024u);
    if (bought) {
      EXPECT_LE(result.stages[0].made, 20u + 8 * 4u);
    }
  }
}

// Random pipelines over random windows, batch sizes and workers.
TEST_F(Runner, KeepsAccountsAndWindowsInAnyPipeline) {
  for (std::uint64_t round = 0; round < 60; ++round) {
    auto random = random_stream{11, "runner", round};
    auto ids = std::vector<std::uint64_t>{};
    auto stages = std::vector<stage_spec>{};
    const auto limit = random.below(400);
    stages.push_back(counting(limit, 1 + random.below(9)));
    const auto names = std::array{"a", "b", "c", "d"};
    const auto between = random.below(4);
    for (std::size_t i = 0; i < between; ++i)
      stages.push_back(passing(names[i], 1 + random.below(8)));
    stages.push_back(judging());
    const auto target = random.chance(0.5) ? 1 + random.below(150) : 0;
    stages.push_back(gathering(&ids, target));
    stages.push_back(passing("last", 1 + random.below(3)));
    auto setting = run_setting{};
    setting.batch_rows = 1 + random.below(20);
    setting.window.rows = 1 + random.below(30);
    const auto result = play(std::move(stages), setting);
    ASSERT_FALSE(result.failure) << result.failure->message;
    const auto checked = check_accounts(result.stages, true);
    ASSERT_TRUE(checked) << checked.error().message;
    for (std::size_t i = 0; i < ids.size(); ++i)
      ASSERT_EQ(ids[i], i);
    const auto sound = settle(result.stages).accepted;
    EXPECT_EQ(sound,
              target ? std::min<std::uint64_t>(target, limit - (limit + 2) / 3)
                     : limit - (limit + 2) / 3);
    for (const auto& x : result.stages)
      ASSERT_LE(x.peak_rows, std::max<std::uint64_t>(
                               x.granted_rows, 20)) // a batch may be larger
        << x.stage << " in round " << round;
  }
}

// The same over real threads: order and content do not depend on them.
TEST(Threads, OneTwoOrEightWorkersGiveTheSame) {
#ifdef __SANITIZE_THREAD__
  GTEST_SKIP() << "Debian's libcaf is not instrumented: every message that "
                  "crosses threads looks like a race";
#endif
  auto config = caf::actor_system_config{};
  auto texts = std::vector<std::string>{};
  for (std::size_t workers : {1, 2, 8}) {
    auto sys = caf::actor_system{config};
    auto text = std::string{};
    auto busy = mapping(
      "busy",
      [](batch& x) {
        for (auto& row : x.samples) {
          auto random = random_stream{1, "busy", row.id};
          // Rows take unequal time, so that workers overtake each other.
          for (auto n = random.below(2000); n > 0; --n)
            row.question = std::to_string(random());
        }
        return status{ok};
      },
      workers);
    auto writing = mapping("write", [&text](batch& x) {
      for (auto& row : x.samples)
        text += std::to_string(row.id) + row.question + "\n";
      return status{ok};
    });
    writing.shape = shape::collect;
    writing.target = 300;
    auto runner
      = spawn_runner(sys, {counting(100'000), busy, writing}, run_setting{});
    auto self = caf::scoped_actor{sys};
    self->request(runner, caf::infinite, atom::start_v)
      .receive(
        [](const outcome& x) {
          EXPECT_FALSE(x.failure);
          EXPECT_TRUE(check_accounts(x.stages, true));
        },
        [](const caf::error& e) { FAIL() << to_string(e); });
    texts.push_back(text);
  }
  EXPECT_GT(texts[0].size(), 300u);
  EXPECT_EQ(texts[0], texts[1]);
  EXPECT_EQ(texts[0], texts[2]);
}

} // namespace
} // namespace aura::flow
