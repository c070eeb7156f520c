// The actor against the pages of the server, without a wire between them, so
// that it can be killed between any two of its steps.

#include "actors/net/batch_model.hpp"

#include "actors/error.hpp"
#include "actors/net/mock_batches.hpp"
#include "kernels/base/hash.hpp"
#include "tests/actors/deterministic.hpp"

#include <caf/event_based_actor.hpp>
#include <unistd.h>

#include <algorithm>
#include <set>

namespace aura::net {
namespace {

using namespace std::chrono_literals;

struct outcome {
  std::optional<answer> got;
  std::optional<fault> error;
};

class BatchModel : public aura::testing::deterministic {
protected:
  BatchModel() {
    std::filesystem::create_directories(folder);
    setting.options.model = "m";
    setting.options.batch_rows = 4;
    setting.options.batch_wait = 1;
    setting.options.poll_interval = 10;
    setting.journal = folder / "answers.journal";
    setting.key = "sk-planted";
    setting.tell = [this](const std::string& x) { told.push_back(x); };
    setting.send = [this](http_request x, std::function<void(exchange)> done) {
      carry(std::move(x), std::move(done));
    };
    server.answer = [](const std::string& text) -> expected<std::string> {
      return "you said " + text.substr(0, text.find('\n'));
    };
  }

  ~BatchModel() override {
    close();
    std::filesystem::remove_all(folder);
  }

  /// Where a request stops on its way.
  enum class fate { arrives, lost, reply_lost };

  void carry(http_request x, std::function<void(exchange)> done) {
    EXPECT_EQ(find(x.headers, "authorization"), "Bearer sk-planted");
    const auto number = calls++;
    targets.push_back(x.method + " " + x.target);
    const auto what = fate_of(number);
    if (what == fate::lost)
      return;
    auto result = exchange{};
    const auto mishap = server.faults.at(number);
    auto reply = error_reply(mishap);
    if (!reply)
      reply = pages.handle(x.method, x.target, x.body, mishap);
    if (what == fate::reply_lost)
      return;
    ASSERT_TRUE(reply) << x.target;
    result.reply.status = reply->status;
    result.reply.body = reply->bytes.substr(reply->body);
    if (mishap.what == mishap::truncate)
      result.kind = trouble::truncated;
    done(std::move(result));
  }

  void open() {
    model = spawn_batch_model(sys, setting, false);
    run();
  }

  void close() {
    stop(model);
    model = nullptr;
  }

  std::shared_ptr<outcome> ask(const std::string& text) {
    auto result = std::make_shared<outcome>();
    sys.spawn([=, this](caf::event_based_actor* asker) {
      asker->request(model, caf::infinite, question{{{{"user", text}}, "", ""}})
        .then([=](const answer& x) { result->got = x; },
              [=](const caf::error& x) { result->error = from_caf(x); });
    });
    run();
    return result;
  }

  std::vector<std::shared_ptr<outcome>> ask(int count) {
    auto result = std::vector<std::shared_ptr<outcome>>{};
    for (auto i = 0; i < count; ++i)
      result.push_back(ask("question " + std::to_string(i)));
    return result;
  }

  void wait() {
    for (auto i = 0; i < 40; ++i)
      pass(10s);
  }

  static void expect_answers(const std::vector<std::shared_ptr<outcome>>& xs) {
    for (std::size_t i = 0; i < xs.size(); ++i) {
      ASSERT_FALSE(xs[i]->error) << xs[i]->error->message;
      ASSERT_TRUE(xs[i]->got) << i;
      ASSERT_TRUE(xs[i]->got->text) << xs[i]->got->text.error().message;
      EXPECT_EQ(*xs[i]->got->text, "you said question " + std::to_string(i));
    }
  }

