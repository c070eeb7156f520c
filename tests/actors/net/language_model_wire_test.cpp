// The actor, the client and the server of ours, over real TLS: what the whole
// does when things go wrong on the wire.

#include "actors/error.hpp"
#include "tests/actors/net/model_on_loopback.hpp"

namespace aura::net {
namespace {

using namespace std::chrono_literals;

class LanguageModelOnTheWire : public model_on_loopback {
protected:
  expected<net::answer> say(const std::string& text) {
    return std::move(say(std::vector<std::string>{text}).front());
  }

  /// Asks all at once and collects what comes back, in the order asked.
  std::vector<expected<net::answer>>
  say(const std::vector<std::string>& texts) {
    auto result = std::vector<expected<net::answer>>{};
    using handle = decltype(self->request(model, caf::infinite, question{}));
    auto waiting = std::vector<handle>{};
    for (const auto& x : texts)
      waiting.push_back(self->request(model, caf::infinite,
                                      question{{{{"user", x}}, "", "reply"}}));
    for (auto& x : waiting)
      x.receive([&](net::answer& y) { result.push_back(std::move(y)); },
                [&](caf::error& y) { result.push_back(from_caf(y)); });
    return result;
  }

  /// Asks one question that works out in the end.
  void expect_answer(const std::string& faults, std::uint64_t requests) {
    serve(faults);
    open();
    const auto x = say("hello");
    ASSERT_TRUE(x) << x.error().message;
    ASSERT_TRUE(x->text) << x->text.error().message;
    EXPECT_EQ(*x->text, "you said hello");
    EXPECT_EQ(server->stats().requests, requests);
    EXPECT_EQ(server->stats().distinct, 1u);
  }

  /// Asks one question that comes to nothing.
  fault row_fault(const std::string& faults, std::uint64_t requests) {
    serve(faults);
    open();
    const auto x = say("hello");
    EXPECT_TRUE(x) << x.error().message;
    EXPECT_EQ(server->stats().requests, requests);
    return x && !x->text ? x->text.error() : fault{};
  }

