#include "actors/net/language_model.hpp"

#include "actors/error.hpp"
#include "tests/actors/deterministic.hpp"

#include <caf/event_based_actor.hpp>
#include <unistd.h>

#include <deque>
#include <fstream>

namespace aura::net {
namespace {

using namespace std::chrono_literals;

std::string body_with(const std::string& text) {
  return R"({"choices":[{"message":{"content":")" + text
         + R"("},"finish_reason":"stop"}],)"
           R"("usage":{"prompt_tokens":7,"completion_tokens":3}})";
}

exchange reply(unsigned status, std::string body, headers extra = {}) {
  return {
    trouble::none, "", {status, std::move(extra), std::move(body)}, false};
}

/// What has come back for one question.
struct outcome {
  std::optional<answer> got;
  std::optional<fault> error;
};

class LanguageModel : public aura::testing::deterministic {
protected:
  struct sent {
    http_request request;
    std::function<void(exchange)> done;
  };

  LanguageModel() {
    std::filesystem::create_directories(folder);
    setting.options.model = "m";
    setting.options.in_flight = 4;
    setting.dispatch.in_flight = 4;
    setting.journal = folder / "answers.journal";
    setting.key = "sk-planted";
    setting.tell = [this](const std::string& x) { told.push_back(x); };
    setting.send = [this](http_request x, std::function<void(exchange)> done) {
      wire.push_back({std::move(x), std::move(done)});
    };
  }

  ~LanguageModel() override {
    close();
    std::filesystem::remove_all(folder);
  }

  void open() {
    model = spawn_language_model(sys, setting, false);
    run();
  }

  void close() {
    wire.clear();
    stop(model);
    model = nullptr;
  }

  std::shared_ptr<outcome> ask(const std::string& text) {
    auto result = std::make_shared<outcome>();
    asking.push_back(sys.spawn([=, this](caf::event_based_actor* asker) {
      asker->request(model, caf::infinite, question{{{{"user", text}}, "", ""}})
        .then([=](const answer& x) { result->got = x; },
              [=](const caf::error& x) { result->error = from_caf(x); });
    }));
    run();
    return result;
  }

  /// Answers the oldest request on the wire.
  void answer_with(exchange x) {
    ASSERT_FALSE(wire.empty());
    auto first = std::move(wire.front());
    wire.pop_front();
    first.done(std::move(x));
    run();
  }

  std::filesystem::path folder
    = std::filesystem::path{::testing::TempDir()}
      / ("aura-model-" + std::to_string(::getpid()) + "-"
         + ::testing::UnitTest::GetInstance()->current_test_info()->name());
  language_model_setting setting;
  std::deque<sent> wire;
  std::vector<std::string> told;
  std::vector<caf::actor> asking;
  language_model_actor model;
};

TEST_F(LanguageModel, SendsAQuestionAndAnswersIt) {
  open();
  const auto x = ask("hello");
  ASSERT_EQ(wire.size(), 1u);
  EXPECT_EQ(wire[0].request.method, "POST");
  EXPECT_EQ(wire[0].request.target, "/chat/completions");
  EXPECT_EQ(find(wire[0].request.headers, "authorization"),
            "Bearer sk-planted");
  EXPECT_NE(wire[0].request.body.find("hello"), std::string::npos);
  answer_with(reply(200, body_with("hi")));
  ASSERT_TRUE(x->got);
  EXPECT_EQ(*x->got->text, "hi");
  EXPECT_EQ(x->got->usage, (usage{7, 3, false, std::nullopt}));
  EXPECT_FALSE(x->got->from_journal);
}

TEST_F(LanguageModel, SendsNoKeyIfThereIsNone) {
  setting.key.clear();
  open();
  (void)ask("hello");
  ASSERT_EQ(wire.size(), 1u);
  EXPECT_EQ(find(wire[0].request.headers, "authorization"), std::nullopt);
}

