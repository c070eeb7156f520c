#include "actors/net/fault_plan_file.hpp"
#include "actors/net/faulty_transport.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <map>

namespace aura::net {
namespace {

using namespace std::chrono_literals;

TEST(FaultPlan, GoesThroughItsListOnce) {
  const auto plan = parse_fault_plan("429:20,ok,stall,broken-json");
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->at(0).what, mishap::too_many);
  EXPECT_EQ(plan->at(0).amount, 20);
  EXPECT_EQ(plan->at(1).what, mishap::none);
  EXPECT_EQ(plan->at(2).what, mishap::stall);
  EXPECT_EQ(plan->at(2).amount, -1);
  EXPECT_EQ(plan->at(3).what, mishap::broken_json);
  for (auto i = 4u; i < 100; ++i)
    EXPECT_EQ(plan->at(i).what, mishap::none);
}

TEST(FaultPlan, HitsAShareOfTheRequests) {
  const auto plan = parse_fault_plan("reset%10,500%5");
  ASSERT_TRUE(plan);
  auto resets = 0;
  auto errors = 0;
  for (auto i = 0u; i < 10'000; ++i) {
    resets += plan->at(i).what == mishap::reset;
    errors += plan->at(i).what == mishap::server_error;
    EXPECT_EQ(plan->at(i).what, plan->at(i).what);
  }
  EXPECT_NEAR(resets, 1000, 100);
  EXPECT_NEAR(errors, 500, 75);
}

TEST(FaultPlan, IsEmptyWithoutAnyEntry) {
  const auto plan = parse_fault_plan("");
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->at(0).what, mishap::none);
}

TEST(FaultPlan, NamesTheEntryThatItDoesNotKnow) {
  for (const auto* text :
       {"500,boom", "500%0", "500%101", "500%x", "429:x", "429:-1", ",500"}) {
    const auto plan = parse_fault_plan(text);
    ASSERT_FALSE(plan) << text;
    EXPECT_EQ(plan.error().code, errc::invalid_option);
  }
  EXPECT_EQ(parse_fault_plan("500,boom").error().message, "no fault 'boom'");
}

TEST(FaultPlan, HasStorms) {
  const auto plan = parse_fault_plan("500,429:50@10-20,503%50@30-1030,reset%1");
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->at(0).what, mishap::server_error);
  for (auto i = 10u; i < 20; ++i) {
    EXPECT_EQ(plan->at(i).what, mishap::too_many) << i;
    EXPECT_EQ(plan->at(i).amount, 50);
  }
  auto refused = 0;
  for (auto i = 30u; i < 1030; ++i) {
    const auto what = plan->at(i).what;
    EXPECT_TRUE(what == mishap::none || what == mishap::unavailable);
    refused += what == mishap::unavailable ? 1 : 0;
  }
  EXPECT_NEAR(refused, 500, 80);
  for (const auto* text : {"429@10-10", "429@20-10", "429@x-1", "429@5"})
    EXPECT_FALSE(parse_fault_plan(text)) << text;
}

TEST(FaultPlan, PoisonsWhatHoldsAText) {
  const auto plan = parse_fault_plan("500,oversize:9000~two words,ok,400%50");
  ASSERT_TRUE(plan) << plan.error().message;
  for (auto i = 0u; i < 100; ++i) {
    const auto x = plan->at(i, "some two words more");
    EXPECT_EQ(x.what, mishap::oversize);
    EXPECT_EQ(x.amount, 9000);
    EXPECT_EQ(plan->by_chance(i, "two words"), x);
    EXPECT_NE(plan->at(i, "two other words").what, mishap::oversize);
  }
  // It has no turn in the list.
  EXPECT_EQ(plan->at(0, "else").what, mishap::server_error);
  EXPECT_EQ(plan->at(1, "else").what, mishap::none);
  for (const auto* text : {"400~", "400%5~a", "400@1-2~a", "latency:5~a"})
    EXPECT_FALSE(parse_fault_plan(text)) << text;
}

TEST(FaultPlan, SaysHowTheServerIs) {
  const auto plan
    = parse_fault_plan("latency:100,jitter:50,queue:8,wrong-host,reset%1");
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->slots, 8u);
  EXPECT_EQ(plan->certificate, certificate::wrong_host);
  EXPECT_EQ(plan->entries.size(), 1u);
  auto least = 1000ms;
  auto most = 0ms;
  for (auto i = 0u; i < 1000; ++i) {
    least = std::min(least, plan->delay(i));
    most = std::max(most, plan->delay(i));
  }
  EXPECT_EQ(least, 100ms);
  EXPECT_EQ(most, 150ms);
  for (const auto* text : {"latency", "queue:0", "queue:x", "expired:1"})
    EXPECT_FALSE(parse_fault_plan(text)) << text;
}

