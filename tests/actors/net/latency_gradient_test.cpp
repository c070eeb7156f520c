#include "actors/net/latency_gradient.hpp"

#include "kernels/base/random.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <queue>

namespace aura::net {
namespace {

using seconds = std::chrono::duration<double>;

/// A server that takes whatever comes, and a client that keeps as many requests
/// there as the limit says. Time passes from event to event.
class queueing_server {
public:
  /// How long the next request is worked on, given how many are at the server.
  using pace = std::function<double(std::size_t in_flight)>;

  queueing_server(std::size_t slots, pace work)
    : slots_{slots}, work_{std::move(work)} {
  }

  void set_slots(std::size_t x) {
    slots_ = x;
  }

  /// Has `count` requests answered; returns replies a second.
  double play(latency_gradient& limit, std::size_t count) {
    const auto begun = now_;
    for (auto done = std::size_t{0}; done < count; ++done) {
      while (in_flight_ < limit.value()) {
        queued_.push(now_);
        ++in_flight_;
      }
      while (!queued_.empty() && working_.size() < slots_) {
        const auto end = now_ + after(work_(in_flight_));
        working_.push({end, queued_.front()});
        queued_.pop();
      }
      const auto [end, sent] = working_.top();
      working_.pop();
      now_ = std::max(now_, end);
      limit.on_reply(sent, now_, in_flight_);
      --in_flight_;
    }
    return static_cast<double>(count) / seconds{now_ - begun}.count();
  }

private:
  static instant::duration after(double x) {
    return std::chrono::duration_cast<instant::duration>(seconds{x});
  }

  std::size_t slots_;
  pace work_;
  instant now_{};
  std::size_t in_flight_ = 0;
  std::queue<instant> queued_;
  using entry = std::pair<instant, instant>; // end, sent
  std::priority_queue<entry, std::vector<entry>, std::greater<>> working_;
};

void expect_within(std::size_t value, double knee, double share) {
  EXPECT_GE(static_cast<double>(value), knee * (1 - share));
  EXPECT_LE(static_cast<double>(value), knee * (1 + share));
}

TEST(LatencyGradient, StaysAtTheTopWhileNothingQueues) {
  auto limit = latency_gradient{64};
  auto server = queueing_server{1000, [](std::size_t) { return 0.1; }};
  EXPECT_NEAR(server.play(limit, 20'000), 640, 10);
  EXPECT_EQ(limit.value(), 64u);
}

TEST(LatencyGradient, FindsTheKneeOfAServerThatQueuesInSilence) {
  for (const auto slots : {4u, 8u, 10u, 23u, 64u, 100u}) {
    auto limit = latency_gradient{256};
    auto server = queueing_server{slots, [](std::size_t) { return 1.0; }};
    server.play(limit, 20'000);
    SCOPED_TRACE(slots);
    // One of four is a quarter; a limit is a whole number.
    expect_within(limit.value(), slots, slots < 5 ? 0.26 : 0.2);
    EXPECT_GE(server.play(limit, 5'000), 0.85 * slots);
  }
}

TEST(LatencyGradient, FindsItUnderNoise) {
  auto close = 0;
  for (auto seed = 1u; seed <= 20; ++seed) {
    auto random = random_stream{seed, "noise"};
    auto limit = latency_gradient{256};
    // Between half and one and a half seconds, as replies of a model vary.
    auto server = queueing_server{
      40, [&](std::size_t) { return 0.5 + random.uniform(); }};
    server.play(limit, 30'000);
    const auto value = static_cast<double>(limit.value());
    close += value >= 40 * 0.8 && value <= 40 * 1.2 ? 1 : 0;
    EXPECT_GE(value, 40 * 0.6) << seed;
    EXPECT_LE(value, 40 * 1.5) << seed;
  }
  EXPECT_GE(close, 17);
}

// Batching servers slow every request a little for each that joins:
// throughput L/(a + bL), whose knee is a/b.
TEST(LatencyGradient, FindsASoftKnee) {
  auto close = 0;
  for (auto seed = 1u; seed <= 20; ++seed) {
    auto random = random_stream{seed, "soft"};
    auto limit = latency_gradient{256};
    auto server = queueing_server{
      100'000, [&](std::size_t in_flight) {
        const auto n = static_cast<double>(in_flight);
        return (1.0 + n / 40.0) * (0.8 + 0.4 * random.uniform());
      }};
    server.play(limit, 30'000);
    const auto value = static_cast<double>(limit.value());
    close += value >= 40 * 0.8 && value <= 40 * 1.2 ? 1 : 0;
    EXPECT_GE(value, 40 * 0.5) << seed;
    EXPECT_LE(value, 40 * 1.8) << seed;
  }
  EXPECT_GE(close, 15);
}

TEST(LatencyGradient, FollowsAServerThatShrinksAndGrows) {
  auto limit = latency_gradient{128};
  auto server = queueing_server{200, [](std::size_t) { return 1.0; }};
  server.play(limit, 10'000);
  EXPECT_EQ(limit.value(), 128u);
  server.set_slots(20);
  server.play(limit, 10'000);
  expect_within(limit.value(), 20, 0.2);
  server.set_slots(200);
  server.play(limit, 60'000);
  EXPECT_EQ(limit.value(), 128u);
}

TEST(LatencyGradient, LeavesALimitAloneThatIsNotUsedUp) {
  auto limit = latency_gradient{64};
  auto now = instant{};
  for (auto i = 0; i < 10'000; ++i) {
    now += std::chrono::milliseconds{10};
    // Ever slower, but only three at a time: not our doing.
    limit.on_reply(now - std::chrono::milliseconds{1 + i}, now, 3);
  }
  EXPECT_EQ(limit.value(), 64u);
}

TEST(LatencyGradient, NeverFallsBelowOne) {
  auto limit = latency_gradient{8};
  auto server = queueing_server{1, [](std::size_t) { return 1.0; }};
  server.play(limit, 10'000);
  EXPECT_EQ(limit.value(), 1u);
}

} // namespace
} // namespace aura::net