TEST_F(LanguageModel, BuysNothingTwice) {
  open();
  (void)ask("hello");
  answer_with(reply(200, body_with("hi")));
  const auto again = ask("hello");
  EXPECT_TRUE(wire.empty());
  ASSERT_TRUE(again->got);
  EXPECT_EQ(*again->got->text, "hi");
  EXPECT_TRUE(again->got->from_journal);
  EXPECT_EQ(again->got->usage, usage{}) << "it has been counted";
  close();
  open();
  const auto later = ask("hello");
  EXPECT_TRUE(wire.empty());
  ASSERT_TRUE(later->got);
  EXPECT_EQ(*later->got->text, "hi");
  EXPECT_EQ(later->got->usage, (usage{7, 3, false, std::nullopt}));
  EXPECT_TRUE(later->got->from_journal);
}

TEST_F(LanguageModel, AsksOnceForEqualQuestionsAtTheSameTime) {
  open();
  const auto first = ask("hello");
  const auto second = ask("hello");
  EXPECT_EQ(wire.size(), 1u);
  answer_with(reply(200, body_with("hi")));
  ASSERT_TRUE(first->got && second->got);
  EXPECT_FALSE(first->got->from_journal);
  EXPECT_TRUE(second->got->from_journal);
  EXPECT_EQ(*second->got->text, "hi");
}

TEST_F(LanguageModel, RemembersRefusalsToo) {
  open();
  const auto refusal
    = R"({"choices":[{"message":{"content":null,"refusal":"no"}}]})";
  const auto x = ask("hello");
  answer_with(reply(200, refusal));
  ASSERT_TRUE(x->got);
  EXPECT_EQ(x->got->text.error(),
            (fault{errc::refusal, "the model declined: no"}));
  close();
  open();
  const auto later = ask("hello");
  ASSERT_TRUE(later->got);
  EXPECT_EQ(later->got->text.error().code, errc::refusal);
  EXPECT_TRUE(wire.empty());
}

TEST_F(LanguageModel, KeepsTheRestWaitingBeyondItsLimit) {
  open();
  for (auto i = 0; i < 6; ++i)
    (void)ask(std::to_string(i));
  EXPECT_EQ(wire.size(), 4u);
  answer_with(reply(200, body_with("a")));
  EXPECT_EQ(wire.size(), 4u);
}

TEST_F(LanguageModel, SendsNothingOnceThereIsEnough) {
  auto enough = std::stop_source{};
  setting.enough = enough.get_token();
  open();
  auto asked = std::vector<decltype(ask(""))>{};
  for (auto i = 0; i < 6; ++i)
    asked.push_back(ask(std::to_string(i)));
  ASSERT_EQ(wire.size(), 4u);
  enough.request_stop();
  answer_with(reply(200, body_with("a")));
  pass(1s); // till what was bought is on the disk
  EXPECT_EQ(wire.size(), 3u);
  ASSERT_TRUE(asked[0]->got);
  EXPECT_EQ(*asked[0]->got->text, "a") << "what was paid for is handed out";
  EXPECT_FALSE(asked[1]->got);
  for (const auto i : {4, 5}) {
    ASSERT_TRUE(asked[i]->got);
    EXPECT_EQ(asked[i]->got->text.error().code, errc::cancelled);
  }
  answer_with(reply(503, ""));
  ASSERT_TRUE(asked[1]->got) << "it is not tried again";
  EXPECT_EQ(asked[1]->got->text.error().code, errc::cancelled);
  const auto late = ask("late");
  EXPECT_EQ(wire.size(), 2u);
  ASSERT_TRUE(late->got);
  EXPECT_EQ(late->got->text.error().code, errc::cancelled);
  // In the journal is what was bought, and nothing else.
  close();
  setting.enough = {};
  open();
  EXPECT_TRUE(ask("0")->got);
  EXPECT_FALSE(ask("4")->got);
}

TEST_F(LanguageModel, WaitsAsLongAsTheServerAsks) {
  open();
  const auto x = ask("hello");
  answer_with(reply(429, "{}", {{"Retry-After", "40"}}));
  pass(39s);
  EXPECT_TRUE(wire.empty());
  pass(1s);
  ASSERT_EQ(wire.size(), 1u);
  answer_with(reply(200, body_with("hi")));
  ASSERT_TRUE(x->got);
  EXPECT_EQ(*x->got->text, "hi");
}

