#include "actors/net/pool.hpp"

#include "kernels/base/random.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace aura::net {
namespace {

using namespace std::chrono_literals;
using order = pool::order;
using orders = pool::orders;

const auto start = instant{};

TEST(Pool, OpensUntilFullAndThenMakesWait) {
  auto x = pool{{2}};
  EXPECT_EQ(x.acquire(10, false, start), (orders{{order::open, 1, 10}}));
  EXPECT_EQ(x.acquire(11, false, start), (orders{{order::open, 2, 11}}));
  EXPECT_EQ(x.acquire(12, false, start), orders{});
  EXPECT_EQ(x.acquire(13, false, start), orders{});
  EXPECT_EQ(x.waiting(), 2u);
  EXPECT_EQ(x.release(2, start), (orders{{order::use, 2, 12}}));
  EXPECT_EQ(x.lost(1, start), (orders{{order::open, 3, 13}}));
}

TEST(Pool, PrefersTheConnectionThatWasUsedLast) {
  auto x = pool{{}};
  (void)x.acquire(10, false, start);
  (void)x.acquire(11, false, start);
  EXPECT_EQ(x.release(2, start), orders{});
  EXPECT_EQ(x.release(1, start), orders{});
  EXPECT_EQ(x.acquire(12, false, start), (orders{{order::use, 1, 12}}));
}

TEST(Pool, OpensAFreshConnectionOnRequest) {
  auto x = pool{{2}};
  (void)x.acquire(10, false, start);
  (void)x.release(1, start);
  EXPECT_EQ(x.acquire(11, true, start), (orders{{order::open, 2, 11}}));
  // Full: the idle one has to make room.
  EXPECT_EQ(x.acquire(12, true, start),
            (orders{{order::close, 1, 0}, {order::open, 3, 12}}));
}

TEST(Pool, ClosesWhatHasBeenIdleForTooLong) {
  auto options = pool_options{};
  options.idle = 10s;
  auto x = pool{options};
  (void)x.acquire(10, false, start);
  (void)x.acquire(11, false, start);
  EXPECT_EQ(x.next_expiry(), std::nullopt);
  (void)x.release(2, start + 1s);
  (void)x.release(1, start + 2s);
  EXPECT_EQ(x.next_expiry(), start + 11s);
  EXPECT_EQ(x.expire(start + 10s), orders{});
  EXPECT_EQ(x.expire(start + 11s), (orders{{order::close, 2, 0}}));
  EXPECT_EQ(x.next_expiry(), start + 12s);
  EXPECT_EQ(x.size(), 1u);
}

TEST(Pool, RetiresConnectionsByUseAndByAge) {
  auto options = pool_options{};
  options.uses = 2;
  options.age = 1min;
  auto x = pool{options};
  (void)x.acquire(10, false, start);
  EXPECT_EQ(x.release(1, start), orders{});
  (void)x.acquire(11, false, start);
  EXPECT_EQ(x.release(1, start), (orders{{order::close, 1, 0}}));
  (void)x.acquire(12, false, start);
  EXPECT_EQ(x.release(2, start + 1min), (orders{{order::close, 2, 0}}));
  EXPECT_EQ(x.size(), 0u);
}

TEST(Pool, ForgetsThoseWhoStoppedWaiting) {
  auto x = pool{{1}};
  (void)x.acquire(10, false, start);
  (void)x.acquire(11, false, start);
  (void)x.acquire(12, false, start);
  x.forget(11);
  EXPECT_EQ(x.release(1, start), (orders{{order::use, 1, 12}}));
}

// A thousand random events against a model of what the caller would see.
TEST(Pool, OpensFewAtOnce) {
  auto options = pool_options{};
  options.opening = 2;
  auto x = pool{options};
  EXPECT_EQ(x.acquire(10, false, start), (orders{{order::open, 1, 10}}));
  EXPECT_EQ(x.acquire(11, false, start), (orders{{order::open, 2, 11}}));
  for (const auto who : {12u, 13u, 14u, 15u})
    EXPECT_EQ(x.acquire(who, false, start), orders{});
  // Whoever lost interest holds up nobody.
  x.forget(12);
  EXPECT_EQ(x.opened(1, start), (orders{{order::open, 3, 13}}));
  EXPECT_EQ(x.opened(1, start), orders{}) << "it is open already";
  EXPECT_EQ(x.lost(2, start), (orders{{order::open, 4, 14}}));
  EXPECT_EQ(x.release(1, start), (orders{{order::use, 1, 15}}))
    << "what is open need not be opened";
}

TEST(Pool, KeepsItsPromisesUnderRandomEvents) {
  for (auto seed = 1u; seed <= 20; ++seed) {
    auto random = random_stream{seed, "pool"};
    auto options = pool_options{};
    options.connections = 1 + random.below(5);
    options.idle = 5s;
    options.uses = 1 + random.below(6);
    options.opening = 1 + random.below(4);
    auto x = pool{options};
    auto now = start;
    auto busy = std::map<pool::connection_id, pool::ticket>{};
    auto open = std::map<pool::connection_id, std::size_t>{};
    auto opening = std::set<pool::connection_id>{};
    auto waiting = std::set<pool::ticket>{};
    auto next = pool::ticket{0};
    const auto apply = [&](const orders& xs) {
      for (const auto& y : xs) {
        if (y.what == order::close) {
          ASSERT_EQ(busy.count(y.id), 0u);
          ASSERT_EQ(open.erase(y.id), 1u);
          continue;
        }
        ASSERT_EQ(waiting.erase(y.who), 1u);
        ASSERT_TRUE(busy.emplace(y.id, y.who).second);
        ASSERT_EQ(open.count(y.id), y.what == order::use ? 1u : 0u);
        ASSERT_LE(++open[y.id], options.uses);
        if (y.what == order::open)
          opening.insert(y.id);
      }
      ASSERT_LE(opening.size(), options.opening);
      ASSERT_LE(open.size(), options.connections);
      ASSERT_EQ(x.size(), open.size());
      ASSERT_EQ(x.waiting(), waiting.size());
      ASSERT_EQ(x.idle(), open.size() - busy.size());
      // Nobody waits while there is room.
      ASSERT_TRUE(waiting.empty() || busy.size() == options.connections
                  || opening.size() == options.opening);
    };
    for (auto i = 0; i < 1000; ++i) {
      now += milliseconds{random.below(2000)};
      const auto what = random.below(10);
      if (what < 5) {
        waiting.insert(++next);
        apply(x.acquire(next, random.chance(0.2), now));
      } else if (what < 8 && !busy.empty()) {
        const auto id
          = std::next(busy.begin(),
                      static_cast<std::ptrdiff_t>(random.below(busy.size())))
              ->first;
        if (random.chance(0.3) && opening.erase(id) == 1) {
          apply(x.opened(id, now));
          continue;
        }
        opening.erase(id);
        busy.erase(id);
        if (random.chance(0.3)) {
          open.erase(id);
          apply(x.lost(id, now));
        } else {
          const auto result = x.release(id, now);
          apply(result);
        }
      } else if (what == 8 && !waiting.empty()) {
        x.forget(*waiting.begin());
        waiting.erase(waiting.begin());
      } else {
        apply(x.expire(now));
      }
      if (HasFatalFailure())
        FAIL() << "seed " << seed << " event " << i;
    }
  }
}

TEST(Pool, MakesDoWithTheConnectionsThatCouldBeOpened) {
  auto x = pool{{8}};
  EXPECT_EQ(x.acquire(1, false, start), (orders{{order::open, 1, 1}}));
  EXPECT_EQ(x.acquire(2, false, start), (orders{{order::open, 2, 2}}));
  EXPECT_EQ(x.acquire(3, false, start), (orders{{order::open, 3, 3}}));
  EXPECT_EQ(x.make_do(3, 3, start), orders{});
  EXPECT_EQ(x.acquire(4, false, start), orders{}) << "two are all there are";
  EXPECT_EQ(x.release(2, start), (orders{{order::use, 2, 3}}))
    << "who was turned away goes first";
  EXPECT_EQ(x.lost(1, start), (orders{{order::open, 4, 4}}));
}

} // namespace
} // namespace aura::net
