// Runs against a language model that cannot be reached, is not to be trusted,
// or falls silent.

#include "tests/pipelines/ask.hpp"

namespace aura::testing {
namespace {

using Trouble = Ask;

/// How often `part` is in `text`.
std::size_t times(const std::string& text, const std::string& part) {
  auto result = std::size_t{0};
  for (auto at = text.find(part); at != std::string::npos;
       at = text.find(part, at + 1))
    ++result;
  return result;
}

// One run meets one trouble after the other, each of which ends it with code 4
// and a sentence. What was bought before stays, and in the end it is the
// dataset of a run that met none.
TEST_F(Trouble, EndsARunWithASentenceAndLosesNothing) {
  serve("");
  ASSERT_EQ(run(words("calm")).code, 0);
  const auto calm = dataset("calm");
  server.reset();
  serve("401@60-100000");
  port = server->port();
  const auto where = "localhost:" + std::to_string(port);
  const auto begun = run(words("run"));
  EXPECT_EQ(begun.code, 4) << begun.err;
  EXPECT_NE(begun.err.find("status 401"), std::string::npos) << begun.err;
  const auto before = server->stats().distinct;
  EXPECT_GE(before, 50u);
  server.reset();

  const auto sound = net::issue_identity({"localhost"});
  const auto expired = net::issue_identity({"localhost"}, -1);
  const auto elsewhere = net::issue_identity({"elsewhere.example"});
  auto stranger = net::issue_identity({"localhost"});
  ASSERT_TRUE(sound && stranger);
  stranger->authority = sound->authority;
  const struct {
    const char* faults;
    const expected<net::identity>& identity;
    std::string sentence;
  } cases[] = {
    {"", expired,
     "the certificate of " + where + " was refused: certificate has expired"},
    {"", elsewhere,
     "the certificate of " + where + " was refused: hostname mismatch"},
    {"", stranger, "the certificate of " + where + " was refused: "},
    {"truncate%100", sound,
     "requests failed one after another; the last one: the connection ended"},
    {"reset%100", sound,
     "requests failed one after another; the last one: the connection ended"},
    {"hang%100", sound, "the server cannot be reached: "},
    {"stall%100", sound, "requests failed one after another; the last one: "},
  };
  for (const auto& x : cases) {
    const auto plan = net::parse_fault_plan(x.faults);
    ASSERT_TRUE(plan);
    serve(*plan, x.identity);
    const auto result
      = run(words("run", {"infill.attempts=1", "infill.first-byte-timeout=0.5",
                          "infill.request-timeout=1"}));
    EXPECT_EQ(result.code, 4) << x.sentence << ": " << result.err;
    EXPECT_EQ(times(result.err, x.sentence), 1u)
      << x.faults << x.sentence << ": " << result.err;
    EXPECT_EQ(server->stats().completions, 0u);
    server.reset();
  }
  // It comes in pieces, from a server that drops its idle connections.
  const auto slow = net::parse_fault_plan("slow:1%20,drop%20");
  ASSERT_TRUE(slow);
  serve(*slow, sound);
  const auto result = run(words("run"));
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(dataset("run"), calm);
  // What was bought before is not bought again.
  const auto told = report("run")["language_model"];
  EXPECT_GE(told["from_journal"], before);
  EXPECT_EQ(server->stats().completions,
            told["questions"].get<std::size_t>()
              - told["from_journal"].get<std::size_t>());
}

TEST_F(Trouble, SaysThatANameDoesNotExist) {
  serve("");
  const auto result // a name that RFC 2606 keeps free
    = run(words("run", {"infill.base_url=https://nowhere.invalid/v1",
                        "infill.attempts=1"}));
  EXPECT_EQ(result.code, 4) << result.err;
  // Without any name server the lookup may also take too long.
  EXPECT_NE(result.err.find("look"), std::string::npos) << result.err;
  EXPECT_EQ(server->stats().connections, 0u);
}

/// What a dump of the watchdog has to say about every stage.
void expect_dump(const program_result& result, const std::string& oldest) {
  EXPECT_EQ(result.code, 7) << result.err;
  EXPECT_NE(result.err.find("nothing has moved for 5 s\n"), std::string::npos)
    << result.err;
  for (const auto* stage : {"schema", "states", "skeletons", "infill", "verify",
                            "dedupe", "split", "context"})
    EXPECT_EQ(times(result.err, std::string{"\n"} + stage + ": "), 1u)
      << stage << " in " << result.err;
  EXPECT_EQ(times(result.err, ", owed "), 8u) << result.err;
  EXPECT_NE(result.err.find("oldest row " + oldest), std::string::npos)
    << result.err;
}

TEST_F(Trouble, EndsWhenAServerNeverAnswers) {
  serve("");
  ASSERT_EQ(run(words("calm")).code, 0);
  const auto calm = dataset("calm");
  auto left = 30;
  on_question = [&](const std::string&) {
    if (--left == 0)
      server->hold();
  };
  const auto result = run(words("run", {"patience=5"}));
  expect_dump(result, "");
  EXPECT_EQ(report("run")["complete"], false);
  // It was no fault of the run, which goes on.
  on_question = [](const std::string&) {};
  server->go_on();
  const auto again = run(words("run"));
  ASSERT_EQ(again.code, 0) << again.err;
  EXPECT_EQ(dataset("run"), calm);
}

TEST_F(Trouble, EndsWhenNoWorkerComes) {
  serve("");
  expect_dump(run(words("run", {"patience=5", "infill.listen=127.0.0.1:0",
                                "infill.listen-local=false"})),
              "0");
  EXPECT_EQ(server->stats().connections, 0u);
}

// Two runs want one journal, and one folder.
TEST_F(Trouble, RefusesWhatAnotherProcessHolds) {
  serve("");
  server->hold();
  const auto first = start(words("first", {"infill.journal=shared.journal"}));
  ASSERT_TRUE(eventually([&] { return server->stats().waiting == 8; }));
  const auto journal = run(words("second", {"infill.journal=shared.journal"}));
  EXPECT_EQ(journal.code, 5) << journal.err;
  EXPECT_NE(
    journal.err.find("another process is using the journal 'shared.journal'"),
    std::string::npos)
    << journal.err;
  const auto at_work = run(words("first", {"infill.journal=shared.journal"}));
  EXPECT_EQ(at_work.code, 5) << at_work.err;
  EXPECT_NE(at_work.err.find("another process is at work in 'first'"),
            std::string::npos)
    << at_work.err;
  server->go_on();
  EXPECT_EQ(join(first), 0);
  const auto stats = server->stats();
  EXPECT_EQ(stats.completions, stats.distinct);
  // Now it is free, and nothing need be bought.
  const auto later = run(words("second", {"infill.journal=shared.journal"}));
  EXPECT_EQ(later.code, 0) << later.err;
  EXPECT_EQ(dataset("second"), dataset("first"));
}

TEST_F(Trouble, RefusesACertificateOfAnotherHost) {
  serve("", {"elsewhere.example"});
  const auto result = run(words("run"));
  EXPECT_EQ(result.code, 4) << result.err;
  EXPECT_NE(result.err.find("the certificate of localhost:"
                            + std::to_string(server->port())
                            + " was refused: hostname mismatch"),
            std::string::npos)
    << result.err;
  EXPECT_EQ(server->stats().requests, 0u);
  expect_no_key(result);
}

TEST_F(Trouble, StopsWithOneMessageWhenTheKeyIsRefused) {
  serve("ok,ok,401");
  const auto result = run(words("run"));
  EXPECT_EQ(result.code, 4) << result.err;
  const auto message
    = std::string{"the server answered with status 401: who are you"};
  EXPECT_EQ(times(result.err, message), 1u) << result.err;
  expect_no_key(result);
}

TEST_F(Trouble, SaysThatNobodyIsThere) {
  serve("");
  const auto all = words("run");
  server.reset();
  const auto result = run(all);
  EXPECT_EQ(result.code, 4) << result.err;
  EXPECT_NE(result.err.find("the server cannot be reached: cannot connect to "
                            "localhost:"),
            std::string::npos)
    << result.err;
}

} // namespace
} // namespace aura::testing
