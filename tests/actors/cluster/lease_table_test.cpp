#include "actors/cluster/lease_table.hpp"

#include "actors/cluster/wire.hpp"
#include "kernels/base/random.hpp"

#include <gtest/gtest.h>

#include <map>

namespace aura::cluster {
namespace {

using namespace std::chrono_literals;
using grants = std::vector<lease_table::grant>;

const auto start = instant{};

TEST(LeaseTable, GivesTheOldestWorkToWhoHasTheLargestShareFree) {
  auto x = lease_table{10s};
  for (auto what : {3u, 1u, 2u, 4u})
    x.submit(what);
  EXPECT_EQ(x.due(start), grants{});
  x.join(1, 1);
  x.join(2, 2);
  EXPECT_EQ(x.due(start), (grants{{1, 1}, {2, 2}, {2, 3}}));
  EXPECT_EQ(x.waiting(), 1u);
  EXPECT_TRUE(x.finish(2));
  EXPECT_FALSE(x.finish(2));
  EXPECT_EQ(x.due(start), (grants{{2, 4}}));
}

TEST(LeaseTable, HandsOutAgainWhatALostWorkerHeld) {
  auto x = lease_table{10s};
  x.join(1, 2);
  x.submit(1);
  x.submit(2);
  EXPECT_EQ(x.due(start).size(), 2u);
  x.leave(1);
  x.leave(1);
  x.join(2, 1);
  EXPECT_EQ(x.due(start), (grants{{2, 1}}));
  EXPECT_EQ(x.repeated(), 1u);
  // Its answer comes late, and is as good as any.
  EXPECT_TRUE(x.finish(2));
  EXPECT_TRUE(x.finish(1));
  EXPECT_FALSE(x.finish(1));
}

TEST(LeaseTable, GivesWhatIsOverdueToSomebodyElse) {
  auto x = lease_table{10s};
  x.join(1, 1);
  x.submit(1);
  EXPECT_EQ(x.due(start), (grants{{1, 1}}));
  EXPECT_EQ(x.next_expiry(), start + 10s);
  x.expire(start + 9s);
  EXPECT_EQ(x.waiting(), 0u);
  x.expire(start + 10s);
  EXPECT_EQ(x.waiting(), 1u);
  // It may still be busy with it, and has no other slot.
  EXPECT_EQ(x.due(start + 10s), grants{});
  x.join(2, 1);
  EXPECT_EQ(x.due(start + 10s), (grants{{2, 1}}));
}

// Workers come, go and are slow; whatever happens, every piece of work is
// finished once, and nobody ever has more than he takes.
TEST(LeaseTable, FinishesEverythingOnce) {
  for (std::uint64_t round = 0; round < 200; ++round) {
    auto random = random_stream{1, "leases", round};
    auto x = lease_table{5s};
    auto now = start;
    auto next_epoch = epoch{0};
    auto slots = std::map<epoch, std::size_t>{};
    auto at_work = std::map<epoch, std::vector<lease_id>>{};
    auto finished = std::map<lease_id, int>{};
    const auto total = lease_id{60};
    for (auto what = lease_id{1}; what <= total; ++what)
      x.submit(what);
    auto done = lease_id{0};
    for (auto step = 0; done < total; ++step) {
      ASSERT_LT(step, 20'000);
      now += 100ms * random.below(8);
      if (slots.empty() || random.chance(0.05)) {
        slots[++next_epoch] = 1 + random.below(4);
        x.join(next_epoch, slots[next_epoch]);
      }
      if (random.chance(0.03)) {
        const auto who
          = std::next(slots.begin(),
                      static_cast<std::ptrdiff_t>(random.below(slots.size())))
              ->first;
        x.leave(who); // and goes on working: its answers come late
        slots.erase(who);
      }
      x.expire(now);
      for (const auto& y : x.due(now)) {
        ASSERT_TRUE(slots.contains(y.to));
        at_work[y.to].push_back(y.what);
        ASSERT_LE(at_work[y.to].size(), slots[y.to] + total);
      }
      for (auto& [who, held] : at_work)
        if (!held.empty() && random.chance(0.3)) {
          const auto what = held.back();
          held.pop_back();
          if (x.finish(what)) {
            ++finished[what];
            ++done;
          }
        }
    }
    for (const auto& [what, times] : finished)
      EXPECT_EQ(times, 1) << what;
    EXPECT_EQ(x.waiting(), 0u);
  }
}

net::http_request request() {
  auto result = net::http_request{};
  result.target = "/chat/completions";
  result.headers = {{"Content-Type", "application/json"}};
  result.body = "{\"a\":\"\xff\"}";
  return result;
}

TEST(Wire, CarriesWhatItIsGiven) {
  const auto asked = request_from(to_bytes(request()));
  ASSERT_TRUE(asked);
  EXPECT_EQ(asked->body, request().body);
  EXPECT_EQ(asked->headers, request().headers);
  auto answer = net::exchange{};
  answer.reply = {200, {{"Retry-After", "3"}}, "hello"};
  const auto heard = exchange_from(to_bytes(answer));
  ASSERT_TRUE(heard);
  EXPECT_EQ(heard->reply.status, 200u);
  EXPECT_EQ(heard->reply.headers, answer.reply.headers);
  EXPECT_EQ(heard->reply.body, "hello");
  const auto work = setup{"https://a/v1", "KEY", 1.5, 2.5};
  EXPECT_EQ(*setup_from(to_bytes(work)), work);
}

TEST(Wire, RefusesWhatItWouldNotSay) {
  auto elsewhere = request();
  elsewhere.target = "/admin";
  EXPECT_FALSE(request_from(to_bytes(elsewhere)));
  auto split = request();
  split.headers[0].value = "a\r\nHost: b";
  EXPECT_FALSE(request_from(to_bytes(split)));
  EXPECT_FALSE(exchange_from(std::string(largest_message + 1, 'x')));
  auto late = setup{"https://a/v1", "KEY", -1, 2.5};
  EXPECT_FALSE(setup_from(to_bytes(late)));
  // Any change of any byte is refused, or another message; never a crash.
  const auto bytes = to_bytes(request());
  for (std::size_t i = 0; i < bytes.size(); ++i)
    for (auto bit = 0; bit < 8; ++bit) {
      auto broken = bytes;
      broken[i] = static_cast<char>(broken[i] ^ (1 << bit));
      static_cast<void>(request_from(broken));
      static_cast<void>(request_from(broken.substr(0, i)));
    }
  EXPECT_FALSE(request_from(bytes.substr(0, bytes.size() - 1)));
}

} // namespace
} // namespace aura::cluster
