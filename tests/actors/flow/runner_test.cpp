#include "actors/flow/runner.hpp"

#include "actors/error.hpp"
#include "actors/flow/row_store.hpp"
#include "kernels/base/random.hpp"
#include "tests/actors/deterministic.hpp"

#include <algorithm>
#include <array>
#include <map>

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

TEST_F(Runner, MakesNothingWhenInterruptedBeforeItBegan) {
  auto ids = std::vector<std::uint64_t>{};
  auto setting = run_setting{};
  setting.threading = threading::shared;
  runner = spawn_runner(sys, {counting(1'000'000), gathering(&ids)}, setting);
  caf::anon_send(runner, atom::halt_v);
  auto reply = self->request(runner, caf::infinite, atom::start_v);
  run();
  const auto result = wait(std::move(reply));
  EXPECT_TRUE(result.cancelled);
  EXPECT_FALSE(result.failure);
  EXPECT_LT(result.stages[0].made, 100u);
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

using wake = caf::atom_constant<caf::atom("wake")>;

/// A stage that takes its time for each batch, on the clock of the test.
struct lagging_spawner : worker_spawner {
  lagging_spawner(std::chrono::milliseconds time, step task)
    : delay{time}, work{std::move(task)} {
  }

  worker_actor spawn(caf::actor_system& system) override;

  std::chrono::milliseconds delay;
  step work;
};

using lagging_actor = worker_actor::extend<caf::reacts_to<wake, std::uint64_t>>;

struct lagging_state {
  static constexpr const char* name = "lagging";
  std::map<std::uint64_t, std::pair<caf::typed_response_promise<batch>, batch>>
    under_way;
  std::uint64_t last = 0;
};

lagging_actor::behavior_type
lagging(lagging_actor::stateful_pointer<lagging_state> self,
        std::chrono::milliseconds delay, const step& work) {
  return {
    [=](batch& x) -> caf::result<batch> {
      const auto ticket = self->state.last++;
      auto promise = self->make_response_promise<batch>();
      self->state.under_way.emplace(ticket, std::pair{promise, std::move(x)});
      self->delayed_send(self, delay, wake::value, ticket);
      return promise;
    },
    [=](wake, std::uint64_t ticket) {
      auto [promise, x]
        = std::move(self->state.under_way.extract(ticket).mapped());
      EXPECT_TRUE(work(x));
      promise.deliver(std::move(x));
    },
  };
}

worker_actor lagging_spawner::spawn(caf::actor_system& system) {
  return system.spawn(lagging, delay, work);
}

// Each stage in turn takes a thousand times as long as the others.
TEST_F(Runner, HoldsNoMoreThanItsWindowsHoweverSlowAStageIs) {
  const auto names = std::array{"count", "a", "b", "c", "last"};
  constexpr auto rows = 1200u;
  for (std::size_t slow = 0; slow < names.size(); ++slow) {
    auto stages = std::vector<stage_spec>{};
    for (std::size_t i = 0; i < names.size(); ++i) {
      auto x = i == 0 ? counting(rows, 8) : passing(names[i]);
      const auto delay
        = i == slow ? std::chrono::seconds{1} : std::chrono::milliseconds{1};
      x.spawner = std::make_shared<lagging_spawner>(delay, *x.make());
      stages.push_back(std::move(x));
    }
    auto setting = run_setting{};
    setting.threading = threading::shared;
    setting.batch_rows = 8;
    setting.window.rows = 32;
    auto most_inside = std::uint64_t{0};
    setting.observer.on_progress = [&](const std::vector<tally>& x) {
      auto inside = x.front().made - x.back().out;
      most_inside = std::max(most_inside, inside);
    };
    runner = spawn_runner(sys, std::move(stages), setting);
    auto reply = self->request(runner, caf::infinite, atom::start_v);
    run();
    for (auto second = 0; second < 400; ++second)
      pass(std::chrono::milliseconds{500});
    const auto result = wait(std::move(reply));
    ASSERT_FALSE(result.failure) << result.failure->message;
    EXPECT_TRUE(check_accounts(result.stages, true));
    EXPECT_EQ(result.stages.back().out, rows);
    for (const auto& x : result.stages) {
      EXPECT_LE(x.peak_rows, 32u) << x.stage << ", slow " << names[slow];
      EXPECT_LE(x.peak_bytes, std::max(x.granted_bytes, x.largest_bytes));
    }
    // Four windows, and what each worker has in hand.
    EXPECT_LE(most_inside, 4 * 32u + 5 * 2 * 8u) << "slow " << names[slow];
  }
}

TEST_F(Runner, KeepsRowsOnDiskWhereAStageWantsThemAllAtOnce) {
  const auto folder
    = std::filesystem::path{::testing::TempDir()} / "aura-store";
  std::filesystem::create_directories(folder);
  for (const auto target : {0u, 70u}) {
    auto at = environment{};
    at.stage = "keep";
    at.directory = folder;
    auto seen = std::vector<std::uint64_t>{};
    auto gather = store_stage(at, [&seen](batch&, row_store& rows) -> status {
      auto changed = rows.another();
      auto done = for_each(rows, [&](sample& row) -> status {
        seen.push_back(row.id);
        if (row.rejected == errc::none && row.id % 10 == 1)
          row.reject(errc::duplicate, "ends with one");
        return changed.add(row);
      });
      rows = std::move(changed);
      return done;
    });
    gather.target = target;
    auto ids = std::vector<std::uint64_t>{};
    const auto result = play({counting(300), judging(), std::move(gather),
                              passing("between"), gathering(&ids)});
    ASSERT_FALSE(result.failure) << result.failure->message;
    const auto checked = check_accounts(result.stages, true);
    EXPECT_TRUE(checked) << checked.error().message;
    EXPECT_EQ(seen.size(), target ? 105u : 300u);
    auto expected = std::vector<std::uint64_t>{};
    for (const auto id : seen)
      if (id % 3 != 0 && id % 10 != 1)
        expected.push_back(id);
    EXPECT_EQ(ids, expected);
    const auto total = settle(result.stages);
    EXPECT_EQ(total.accepted, expected.size());
    EXPECT_EQ(total.rejected.at(errc::duplicate), target ? 8u : 20u);
    EXPECT_TRUE(std::filesystem::is_empty(folder));
  }
  std::filesystem::remove_all(folder);
}

TEST_F(Runner, RefusesAStepThatLosesStoredRows) {
  auto at = environment{};
  at.stage = "loses";
  auto loses = store_stage(at, [](batch&, row_store& rows) -> status {
    rows = rows.another();
    return ok;
  });
  const auto result = play({counting(8), std::move(loses)});
  ASSERT_TRUE(result.failure);
  EXPECT_EQ(result.failure->message,
            "stage 'loses' was given 8 rows and left 0");
}

TEST_F(Runner, EndsAtAWantedRowThatLacksWhatItNeeds) {
  auto lacking = [](std::uint64_t which) {
    return mapping("find", [which](batch& x) {
      for (auto& row : x.samples)
        if (row.id == which)
          row.reject(errc::missing_file, "nobody knows");
      return status{ok};
    });
  };
  auto ids = std::vector<std::uint64_t>{};
  const auto within
    = play({counting(100), lacking(7), gathering(&ids, 20), passing("z")});
  ASSERT_TRUE(within.failure);
  EXPECT_EQ(*within.failure,
            (fault{errc::missing_file, "row 7: nobody knows"}));
  // Beyond the target it does not matter.
  const auto beyond
    = play({counting(100), lacking(27), gathering(&ids, 20), passing("z")});
  EXPECT_FALSE(beyond.failure);
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
