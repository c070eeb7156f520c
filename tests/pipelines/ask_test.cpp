// Whole runs against a language model.

#include "tests/pipelines/ask.hpp"

namespace aura::testing {
namespace {

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

// What is bought beside the rows up to the last one that is wanted: the rest of
// its batch, and what was at the server while that went through the stages.
// Four batches wait to be asked for.
TEST_F(Ask, BuysNoAnswersThatNobodyWants) {
  serve("latency:500");
  const auto result = run(words("run", {"batch=8"}));
  ASSERT_EQ(result.code, 0) << result.err;
  const auto x = report("run");
  expect_wanted(x);
  EXPECT_LE(server->stats().completions,
            x["generated"].get<std::size_t>() + 3 * 8);
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

TEST_F(Ask, RepairsRepliesThatAreNotWhatWasAskedFor) {
  serve("broken-content%20");
  const auto result = run(words("run"));
  ASSERT_EQ(result.code, 0) << result.err;
  const auto x = report("run");
  expect_wanted(x);
  EXPECT_GT(x["language_model"]["repairs"].get<int>(), 10);
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
  const auto told = report("stormy")["language_model"];
  EXPECT_EQ(server->stats().completions - bought,
            told["questions"].get<std::size_t>()
              - told["from_journal"].get<std::size_t>())
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
