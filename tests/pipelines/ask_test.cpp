// Whole runs against a language model: aura-run in a process of its own, our
// HTTPS server in this one, and a certificate authority that lives as long as
// the test.

#include "actors/net/mock_answer.hpp"
#include "actors/net/mock_llm.hpp"
#include "kernels/base/json.hpp"
#include "kernels/base/random.hpp"
#include "kernels/schema/load.hpp"
#include "tests/pipelines/program.hpp"

#include <atomic>
#include <cstdlib>
#include <fstream>

namespace aura::testing {
namespace {

using nlohmann::json;

constexpr auto planted = "sk-planted-4711-0815";

class Ask : public Program {
protected:
  Ask() {
    ::setenv("OPENAI_API_KEY", planted, 1);
    ::setenv("SSL_CERT_FILE", authority.c_str(), 1);
    auto loaded = schema::load(AURA_SOURCE_DIR "/configs/schemas/shop.yaml");
    EXPECT_TRUE(loaded) << loaded.error().message;
    verbaliser = net::make_mock_answer(
      {std::make_shared<const schema::schema>(*std::move(loaded))});
  }

  ~Ask() override {
    server.reset();
    std::filesystem::remove(authority);
    ::unsetenv("SSL_CERT_FILE");
    ::unsetenv("OPENAI_API_KEY");
  }

  void serve(const std::string& faults,
             const std::vector<std::string>& hosts = {"localhost"}) {
    auto options = net::mock_llm_options{};
    auto identity = net::issue_identity(hosts);
    auto plan = net::parse_fault_plan(faults);
    ASSERT_TRUE(identity && plan);
    std::ofstream{authority} << identity->authority;
    options.identity = *identity;
    options.faults = *plan;
    options.key = planted;
    options.answer = [this](const std::string& text) {
      on_question();
      return verbaliser(text);
    };
    auto started = net::mock_llm::start(std::move(options));
    ASSERT_TRUE(started) << started.error().message;
    server = std::make_unique<net::mock_llm>(*std::move(started));
  }

  std::vector<std::string> words(const std::string& run_folder) const {
    return {data_pipeline,
            "--run-dir",
            run_folder,
            "rows=160",
            "split.eval=10",
            "split.l0=10",
            "split.l1=10",
            "infill.provider=openai",
            "infill.model=mock",
            "infill.in-flight=8",
            "infill.base_url=https://localhost:"
              + std::to_string(server->port()) + "/v1"};
  }

  json report(const std::string& run_folder) {
    return json::parse(read(run_folder + "/report.json"), nullptr, false);
  }

  /// Test rows whose answers are not settled are taken out at the very end, so
  /// that a few of the rows wanted may be missing.
  void expect_wanted(const json& x) {
    EXPECT_GE(x["accepted"], 157);
    EXPECT_LE(x["accepted"], 160);
    EXPECT_EQ(x["dataset"]["wanted"], 160);
  }

  void expect_no_key(const program_result& result) {
    EXPECT_EQ(result.out.find(planted), std::string::npos);
    EXPECT_EQ(result.err.find(planted), std::string::npos);
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator{folder})
      if (entry.is_regular_file()) {
        const auto text = flow::read_file(entry.path());
        ASSERT_TRUE(text) << entry.path();
        EXPECT_EQ(text->find(planted), std::string::npos) << entry.path();
      }
  }

