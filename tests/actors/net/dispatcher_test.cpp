#include "actors/net/dispatcher.hpp"

#include <gtest/gtest.h>

#include <map>

namespace aura::net {
namespace {

using namespace std::chrono_literals;
using decision = dispatcher::decision;
using tickets = std::vector<dispatcher::ticket>;

const auto start = instant{};
const auto good = symptom{};

symptom status(unsigned code) {
  return {trouble::none, code, "", false};
}

dispatcher_options options(std::size_t in_flight = 4) {
  auto result = dispatcher_options{};
  result.in_flight = in_flight;
  // Jitter to the point: what is left is what the server asks for.
  result.backoff.transient_base = 0ms;
  result.backoff.throttled_base = 0ms;
  result.budget.per_second = 1e6;
  result.budget.most = 1e6;
  return result;
}

TEST(Dispatcher, SendsInOrderUpToTheLimit) {
  auto x = dispatcher{options(2), start};
  for (auto i = 1u; i <= 4; ++i)
    x.submit(i);
  EXPECT_EQ(x.due(start), (tickets{1, 2}));
  EXPECT_EQ(x.due(start), tickets{});
  EXPECT_EQ(x.report(2, good, {}, "", start), decision::deliver);
  EXPECT_EQ(x.due(start), (tickets{3}));
  EXPECT_EQ(x.in_flight(), 2u);
  EXPECT_EQ(x.size(), 3u);
}

TEST(Dispatcher, TriesAgainAndThenFreshOnes) {
  auto x = dispatcher{options(1), start};
  x.submit(1);
  x.submit(2);
  EXPECT_EQ(x.due(start), (tickets{1}));
  EXPECT_EQ(x.report(1, status(500), {}, "500", start), decision::again);
  EXPECT_EQ(x.next_wake(start), start);
  EXPECT_EQ(x.due(start), (tickets{1}));
  EXPECT_EQ(x.report(1, good, {}, "", start), decision::deliver);
  EXPECT_EQ(x.due(start), (tickets{2}));
}

TEST(Dispatcher, LetsOthersGoWhileOneIsParked) {
  auto x = dispatcher{options(1), start};
  x.submit(1);
  x.submit(2);
  EXPECT_EQ(x.due(start), (tickets{1}));
  EXPECT_EQ(x.report(1, status(429), 90s, "429", start), decision::again);
  EXPECT_EQ(x.next_wake(start), start) << "2 may go";
  EXPECT_EQ(x.due(start), (tickets{2}));
  EXPECT_EQ(x.next_wake(start), std::nullopt) << "no room until 2 is back";
  EXPECT_EQ(x.report(2, good, {}, "", start + 1s), decision::deliver);
  EXPECT_EQ(x.due(start + 90s - 1ms), tickets{});
  EXPECT_EQ(x.due(start + 90s), (tickets{1}));
}

TEST(Dispatcher, GivesARequestUpAfterItsAttempts) {
  auto x = dispatcher{options(), start};
  x.submit(1);
  for (auto i = 1; i < 6; ++i) {
    ASSERT_EQ(x.due(start), (tickets{1}));
    ASSERT_EQ(x.report(1, status(500), {}, "500", start), decision::again);
  }
  EXPECT_EQ(x.due(start), (tickets{1}));
  EXPECT_EQ(x.report(1, status(500), {}, "500", start), decision::fail);
  EXPECT_EQ(x.size(), 0u);
}

TEST(Dispatcher, NeverGivesARequestUpForBeingThrottled) {
  auto x = dispatcher{options(), start};
  x.submit(1);
  for (auto i = 0; i < 100; ++i) {
    ASSERT_EQ(x.due(start + i * 1s), (tickets{1}));
    ASSERT_EQ(x.report(1, status(429), {}, "429", start + i * 1s),
              decision::again);
  }
}

TEST(Dispatcher, RetriesAnUnreadableReplyOnce) {
  auto x = dispatcher{options(), start};
  const auto unreadable = symptom{trouble::none, 200, "", true};
  x.submit(1);
  (void)x.due(start);
  EXPECT_EQ(x.report(1, unreadable, {}, "", start), decision::again);
  (void)x.due(start);
  EXPECT_EQ(x.report(1, unreadable, {}, "", start), decision::fail);
}

TEST(Dispatcher, NeverRetriesWhatCannotWork) {
  auto x = dispatcher{options(), start};
  x.submit(1);
  (void)x.due(start);
  EXPECT_EQ(x.report(1, status(400), {}, "400", start), decision::fail);
  EXPECT_EQ(x.due(start + 1h), tickets{});
}

TEST(Dispatcher, StopsTheRunWhenTheKeyIsRefused) {
  auto x = dispatcher{options(), start};
  x.submit(1);
  (void)x.due(start);
  EXPECT_EQ(x.report(1, status(401), {}, "status 401", start), decision::stop);
  EXPECT_EQ(x.reason(), (fault{errc::authentication, "status 401"}));
}

TEST(Dispatcher, StopsAfterManyFailuresInARow) {
  auto x = dispatcher{options(), start};
  for (auto i = 1u; i <= 16; ++i) {
    x.submit(i);
    ASSERT_EQ(x.due(start), (tickets{i}));
    ASSERT_EQ(x.report(i, status(404), {}, "status 404", start),
              i < 16 ? decision::fail : decision::stop);
  }
  EXPECT_EQ(x.reason(),
            (fault{errc::http_status, "16 requests failed one after another; "
                                      "the last one: status 404"}));
}

const auto silence = symptom{trouble::connect, 0, "", false};

TEST(Dispatcher, StopsWhenTheServerIsNeverHeardOf) {
  auto setup = dispatcher_options{};
  setup.in_flight = 64;
  auto x = dispatcher{setup, start};
  for (auto i = 1u; i <= 1000; ++i)
    x.submit(i);
  auto now = start;
  auto flying = x.due(now);
  ASSERT_EQ(flying.size(), 64u);
  for (const auto who : flying)
    ASSERT_EQ(x.report(who, silence, {}, "nobody there", now), decision::again);
  // From here on one request at a time asks whether anybody is there.
  for (auto probe = 1; probe <= 5; ++probe) {
    ASSERT_TRUE(x.next_wake(now));
    EXPECT_GE(*x.next_wake(now), now);
    now = *x.next_wake(now);
    flying = x.due(now);
    ASSERT_EQ(flying.size(), 1u);
    EXPECT_EQ(x.next_wake(now), std::nullopt);
    EXPECT_EQ(x.report(flying[0], silence, {}, "nobody there", now),
              probe < 5 ? decision::again : decision::stop);
  }
  EXPECT_LE(now, start + 16s);
  EXPECT_EQ(x.reason(), (fault{errc::network,
                               "the server cannot be reached: nobody there"}));
}

// A limit of ours, but no reason to look for the trouble here.
TEST(Dispatcher, BlamesAServerThatAlwaysTakesTooLong) {
  const auto stalled = symptom{trouble::stalled, 0, "", false};
  auto setup = options(1);
  setup.attempts = 1;
  auto x = dispatcher{setup, start};
  x.submit(1);
  ASSERT_EQ(x.due(start), (tickets{1}));
  EXPECT_EQ(x.report(1, stalled, {}, "no byte", start), decision::stop);
  EXPECT_EQ(x.reason(),
            (fault{errc::network, "the server cannot be reached: no byte"}));
}

TEST(Dispatcher, OpensUpOnceTheServerIsHeardOf) {
  auto x = dispatcher{options(4), start};
  for (auto i = 1u; i <= 8; ++i)
    x.submit(i);
  for (const auto who : x.due(start))
    EXPECT_EQ(x.report(who, silence, {}, "nobody there", start),
              decision::again);
  const auto probe = x.due(start);
  ASSERT_EQ(probe.size(), 1u);
  EXPECT_EQ(x.report(probe[0], status(500), {}, "500", start), decision::again);
  EXPECT_EQ(x.due(start).size(), 4u);
}

TEST(Dispatcher, LosesARequestOnlyWhenTheServerWentSilentLater) {
  auto x = dispatcher{options(), start};
  x.submit(1);
  (void)x.due(start);
  EXPECT_EQ(x.report(1, status(500), {}, "500", start), decision::again);
  auto last = decision::again;
  for (auto i = 0; i < 5; ++i) {
    EXPECT_EQ(last, decision::again);
    (void)x.due(start);
    last = x.report(1, silence, {}, "nobody there", start);
  }
  EXPECT_EQ(last, decision::fail);
}

TEST(Dispatcher, StopsAfterAStormOfRefusals) {
  auto x = dispatcher{options(), start};
  x.submit(1);
  auto now = start;
  auto last = decision::again;
  while (last == decision::again && now < start + 1h) {
    ASSERT_EQ(x.due(now), (tickets{1}));
    last = x.report(1, status(429), 10s, "status 429", now);
    now += 10s;
  }
  EXPECT_EQ(last, decision::stop);
  EXPECT_EQ(now, start + 310s);
  EXPECT_EQ(x.reason(), (fault{errc::http_status,
                               "the server has refused everything for too "
                               "long; the last answer: status 429"}));
}

TEST(Dispatcher, StopsWhenTheServerAsksForTooMuchPatience) {
  auto x = dispatcher{options(), start};
  x.submit(1);
  (void)x.due(start);
  EXPECT_EQ(x.report(1, status(429), 3600s, "status 429", start),
            decision::stop);
  EXPECT_EQ(x.reason().message,
            "the server asks to wait for 3600 s: status 429");
}

TEST(Dispatcher, ShrinksWhenRefusedAndRecovers) {
  auto x = dispatcher{options(8), start};
  for (auto i = 1u; i <= 200; ++i)
    x.submit(i);
  EXPECT_EQ(x.due(start).size(), 8u);
  for (auto i = 1u; i <= 8; ++i)
    EXPECT_EQ(x.report(i, status(429), 1s, "", start + 1ms), decision::again);
  EXPECT_EQ(x.limit(), 6u);
  auto now = start + 1s;
  for (auto i = 0; i < 10; ++i, now += 1s)
    for (const auto who : x.due(now))
      EXPECT_EQ(x.report(who, good, {}, "", now), decision::deliver);
  EXPECT_EQ(x.limit(), 8u);
}

// Whatever the server does, each request comes to exactly one end.
TEST(Dispatcher, BringsEveryRequestToOneEnd) {
  for (auto seed = 1u; seed <= 20; ++seed) {
    auto random = random_stream{seed, "dispatcher"};
    auto setup = dispatcher_options{};
    setup.in_flight = 1 + random.below(20);
    setup.breaker.failures = 1000;
    setup.seed = seed;
    auto x = dispatcher{setup, start};
    auto ends = std::map<dispatcher::ticket, decision>{};
    auto flying = tickets{};
    for (auto i = 1u; i <= 300; ++i)
      x.submit(i);
    auto now = start;
    while (x.size() > 0) {
      for (const auto who : x.due(now))
        flying.push_back(who);
      ASSERT_EQ(x.in_flight(), flying.size());
      if (flying.empty()) {
        ASSERT_TRUE(x.next_wake(now));
        now = *x.next_wake(now);
        continue;
      }
      now += milliseconds{random.below(50)};
      const auto at = random.below(flying.size());
      const auto who = flying[at];
      flying[at] = flying.back();
      flying.pop_back();
      const symptom outcomes[] = {good,
                                  status(429),
                                  status(500),
                                  status(400),
                                  {trouble::reset, 0, "", false},
                                  {trouble::none, 200, "", true},
                                  good,
                                  good,
                                  good};
      const auto end = x.report(who, outcomes[random.below(9)], {}, "", now);
      ASSERT_NE(end, decision::stop);
      if (end != decision::again) {
        ASSERT_TRUE(ends.emplace(who, end).second);
      }
    }
    EXPECT_EQ(ends.size(), 300u);
    EXPECT_LT(now, start + 1h);
  }
}

// One kind of trouble and nothing else, from the first request on or later.
TEST(Dispatcher, ComesToAnEndWhateverGoesWrongForEver) {
  auto all
    = std::vector<symptom>{{trouble::none, 200, "", true},
                           {trouble::none, 429, "insufficient_quota", false}};
  for (const auto code : {301u, 400u, 401u, 402u, 403u, 404u, 408u, 409u, 413u,
                          422u, 425u, 429u, 500u, 502u, 503u, 504u, 529u})
    all.push_back(status(code));
  for (auto kind = static_cast<int>(trouble::resolve);
       kind <= static_cast<int>(trouble::malformed); ++kind)
    all.push_back({static_cast<trouble>(kind), 0, "", false});
  for (const auto heard : {false, true})
    for (const auto& wrong : all) {
      const auto name = std::string{to_string(wrong.kind)} + ' '
                        + std::to_string(wrong.status) + wrong.error_code;
      auto setup = dispatcher_options{};
      setup.in_flight = 8;
      auto x = dispatcher{setup, start};
      auto unfinished = std::size_t{300};
      for (auto i = 1u; i <= unfinished; ++i)
        x.submit(i);
      auto now = start;
      auto stopped = false;
      while (!stopped && unfinished > 0) {
        const auto sent = x.due(now);
        if (sent.empty()) {
          ASSERT_TRUE(x.next_wake(now)) << name;
          now = *x.next_wake(now);
        }
        // Each comes back after the longest that anything may take.
        now += sent.empty() ? 0s : 180s;
        for (const auto who : sent) {
          const auto lucky = heard && unfinished > 290;
          const auto end
            = x.report(who, lucky ? good : wrong, {}, "trouble", now);
          unfinished -= end == decision::deliver || end == decision::fail;
          stopped = stopped || end == decision::stop;
        }
        ASSERT_LT(now, start + 3h) << name;
      }
      if (stopped) {
        EXPECT_FALSE(x.reason().message.empty()) << name;
      }
    }
}

TEST(Dispatcher, KeepsToTheRequestsOfAMinute) {
  auto setup = options(100);
  setup.requests_per_minute = 60;
  auto x = dispatcher{setup, start};
  for (auto i = 1u; i <= 100; ++i)
    x.submit(i);
  auto sent = x.due(start).size();
  EXPECT_EQ(sent, 2u) << "two seconds' worth is saved up";
  auto now = start;
  while (now < start + 60s) {
    ASSERT_TRUE(x.next_wake(now));
    ASSERT_GT(*x.next_wake(now), now);
    now = *x.next_wake(now);
    sent += x.due(now).size();
  }
  EXPECT_EQ(sent, 62u);
}

TEST(Dispatcher, GivesBackTheTokensThatWereNotUsed) {
  auto setup = options(4);
  setup.tokens_per_minute = 30'000; // 1,000 saved up
  auto x = dispatcher{setup, start};
  for (auto i = 1u; i <= 40; ++i)
    x.submit(i, {600, 0});
  // Each sets 600 aside and uses 100.
  auto done = 0;
  for (auto flying = x.due(start); !flying.empty(); flying = x.due(start))
    for (const auto who : flying) {
      EXPECT_EQ(x.report(who, good, {}, "", start, {100, 0}),
                decision::deliver);
      ++done;
    }
  EXPECT_EQ(done, 5) << "from 1,000 down to the last 600";
  EXPECT_EQ(x.next_wake(start), start + 201ms);
  EXPECT_EQ(x.due(start + 201ms).size(), 1u);
}

TEST(Dispatcher, GivesBackTheTokensOfARefusal) {
  auto setup = options(4);
  setup.tokens_per_minute = 30'000;
  auto x = dispatcher{setup, start};
  x.submit(1, {1000, 0});
  EXPECT_EQ(x.due(start), (tickets{1}));
  EXPECT_EQ(x.report(1, status(429), {}, "", start), decision::again);
  EXPECT_EQ(x.due(start), (tickets{1}));
}

TEST(Dispatcher, WaitsForMoneyThatMayComeBackAndThenStops) {
  auto setup = options(4);
  setup.budget_of_money = 1.0;
  auto x = dispatcher{setup, start};
  for (auto i = 1u; i <= 100; ++i)
    x.submit(i, {0, 0.3});
  auto flying = x.due(start);
  EXPECT_EQ(flying.size(), 3u) << "a fourth might go over";
  EXPECT_EQ(x.next_wake(start), std::nullopt);
  auto done = 0;
  for (; !flying.empty(); flying = x.due(start))
    for (const auto who : flying) {
      EXPECT_FALSE(x.broke());
      EXPECT_EQ(x.report(who, good, {}, "", start, {0, 0.1}),
                decision::deliver);
      ++done;
    }
  EXPECT_EQ(done, 8) << "0.8 dollars, and 0.2 are not enough for another";
  EXPECT_TRUE(x.broke());
  EXPECT_EQ(x.reason().code, errc::budget_exhausted);
  EXPECT_EQ(x.reason().message,
            "the budget of 1.00 dollars is used up: 0.800000 dollars are "
            "spent, and the next request may cost more than what is left; "
            "what was bought is kept, and with a higher budget the same "
            "command goes on");
}

TEST(Dispatcher, CountsWhatEarlierRunsHaveSpent) {
  auto setup = options(4);
  setup.budget_of_money = 1.0;
  setup.spent = 0.9;
  auto x = dispatcher{setup, start};
  x.submit(1, {0, 0.2});
  EXPECT_EQ(x.due(start), tickets{});
  EXPECT_TRUE(x.broke());
}

TEST(Dispatcher, TakesALostReplyForPaid) {
  auto setup = options(1);
  setup.budget_of_money = 1.0;
  auto x = dispatcher{setup, start};
  x.submit(1, {0, 0.4});
  (void)x.due(start);
  EXPECT_EQ(x.report(1, {trouble::truncated, 0, "", false}, {}, "", start),
            decision::again);
  EXPECT_DOUBLE_EQ(x.money().spent(), 0.4);
  (void)x.due(start);
  EXPECT_EQ(x.report(1, status(500), {}, "", start), decision::again);
  EXPECT_DOUBLE_EQ(x.money().spent(), 0.4) << "an error costs nothing";
}

TEST(Dispatcher, ShrinksForAServerThatQueuesInSilence) {
  auto x = dispatcher{options(64), start};
  auto next = dispatcher::ticket{0};
  auto now = start;
  auto queue = std::deque<dispatcher::ticket>{};
  for (auto i = 0; i < 10'000; ++i) {
    while (x.size() < 100)
      x.submit(++next);
    for (const auto who : x.due(now))
      queue.push_back(who);
    // Eight at a time, a second each.
    now += 125ms;
    EXPECT_EQ(x.report(queue.front(), good, {}, "", now), decision::deliver);
    queue.pop_front();
  }
  EXPECT_GE(x.limit(), 1u);
  EXPECT_LE(x.limit(), 10u);
}

} // namespace
} // namespace aura::net