TEST_F(LanguageModel, TriesAgainAfterAFailureOfTheServer) {
  open();
  const auto x = ask("hello");
  answer_with(reply(500, "oops"));
  pass(1s);
  answer_with({trouble::reset, "the connection ended", {}, false});
  pass(2s);
  answer_with(reply(200, body_with("hi")));
  ASSERT_TRUE(x->got);
  EXPECT_EQ(*x->got->text, "hi");
}

TEST_F(LanguageModel, TellsWhatIsWrongWithOneRow) {
  open();
  const auto x = ask("hello");
  answer_with(reply(400, R"({"error":{"message":"too long"}})"));
  ASSERT_TRUE(x->got);
  EXPECT_EQ(x->got->text.error(),
            (fault{errc::http_status,
                   "the server answered with status 400: too long"}));
  // That is not what was bought: it is asked again.
  const auto again = ask("hello");
  answer_with(reply(200, body_with("hi")));
  ASSERT_TRUE(again->got);
  EXPECT_FALSE(again->got->from_journal);
}

TEST_F(LanguageModel, StopsForGoodWhenTheKeyIsRefused) {
  open();
  const auto first = ask("a");
  const auto second = ask("b");
  answer_with(reply(401, R"({"error":{"message":"wrong key: sk-planted"}})"));
  const auto reason
    = fault{errc::authentication,
            "the server answered with status 401: wrong key: [key]"};
  EXPECT_EQ(first->error, reason);
  EXPECT_EQ(second->error, reason);
  EXPECT_EQ(told, (std::vector<std::string>{reason.message}));
  EXPECT_EQ(ask("c")->error, reason);
  // An answer that was under way has been paid for.
  answer_with(reply(200, body_with("b")));
  EXPECT_EQ(told.size(), 1u);
  close();
  open();
  const auto kept = ask("b");
  ASSERT_TRUE(kept->got);
  EXPECT_TRUE(kept->got->from_journal);
}

TEST_F(LanguageModel, StopsForGoodWhenTheCertificateIsRefused) {
  open();
  const auto x = ask("a");
  answer_with({trouble::tls_verification, "not who it should be", {}, false});
  EXPECT_EQ(x->error, (fault{errc::tls_verification, "not who it should be"}));
  pass(1h);
  EXPECT_TRUE(wire.empty());
}

TEST_F(LanguageModel, AnswersAGroupTogether) {
  open();
  const auto first = ask("a");
  const auto second = ask("b");
  answer_with(reply(200, body_with("a")));
  EXPECT_FALSE(first->got) << "waits for company on the way to the disk";
  pass(100ms);
  EXPECT_TRUE(first->got);
  EXPECT_FALSE(second->got);
  answer_with(reply(200, body_with("b")));
  EXPECT_TRUE(second->got) << "nothing else is under way";
}

TEST_F(LanguageModel, SaysThatItsJournalIsInUse) {
  open();
  const auto second = spawn_language_model(sys, setting, false);
  run();
  std::swap(model, const_cast<language_model_actor&>(second));
  const auto x = ask("a");
  std::swap(model, const_cast<language_model_actor&>(second));
  ASSERT_TRUE(x->error);
  EXPECT_EQ(x->error->code, errc::io_error);
  stop(second);
}

TEST_F(LanguageModel, WorksWithoutAJournal) {
  setting.journal.clear();
  open();
  const auto x = ask("a");
  answer_with(reply(200, body_with("a")));
  EXPECT_TRUE(x->got);
  (void)ask("a");
  EXPECT_EQ(wire.size(), 1u);
}

TEST_F(LanguageModel, NeverWritesTheKey) {
  open();
  (void)ask("a");
  answer_with(reply(500, "sk-planted"));
  pass(1s);
  answer_with(reply(200, body_with("a")));
  (void)ask("b");
  answer_with(reply(403, R"({"error":"sk-planted"})"));
  close();
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator{folder}) {
    auto in = std::ifstream{entry.path(), std::ios::binary};
    const auto bytes = std::string{std::istreambuf_iterator<char>{in}, {}};
    EXPECT_EQ(bytes.find("sk-planted"), std::string::npos) << entry.path();
  }
  for (const auto& line : told)
    EXPECT_EQ(line.find("sk-planted"), std::string::npos) << line;
}