  std::string authority
    = ::testing::TempDir() + "aura-ask-" + std::to_string(::getpid()) + ".pem";
  std::function<void()> on_question = [] {};
  std::function<expected<std::string>(const std::string&)> verbaliser;
  std::unique_ptr<net::mock_llm> server;
};

TEST_F(Ask, MakesADatasetOverTls) {
  serve("");
  const auto result = run(words("run"));
  ASSERT_EQ(result.code, 0) << result.err;
  const auto x = report("run");
  expect_wanted(x);
  EXPECT_TRUE(x["failed"].empty()) << x["failed"];
  const auto stats = server->stats();
  EXPECT_EQ(stats.completions, stats.distinct) << "nothing was bought twice";
  EXPECT_EQ(x["language_model"]["prompt_tokens"], stats.prompt_tokens);
  EXPECT_EQ(x["language_model"]["completion_tokens"], stats.completion_tokens);
  expect_no_key(result);
}

TEST_F(Ask, MakesTheSameDatasetWhateverGoesWrongOnTheWay) {
  serve("");
  ASSERT_EQ(run(words("calm")).code, 0);
  const auto calm = dataset("calm");
  server.reset();
  serve("429:10,500,reset,truncate,broken-json,error-200,"
        "429:5%3,503%2,reset%2,truncate%2,drop%3");
  const auto result = run(words("stormy"));
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(dataset("stormy"), calm);
  EXPECT_GE(server->stats().mishaps.size(), 6u);
  expect_no_key(result);
}

TEST_F(Ask, LosesOnlyTheRowsThatTheModelDeclines) {
  serve("refusal%10,length%5");
  const auto result = run(words("run"));
  ASSERT_EQ(result.code, 0) << result.err;
  const auto x = report("run");
  expect_wanted(x);
  EXPECT_GT(x["rejected"].value("refusal", 0), 0) << x["rejected"];
  EXPECT_GT(x["rejected"].value("too_long", 0), 0) << x["rejected"];
}

TEST_F(Ask, RepairsRepliesThatAreNotWhatWasAskedFor) {
  serve("broken-content%20");
  const auto result = run(words("run"));
  ASSERT_EQ(result.code, 0) << result.err;
  const auto x = report("run");
  expect_wanted(x);
  EXPECT_GT(x["language_model"]["repairs"].get<int>(), 10);
}

TEST_F(Ask, BuysNothingAgainAfterAKill) {
  serve("");
  ASSERT_EQ(run(words("whole")).code, 0);
  const auto whole = dataset("whole");
  for (const auto moment : {1, 40, 150}) {
    auto child = std::atomic<pid_t>{0};
    auto asked = std::atomic<int>{0};
    on_question = [&] {
      if (++asked >= moment && child != 0)
        ::kill(child, SIGKILL);
    };
    server.reset();
    serve("");
    const auto name = "run" + std::to_string(moment);
    auto with_events = words(name);
    with_events.push_back("--json");
    const auto killed = run_program(
      folder, with_events, [&](const std::string&, pid_t x) { child = x; });
    EXPECT_TRUE(killed.code == 137 || killed.code == 0) << killed.err;
    on_question = [] {};
    const auto again = run(words(name));
    ASSERT_EQ(again.code, 0) << again.err;
    EXPECT_EQ(dataset(name), whole) << "killed at question " << moment;
    const auto stats = server->stats();
    EXPECT_LE(stats.completions, stats.distinct + 8)
      << "at most what was in flight is bought again";
  }
}

// AURA_SOAK_KILLS says how many; the label `soak` runs twenty.
TEST_F(Ask, BuysOnlyWhatWasInFlightAgainHoweverOftenItIsKilled) {
  serve("");
  ASSERT_EQ(run(words("whole")).code, 0);
  const auto whole = dataset("whole");
  const auto rows = server->stats().distinct;
  server.reset();
  serve("latency:5");

  const auto* wish = std::getenv("AURA_SOAK_KILLS");
  const auto kills = wish ? std::atoi(wish) : 3;
  auto random = random_stream{2024, "kills"};
  auto killed = 0;
  for (auto i = 0; i < kills; ++i) {
    auto child = std::atomic<pid_t>{0};
    auto asked = std::atomic<int>{0};
    const auto moment = 1 + static_cast<int>(random.below(rows / 10 + 2));
    on_question = [&] {
      if (++asked >= moment && child != 0)
        ::kill(child, SIGKILL);
    };
    auto with_events = words("run");
    with_events.push_back("--json");
    const auto result = run_program(
      folder, with_events, [&](const std::string&, pid_t x) { child = x; });
    killed += result.code == 137 ? 1 : 0;
    on_question = [] {};
  }
  ASSERT_EQ(run(words("run")).code, 0);
  EXPECT_EQ(dataset("run"), whole);
  EXPECT_GE(killed, kills / 3);
  const auto stats = server->stats();
  EXPECT_LE(stats.completions,
            stats.distinct + 8u * static_cast<unsigned>(killed))
    << "at most what was in flight is bought again";
}

TEST_F(Ask, StopsAtItsBudgetAndGoesOnWithMore) {
  serve("");
  ASSERT_EQ(run(words("whole")).code, 0);
  const auto whole = dataset("whole");
  const auto all = server->stats();
  const auto cost = static_cast<double>(all.prompt_tokens) * 1e-6
                    + static_cast<double>(all.completion_tokens) * 2e-6;
  server.reset();
  serve("");
  const auto with_budget = [&](double dollars) {
    auto result = words("run");
    result.insert(result.end(),
                  {"infill.price-input=1", "infill.price-output=2",
                   "infill.budget=" + std::to_string(dollars)});
    return run(std::move(result));
  };
  for (const auto share : {0.3, 0.6}) {
    const auto result = with_budget(share * cost);
    EXPECT_EQ(result.code, 7) << result.err;
    EXPECT_NE(result.err.find("is used up"), std::string::npos) << result.err;
    const auto stats = server->stats();
    const auto spent = static_cast<double>(stats.prompt_tokens) * 1e-6
                       + static_cast<double>(stats.completion_tokens) * 2e-6;
    EXPECT_LE(spent, share * cost + 1e-6) << "never over it";
    EXPECT_GE(spent, share * cost - 0.004) << "and not far below";
  }
  const auto result = with_budget(2 * cost);
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(dataset("run"), whole);
  const auto stats = server->stats();
  EXPECT_EQ(stats.completions, stats.distinct);
  const auto spent = static_cast<double>(stats.prompt_tokens) * 1e-6
                     + static_cast<double>(stats.completion_tokens) * 2e-6;
  const auto told
    = report("run")["language_model"]["cost_dollars"].get<double>();
  EXPECT_LE(told, spent + 1e-6);
  EXPECT_GE(told, 0.8 * spent) << "all but what an earlier run asked ahead";
}

TEST_F(Ask, AsksInBatchesWhateverKillsIt) {
  serve("");
  ASSERT_EQ(run(words("whole")).code, 0);
  const auto whole = dataset("whole");
  server.reset();
  serve("expire:60%30,500%3");
  auto in_batches = words("run");
  in_batches.insert(in_batches.end(),
                    {"infill.provider=openai-batch", "infill.batch-rows=100",
                     "infill.batch-wait=0.1", "infill.poll-interval=0.05"});
  auto child = std::atomic<pid_t>{0};
  auto asked = std::atomic<int>{0};
  on_question = [&] {
    if (++asked == 40 && child != 0)
      ::kill(child, SIGKILL);
  };
  auto with_events = in_batches;
  with_events.push_back("--json");
  const auto killed = run_program(
    folder, with_events, [&](const std::string&, pid_t x) { child = x; });
  EXPECT_TRUE(killed.code == 137 || killed.code == 0) << killed.err;
  on_question = [] {};
  const auto result = run(in_batches);
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(dataset("run"), whole);
  const auto stats = server->stats();
  EXPECT_EQ(stats.completions, stats.distinct) << "nothing was bought twice";
  EXPECT_GT(stats.batch_calls, 5u);
}

TEST_F(Ask, MeetsAFaultPlanOnTheWay) {
  serve("");
  ASSERT_EQ(run(words("calm")).code, 0);
  const auto bought = server->stats().completions;
  auto stormy = words("stormy");
  stormy.insert(stormy.end(),
                {"--faults", "429:5,500,reset,truncate,broken-json,429:5@50-60,"
                             "reset%2,latency:1,jitter:2,queue:6"});
  const auto result = run(stormy);
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(dataset("stormy"), dataset("calm"));
  EXPECT_LE(server->stats().completions, bought + bought * 6 / 5)
    << "what meets trouble on the way is not bought";
  auto broken = words("broken");
  broken.insert(broken.end(), {"--faults", "wrong-host"});
  const auto refused = run(broken);
  EXPECT_EQ(refused.code, 4);
  EXPECT_NE(refused.err.find("hostname mismatch (by the fault plan)"),
            std::string::npos)
    << refused.err;
}

TEST_F(Ask, MakesDoWithFewDescriptors) {
  serve("");
  auto command = std::string{"cd '"} + folder.string()
                 + "' && ulimit -n 48 && exec '" AURA_RUN "'";
  for (const auto& word : words("run"))
    command += " '" + word + "'";
  command += " infill.in-flight=64 > out.txt 2> err.txt";
  const auto state = std::system(command.c_str());
  EXPECT_EQ(state, 0) << read("err.txt");
  EXPECT_GE(report("run")["accepted"], 157);
}

TEST_F(Ask, ReplaysWithoutANetworkOrAKey) {
  serve("");
  auto all = words("bought");
  ASSERT_EQ(run(all).code, 0);
  const auto bought = dataset("bought");
  const auto journal = read("bought/infill.journal");
  const auto asked = server->stats().connections;
  ::unsetenv("OPENAI_API_KEY");
  ::unsetenv("SSL_CERT_FILE");
  all.emplace_back("--replay");
  all[2] = "again";
  all.push_back("infill.journal=bought/infill.journal");
  without_network = true;
  const auto replayed = run(all);
  ASSERT_EQ(replayed.code, 0) << replayed.err;
  EXPECT_EQ(dataset("again"), bought);
  EXPECT_GE(report("again")["language_model"]["from_journal"], 160);
  // In the folder of the run itself no journal need be named, and nothing of
  // it changes.
  all.pop_back();
  all[2] = "bought";
  const auto in_place = run(all);
  ASSERT_EQ(in_place.code, 0) << in_place.err;
  EXPECT_EQ(dataset("bought"), bought);
  EXPECT_EQ(read("bought/infill.journal"), journal);
  EXPECT_EQ(server->stats().connections, asked);
}

TEST_F(Ask, SaysWhatAReplayDoesNotFind) {
  serve("");
  auto all = words("bought");
  all.emplace_back("rows=150");
  ASSERT_EQ(run(all).code, 0);
  const auto asked = server->stats().requests;
  // More rows than were ever asked for.
  all[2] = "more";
  all.back() = "rows=1000";
  all.emplace_back("--replay");
  all.emplace_back("infill.journal=bought/infill.journal");
  const auto result = run(all);
  EXPECT_EQ(result.code, 3) << result.err;
  EXPECT_NE(result.err.find("holds no answer under "), std::string::npos)
    << result.err;
  EXPECT_FALSE(std::filesystem::exists(folder / "more/dataset/train.jsonl"));
  all.pop_back();
  all[2] = "nothing";
  const auto nothing = run(all);
  EXPECT_EQ(nothing.code, 3) << nothing.err;
  EXPECT_NE(nothing.err.find("nothing to replay"), std::string::npos)
    << nothing.err;
  EXPECT_EQ(server->stats().requests, asked);
}

TEST_F(Ask, RefusesACertificateOfAnotherHost) {
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

TEST_F(Ask, StopsWithOneMessageWhenTheKeyIsRefused) {
  serve("ok,ok,401");
  const auto result = run(words("run"));
  EXPECT_EQ(result.code, 4) << result.err;
  const auto message
    = std::string{"the server answered with status 401: who are you"};
  const auto first = result.err.find(message);
  EXPECT_NE(first, std::string::npos) << result.err;
  EXPECT_EQ(result.err.find(message, first + 1), std::string::npos)
    << result.err;
  expect_no_key(result);
}

TEST_F(Ask, SaysThatNobodyIsThere) {
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

TEST_F(Ask, StartsNothingWithoutAKey) {
  serve("");
  ::unsetenv("OPENAI_API_KEY");
  const auto result = run(words("run"));
  EXPECT_EQ(result.code, 2);
  EXPECT_NE(result.err.find("the environment variable OPENAI_API_KEY should "
                            "hold the key and is empty"),
            std::string::npos)
    << result.err;
  EXPECT_TRUE(is_empty());
  EXPECT_EQ(server->stats().connections, 0u);
}

} // namespace
} // namespace aura::testing