TEST(FaultPlan, IsReadFromAFile) {
  const auto plan = load_fault_plan(AURA_SOURCE_DIR "/configs/faults.yaml");
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->seed, 7u);
  EXPECT_EQ(plan->latency, 20ms);
  EXPECT_EQ(plan->jitter, 30ms);
  EXPECT_EQ(plan->slots, 32u);
  EXPECT_EQ(plan->at(1).what, mishap::too_many);
  EXPECT_EQ(plan->at(120).what, mishap::too_many);
  EXPECT_EQ(load_fault_plan("500")->at(0).what, mishap::server_error);
  EXPECT_EQ(load_fault_plan("nowhere.yaml").error().code, errc::missing_file);
}

TEST(FaultPlan, PointsAtWhatIsWrongInItsFile) {
  const auto file = ::testing::TempDir() + "aura-faults-"
                    + std::to_string(::getpid()) + ".yaml";
  const auto read = [&](const char* text) {
    std::ofstream{file} << text;
    const auto plan = load_fault_plan(file);
    return plan ? "" : plan.error().message.substr(file.size());
  };
  EXPECT_EQ(read("latency: 5\nfaults:\n  - 500\n  - boom\n"),
            ":4:5: no fault 'boom'");
  EXPECT_EQ(read("latency: -5\n").substr(0, 6), ":1:10:");
  EXPECT_EQ(read("latancy: 5\n").substr(0, 5), ":1:1:");
  std::filesystem::remove(file);
}

TEST(Interference, IsWhatAClientWouldSee) {
  const auto seen = [](const char* words) {
    const auto plan = parse_fault_plan(words);
    EXPECT_TRUE(plan) << words;
    return interfere(*plan, 0, R"({"messages":[]})", 7s);
  };
  EXPECT_FALSE(seen("").instead);
  EXPECT_FALSE(seen("drop").instead);
  EXPECT_EQ(seen("latency:30,ok").delay, 30ms);
  EXPECT_EQ(seen("slow:5").delay, 50ms);
  EXPECT_FALSE(seen("slow:5").instead);
  EXPECT_EQ(seen("hang").delay, 7s);
  const std::pair<const char*, trouble> troubles[] = {
    {"hang", trouble::stalled},
    {"stall", trouble::stalled},
    {"truncate", trouble::truncated},
    {"reset", trouble::reset},
    {"oversize", trouble::too_large},
    {"two-lengths", trouble::malformed},
    {"encoded", trouble::malformed},
    {"expired", trouble::tls_verification},
    {"wrong-host", trouble::tls_verification},
  };
  for (const auto& [words, kind] : troubles) {
    const auto x = seen(words).instead;
    ASSERT_TRUE(x) << words;
    EXPECT_EQ(x->kind, kind) << words;
  }
  const auto refused = seen("429:20").instead;
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->reply.status, 429u);
  EXPECT_EQ(find(refused->reply.headers, "retry-after-ms"), "20");
  const std::pair<const char*, unsigned> statuses[] = {
    {"500", 500},   {"503", 503},    {"529", 529},         {"400", 400},
    {"401", 401},   {"302", 302},    {"broken-json", 200}, {"error-200", 200},
    {"quota", 429}, {"refusal", 200}};
  for (const auto& [words, status] : statuses) {
    const auto x = seen(words).instead;
    ASSERT_TRUE(x) << words;
    EXPECT_EQ(x->kind, trouble::none);
    EXPECT_EQ(x->reply.status, status) << words;
  }
}

TEST(Interference, SpoilsNoContentWhereThereIsNone) {
  const auto plan = parse_fault_plan("refusal,500");
  ASSERT_TRUE(plan);
  for (const auto* body : {"", "--aura-1\r\n", R"({"input_file_id":"f"})"}) {
    EXPECT_FALSE(interfere(*plan, 0, body, 1s).instead) << body;
    EXPECT_TRUE(interfere(*plan, 1, body, 1s).instead) << body;
  }
}

TEST(FaultyTransport, LetsThroughWhatMeetsNothing) {
  auto asked = std::atomic<int>{0};
  auto send = make_faulty_transport(
    [&](const http_request&, const std::function<void(exchange)>& done) {
      ++asked;
      auto x = exchange{};
      x.reply.status = 200;
      done(std::move(x));
    },
    *parse_fault_plan("500,ok,reset,queue:2"), 1s);
  auto statuses = std::map<unsigned, int>{};
  auto waiting = std::vector<std::future<exchange>>{};
  for (auto i = 0; i < 20; ++i) {
    auto result = std::make_shared<std::promise<exchange>>();
    waiting.push_back(result->get_future());
    send({}, [result](exchange x) { result->set_value(std::move(x)); });
  }
  for (auto& x : waiting)
    ++statuses[x.get().reply.status];
  EXPECT_EQ(statuses, (std::map<unsigned, int>{{0, 1}, {200, 18}, {500, 1}}));
  EXPECT_EQ(asked, 18);
}

} // namespace
} // namespace aura::net