TEST_F(LanguageModel, StopsBeforeItGoesOverTheBudget) {
  // The body of a question is some 80 bytes, 20 tokens: at most 0.52 dollars.
  setting.options.price_input = 1000;
  setting.options.price_output = 1000;
  setting.options.max_tokens = 500;
  setting.dispatch.budget_of_money = 1.0;
  open();
  const auto a = ask("a");
  const auto b = ask("b");
  ASSERT_EQ(wire.size(), 1u) << "both may cost more than there is";
  answer_with(reply(200, body_with("a"))); // 10 tokens: 0.01 dollars
  ASSERT_EQ(wire.size(), 1u);
  const auto dear
    = R"({"choices":[{"message":{"content":"b"},"finish_reason":"stop"}],)"
      R"("usage":{"prompt_tokens":0,"completion_tokens":500}})";
  answer_with(reply(200, dear));
  ASSERT_TRUE(a->got && b->got);
  EXPECT_DOUBLE_EQ(*a->got->usage.cost, 0.01);
  EXPECT_DOUBLE_EQ(*b->got->usage.cost, 0.5);
  const auto c = ask("c");
  EXPECT_TRUE(wire.empty());
  ASSERT_TRUE(c->error);
  EXPECT_EQ(c->error->code, errc::budget_exhausted);
  EXPECT_EQ(ask("a")->error, c->error) << "stopped is stopped";
  close();
  // The next run knows what this one has spent, and charges nothing twice.
  told.clear();
  open();
  EXPECT_EQ(told,
            (std::vector<std::string>{"earlier runs have spent 0.510000 "
                                      "dollars of a budget of 1.00 dollars"}));
  const auto again = ask("a");
  ASSERT_TRUE(again->got);
  EXPECT_DOUBLE_EQ(*again->got->usage.cost, 0.01);
  EXPECT_EQ(ask("c")->error, c->error);
  close();
  setting.dispatch.budget_of_money = 2.0;
  open();
  (void)ask("c");
  EXPECT_EQ(wire.size(), 1u) << "with more money it goes on";
}

TEST_F(LanguageModel, KeepsToTheTokensOfAMinute) {
  setting.options.max_tokens = 1000;
  setting.dispatch.tokens_per_minute = 30'000; // 1,000 saved up
  open();
  (void)ask("a");
  (void)ask("b");
  EXPECT_EQ(wire.size(), 1u);
  pass(1s);
  EXPECT_EQ(wire.size(), 1u);
  pass(1100ms);
  EXPECT_EQ(wire.size(), 2u);
}

environment of(const char* key) {
  return [=](const char* name) {
    return std::string{name} == "OPENAI_API_KEY" ? key : "";
  };
}

TEST(LanguageModelOptions, AreCheckedWithoutASocket) {
  auto x = language_model_options{};
  x.model = "m";
  EXPECT_TRUE(check(x, of("sk-1")));
  EXPECT_EQ(check(x, of("")).error(),
            (fault{errc::authentication, "the environment variable "
                                         "OPENAI_API_KEY should hold the key "
                                         "and is empty"}));
  EXPECT_EQ(check(x, of("sk-1\r\nX: y")).error(),
            (fault{errc::authentication,
                   "the key in the environment variable OPENAI_API_KEY holds "
                   "a space or a control character"}));
  x.api_key_env.clear();
  EXPECT_TRUE(check(x, of("")));
  x.model.clear();
  EXPECT_EQ(check(x, of("")).error().message, "no model is named");
  x.model = "m";
  x.dialect = "klingon";
  EXPECT_EQ(check(x, of("")).error().message, "no dialect 'klingon'");
  x.dialect = "vllm";
  x.budget = 5;
  EXPECT_EQ(check(x, of("")).error().message,
            "a budget needs prices: set 'price-input' and 'price-output', in "
            "dollars for a million tokens");
  x.price_output = 0.6;
  EXPECT_TRUE(check(x, of("")));
  x.base_url = "http://example.com";
  EXPECT_EQ(check(x, of("")).error().code, errc::invalid_option);
}

} // namespace
} // namespace aura::net
