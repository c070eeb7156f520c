#include "actors/error.hpp"
#include "actors/flow/stage.hpp"
#include "kernels/base/random.hpp"
#include "tests/actors/deterministic.hpp"
#include "tests/actors/flow/slow_sink.hpp"

namespace aura::flow {
namespace {

using aura::testing::received;
using aura::testing::slow_sink;
using aura::testing::slow_sink_actor;

batch rows(std::uint64_t first, std::size_t count, std::size_t text = 0) {
  auto result = batch{};
  for (std::size_t i = 0; i < count; ++i) {
    auto row = sample{};
    row.id = first + i;
    row.question = std::string(text, 'x');
    result.samples.push_back(std::move(row));
  }
  return result;
}

/// A stage that passes rows on, before a sink that answers when told.
class Outlet : public aura::testing::deterministic {
protected:
  void start(flow::window window) {
    sink = sys.spawn(slow_sink, &log);
    auto spec = stage_spec{};
    spec.name = "pass";
    spec.make
      = [] { return expected<step>{step{[](batch&) { return status{ok}; }}}; };
    auto setting = stage_setting{};
    setting.threading = threading::shared;
    stage = spawn_stage(sys, spec, setting, edge{sink, window});
    run();
  }

  ~Outlet() override {
    stop(stage);
    stop(sink);
  }

  /// Sends a batch and counts its answer.
  void push(batch x) {
    self->request(stage, caf::infinite, std::move(x));
    run();
  }

  void release(std::uint64_t count) {
    self->send(sink, aura::testing::release{}, count);
    run();
  }

  tally measure() {
    auto result = tally{};
    auto reply = self->request(stage, caf::infinite, atom::measure_v);
    run();
    reply.receive([&](const tally& x) { result = x; },
                  [](const caf::error&) { FAIL(); });
    return result;
  }

  received log; // outlives the sink
  stage_actor stage;
  slow_sink_actor sink;
};

TEST_F(Outlet, HoldsBackOnceTheWindowIsFull) {
  start({.rows = 10});
  push(rows(0, 6));
  push(rows(6, 4));
  push(rows(10, 1));
  EXPECT_EQ(log.batches.size(), 2u);
  EXPECT_EQ(measure().owed_rows, 10u);
  EXPECT_EQ(measure().parked_rows, 1u);
  release(1);
  EXPECT_EQ(log.batches.size(), 3u);
}

TEST_F(Outlet, AnswersUpstreamOnlyWhenTheBatchHasLeft) {
  start({.rows = 1});
  auto first = self->request(stage, caf::infinite, rows(0, 1));
  auto second = self->request(stage, caf::infinite, rows(1, 1));
  run();
  first.receive([](caf::ok_atom) {}, [](const caf::error&) { FAIL(); });
  EXPECT_FALSE(self->has_next_message());
  release(1);
  second.receive([](caf::ok_atom) {}, [](const caf::error&) { FAIL(); });
}

TEST_F(Outlet, AllowsOneBatchHoweverLarge) {
  start({.rows = 1, .bytes = 10});
  push(rows(0, 500, 1000));
  EXPECT_EQ(log.batches.size(), 1u);
  push(rows(500, 1));
  EXPECT_EQ(log.batches.size(), 1u);
}

TEST_F(Outlet, CountsBytesToo) {
  const auto size = bytes(rows(0, 1, 100));
  start({.rows = 100, .bytes = 2 * size});
  for (std::uint64_t i = 0; i < 5; ++i)
    push(rows(i, 1, 100));
  EXPECT_EQ(log.batches.size(), 2u);
  EXPECT_EQ(measure().owed_bytes, 2 * size);
}

TEST_F(Outlet, ConfirmsDoneOnlyAfterTheLastBatch) {
  start({});
  push(rows(0, 1));
  auto reply = self->request(stage, caf::infinite, atom::done_v);
  run();
  EXPECT_FALSE(log.done);
  release(1);
  EXPECT_TRUE(log.done);
  reply.receive([](caf::ok_atom) {}, [](const caf::error&) { FAIL(); });
}

TEST_F(Outlet, PassesCancellationOnAsCancellation) {
  start({});
  push(rows(0, 1));
  self->request(stage, caf::infinite, atom::cancel_v);
  run();
  release(1);
  EXPECT_TRUE(log.cancelled);
  EXPECT_FALSE(log.done);
}

// Whatever the sizes and whenever the sink answers: never more in flight than
// the window allows, nothing lost, nothing out of order.
TEST_F(Outlet, NeverExceedsItsWindow) {
  for (std::uint64_t round = 0; round < 30; ++round) {
    auto random = random_stream{7, "outlet", round};
    const auto window = 1 + random.below(40);
    log = {};
    start({.rows = window});
    std::uint64_t sent = 0;
    std::size_t largest = 0;
    for (int i = 0; i < 60; ++i) {
      if (random.chance(0.6)) {
        const auto n = 1 + random.below(12);
        push(rows(sent, n));
        sent += n;
        largest = std::max<std::size_t>(largest, n);
      } else {
        release(random.below(3));
      }
      ASSERT_TRUE(log.unanswered_rows <= window || log.unanswered_batches == 1)
        << "round " << round;
    }
    ASSERT_LE(log.peak_rows, std::max<std::size_t>(window, largest));
    while (log.unanswered_batches > 0)
      release(1000);
    std::uint64_t next = 0;
    for (const auto& x : log.batches)
      for (const auto& row : x.samples)
        ASSERT_EQ(row.id, next++);
    ASSERT_EQ(next, sent);
    stop(stage);
    stop(sink);
  }
}

} // namespace
} // namespace aura::flow