  std::filesystem::path folder
    = std::filesystem::path{::testing::TempDir()}
      / ("aura-batch-" + std::to_string(::getpid()) + "-"
         + ::testing::UnitTest::GetInstance()->current_test_info()->name());
  mock_llm_options server;
  /// What was bought, and how often.
  std::map<std::string, int> bought;
  mock_batches pages{
    server, [this](const scripted_reply& reply, const std::string& request) {
      if (reply.completion)
        ++bought[sha256_hex(request)];
    }};
  std::uint64_t calls = 0;
  std::vector<std::string> targets;
  std::function<fate(std::uint64_t)> fate_of
    = [](std::uint64_t) { return fate::arrives; };
  language_model_setting setting;
  std::vector<std::string> told;
  language_model_actor model;
};

TEST_F(BatchModel, SendsAFullBatchAtOnceAndTheRestAfterAWhile) {
  open();
  const auto all = ask(6);
  EXPECT_EQ(calls, 3u) << "upload, create, a first poll";
  EXPECT_FALSE(all[0]->got);
  pass(10s);
  for (auto i = 0u; i < 4; ++i)
    EXPECT_TRUE(all[i]->got) << i;
  wait();
  expect_answers(all);
  EXPECT_EQ(bought.size(), 6u);
  EXPECT_GT(all[0]->got->usage.prompt_tokens, 0u);
  EXPECT_FALSE(all[0]->got->from_journal);
}

TEST_F(BatchModel, UploadsNothingOnceThereIsEnough) {
  auto enough = std::stop_source{};
  setting.enough = enough.get_token();
  open();
  const auto asked = ask(6);
  enough.request_stop();
  wait();
  expect_answers({asked.begin(), asked.begin() + 4});
  for (const auto i : {4, 5}) {
    ASSERT_TRUE(asked[i]->got);
    EXPECT_EQ(asked[i]->got->text.error().code, errc::cancelled);
  }
  EXPECT_EQ(std::count(targets.begin(), targets.end(), "POST /files"), 1);
}

TEST_F(BatchModel, BuysNothingTwice) {
  open();
  expect_answers({});
  (void)ask(4);
  wait();
  const auto before = calls;
  const auto again = ask(4);
  expect_answers(again);
  EXPECT_TRUE(again[0]->got->from_journal);
  close();
  open();
  expect_answers(ask(4));
  EXPECT_EQ(calls, before);
}

// Killed at any request, before it reaches the server or after: the next
// process finds the batch again, and everything is bought once.
TEST_F(BatchModel, LosesNothingWhereverItIsKilled) {
  for (auto at = 0u; at < 14; ++at)
    for (const auto how : {fate::lost, fate::reply_lost}) {
      SCOPED_TRACE(std::to_string(at)
                   + (how == fate::lost ? " lost" : " done"));
      std::filesystem::remove_all(folder);
      std::filesystem::create_directories(folder);
      bought.clear();
      calls = 0;
      auto dead = false;
      fate_of = [&](std::uint64_t number) {
        dead = dead || number == at;
        return number == at ? how : dead ? fate::lost : fate::arrives;
      };
      open();
      (void)ask(6);
      wait();
      close(); // as good as kill -9: nothing is said, nothing is written
      fate_of = [](std::uint64_t) { return fate::arrives; };
      open();
      const auto all = ask(6);
      wait();
      expect_answers(all);
      EXPECT_EQ(bought.size(), 6u);
      for (const auto& [key, times] : bought)
        EXPECT_EQ(times, 1) << key;
      close();
    }
}

TEST_F(BatchModel, FetchesWhatIsDoneBeforeItAsksForMore) {
  open();
  (void)ask(4);
  close();
  targets.clear();
  open();
  const auto all = ask(5);
  wait();
  expect_answers(all);
  EXPECT_TRUE(all[0]->got->from_journal)
    << "it was fetched before it was asked";
  ASSERT_GE(targets.size(), 3u);
  EXPECT_EQ(targets[0], "GET /batches/batch_1");
  EXPECT_EQ(targets[1], "GET /files/file-2/content");
  EXPECT_EQ(targets[2], "POST /files");
  EXPECT_EQ(bought.size(), 5u);
  for (const auto& [key, times] : bought)
    EXPECT_EQ(times, 1);
}

TEST_F(BatchModel, AsksAgainForWhatAnExpiredBatchDidNotDo) {
  server.faults = *parse_fault_plan("ok,expire:50");
  open();
  const auto all = ask(4);
  wait();
  expect_answers(all);
  EXPECT_EQ(bought.size(), 4u);
  for (const auto& [key, times] : bought)
    EXPECT_EQ(times, 1);
}

TEST_F(BatchModel, StopsWhenABatchIsRefused) {
  server.faults = *parse_fault_plan("ok,batch-fail");
  open();
  const auto all = ask(4);
  wait();
  ASSERT_TRUE(all[0]->error);
  EXPECT_EQ(*all[0]->error, (fault{errc::http_status,
                                   "the server refused a batch: the file was "
                                   "not to the server's liking"}));
}

TEST_F(BatchModel, GoesThroughTroubleOnTheWay) {
  server.faults
    = *parse_fault_plan("500,ok,truncate,503,429:10,truncate,500,truncate");
  open();
  const auto all = ask(4);
  wait();
  expect_answers(all);
  for (const auto& [key, times] : bought)
    EXPECT_EQ(times, 1);
}

TEST_F(BatchModel, GivesRowsUpThatTheServerWillNotAnswer) {
  server.faults = *parse_fault_plan("400%30,500%20,refusal%10");
  // Calls go well; only rows meet mishaps.
  setting.send = [this](http_request x, std::function<void(exchange)> done) {
    auto reply = pages.handle(x.method, x.target, x.body, {});
    ASSERT_TRUE(reply);
    auto result = exchange{};
    result.reply.status = reply->status;
    result.reply.body = reply->bytes.substr(reply->body);
    done(std::move(result));
  };
  setting.options.batch_rows = 50;
  open();
  const auto all = ask(50);
  for (auto i = 0; i < 10; ++i)
    wait();
  auto refused = 0;
  auto failed = 0;
  for (const auto& x : all) {
    ASSERT_TRUE(x->got);
    if (x->got->text)
      continue;
    refused += x->got->text.error().code == errc::refusal;
    failed += x->got->text.error().code == errc::http_status;
  }
  EXPECT_GT(refused, 0);
  EXPECT_GT(failed, 5);
  EXPECT_LT(failed, 35) << "a 500 is asked again";
}

TEST_F(BatchModel, KeepsToItsBudget) {
  setting.options.price_output = 1000; // 0.512 dollars at most for each
  setting.dispatch.budget_of_money = 1.6;
  open();
  const auto all = ask(4);
  wait();
  // Three fit at most at once; what they did not use pays for the fourth.
  expect_answers(all);
  EXPECT_EQ(bought.size(), 4u);
  close();
  setting.dispatch.budget_of_money = 0.5;
  open();
  const auto more = ask("one more");
  wait();
  ASSERT_TRUE(more->error);
  EXPECT_EQ(more->error->code, errc::budget_exhausted);
}

} // namespace
} // namespace aura::net