  /// Asks one question, and the run is over.
  fault run_fault() {
    open();
    const auto x = say("hello");
    EXPECT_FALSE(x);
    return x ? fault{} : x.error();
  }
};

TEST_F(LanguageModelOnTheWire, AnswersAndCounts) {
  expect_answer("", 1);
  EXPECT_EQ(server->stats().completions, 1u);
}

TEST_F(LanguageModelOnTheWire, HonoursRetryAfter) {
  expect_answer("429:20,429:20", 3);
}

TEST_F(LanguageModelOnTheWire, TriesAgainAfterTroubleOfTheServer) {
  expect_answer("500,503,500", 4);
}

TEST_F(LanguageModelOnTheWire, TriesAgainAfterTroubleOnTheWire) {
  expect_answer("reset,truncate,reset", 4);
}

TEST_F(LanguageModelOnTheWire, TriesAgainAfterAStalledReply) {
  first_byte = 0.05;
  expect_answer("hang", 2);
}

TEST_F(LanguageModelOnTheWire, TriesAgainAfterBrokenJsonAndErrorsInside200) {
  expect_answer("broken-json,error-200", 3);
}

TEST_F(LanguageModelOnTheWire, GivesUpOnJsonThatStaysBroken) {
  EXPECT_EQ(row_fault("broken-json,broken-json", 2),
            (fault{errc::invalid_reply, "a reply that is not JSON"}));
}

TEST_F(LanguageModelOnTheWire, DoesNotRepeatWhatTheModelDeclines) {
  EXPECT_EQ(
    row_fault("refusal", 1),
    (fault{errc::refusal, "the model declined: I cannot help with that."}));
}

TEST_F(LanguageModelOnTheWire, DoesNotRepeatWhatIsCutShort) {
  EXPECT_EQ(row_fault("length", 1),
            (fault{errc::too_long, "the reply reached the limit of tokens"}));
}

TEST_F(LanguageModelOnTheWire, DoesNotRepeatABadRequest) {
  EXPECT_EQ(row_fault("400", 1).code, errc::http_status);
}

TEST_F(LanguageModelOnTheWire, DoesNotRepeatABodyOverTheLimit) {
  EXPECT_EQ(row_fault("oversize:9000", 1).code, errc::resource_limit);
}

TEST_F(LanguageModelOnTheWire, EstimatesUsageThatTheServerDoesNotTell) {
  serve("no-usage");
  open();
  const auto x = say("hello");
  ASSERT_TRUE(x && x->text);
  EXPECT_TRUE(x->usage.estimated);
  EXPECT_GT(x->usage.prompt_tokens, 0u);
}

TEST_F(LanguageModelOnTheWire, StopsForACertificateOfAnotherHost) {
  serve("", {"elsewhere.example"});
  EXPECT_EQ(run_fault(), (fault{errc::tls_verification,
                                "the certificate of localhost:"
                                  + std::to_string(server->port())
                                  + " was refused: hostname mismatch"}));
  EXPECT_EQ(server->stats().connections, 1u) << "never tried again";
  EXPECT_EQ(server->stats().requests, 0u);
}

TEST_F(LanguageModelOnTheWire, StopsForAnUnknownAuthority) {
  serve("");
  const auto stranger = issue_identity({"localhost"});
  ASSERT_TRUE(stranger);
  std::ofstream{ca_file} << stranger->authority;
  EXPECT_EQ(run_fault().code, errc::tls_verification);
  EXPECT_EQ(server->stats().connections, 1u);
}

TEST_F(LanguageModelOnTheWire, StopsForAWrongKey) {
  key = "another key";
  serve("");
  EXPECT_EQ(run_fault(),
            (fault{errc::authentication,
                   "the server answered with status 401: wrong key "
                   "(invalid_api_key)"}));
  EXPECT_EQ(server->stats().requests, 1u);
}

TEST_F(LanguageModelOnTheWire, StopsWhenTheMoneyIsSpent) {
  serve("quota");
  EXPECT_EQ(run_fault().code, errc::budget_exhausted);
}

TEST_F(LanguageModelOnTheWire, StopsWhenNobodyIsThere) {
  serve("");
  const auto port = server->port();
  open();
  server.reset();
  const auto all = say(std::vector<std::string>{"a", "b", "c"});
  for (const auto& x : all) {
    ASSERT_FALSE(x);
    EXPECT_EQ(x.error(),
              (fault{errc::network,
                     "the server cannot be reached: cannot connect to "
                     "localhost:"
                       + std::to_string(port) + ": Connection refused"}));
  }
}

TEST_F(LanguageModelOnTheWire, SurvivesRandomTroubleWithEachKeyBoughtOnce) {
  serve("429:5%5,500%5,reset%5,truncate%5,drop%5,error-200%3");
  attempts = 50; // chance must not be able to use them up
  open();
  auto texts = std::vector<std::string>{};
  for (auto i = 0; i < 300; ++i)
    texts.push_back("question " + std::to_string(i));
  const auto all = say(texts);
  ASSERT_EQ(all.size(), texts.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    ASSERT_TRUE(all[i]) << all[i].error().message;
    ASSERT_TRUE(all[i]->text) << all[i]->text.error().message;
    EXPECT_EQ(*all[i]->text, "you said " + texts[i]);
  }
  const auto stats = server->stats();
  EXPECT_EQ(stats.distinct, texts.size());
  EXPECT_LE(stats.most_in_flight, in_flight);
  EXPECT_FALSE(stats.mishaps.empty());
  // A second run, with the server gone, finds everything in the journal.
  close();
  server.reset();
  serve("hang%100");
  open();
  const auto again = say(texts);
  for (std::size_t i = 0; i < again.size(); ++i) {
    ASSERT_TRUE(again[i] && again[i]->text);
    EXPECT_EQ(*again[i]->text, *all[i]->text);
    EXPECT_TRUE(again[i]->from_journal);
  }
  EXPECT_EQ(server->stats().requests, 0u);
}

TEST_F(LanguageModelOnTheWire, LeavesTheKeyInNoFile) {
  expect_answer("500,429:1", 3);
  close();
  auto files = 0;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator{folder}) {
    ++files;
    auto in = std::ifstream{entry.path(), std::ios::binary};
    const auto bytes = std::string{std::istreambuf_iterator<char>{in}, {}};
    EXPECT_EQ(bytes.find(planted), std::string::npos) << entry.path();
  }
  EXPECT_GE(files, 2);
}

} // namespace
} // namespace aura::net
