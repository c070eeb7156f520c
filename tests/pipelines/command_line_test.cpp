#include "tests/pipelines/program.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>

namespace aura::testing {
namespace {

using CommandLine = Program;

// Each file of the corpus has its complaints beside it: where, what, and the
// way out. AURA_UPDATE_GOLDEN=1 rewrites them.
TEST_F(CommandLine, RefusesBadConfigurationsBeforeAnythingHappens) {
  const auto corpus
    = std::filesystem::path{AURA_SOURCE_DIR "/tests/golden/bad_pipelines"};
  auto files = std::vector<std::filesystem::path>{};
  for (const auto& entry : std::filesystem::directory_iterator{corpus})
    if (entry.path().extension() == ".yaml")
      files.push_back(entry.path());
  EXPECT_GE(files.size(), 40u);
  prepare = forbid_sockets;
  for (const auto& file : files) {
    const auto name = file.filename().string();
    std::filesystem::copy_file(file, folder / name);
    const auto result = run({name});
    EXPECT_EQ(result.code, 2) << name;
    EXPECT_EQ(result.out, "") << name;
    const auto answer = std::filesystem::path{file}.replace_extension(".txt");
    if (std::getenv("AURA_UPDATE_GOLDEN"))
      std::ofstream{answer} << result.err;
    const auto expected = flow::read_file(answer);
    ASSERT_TRUE(expected) << answer;
    EXPECT_EQ(result.err, *expected) << name;
    EXPECT_TRUE(result.err.starts_with(name + ":")) << result.err;
    EXPECT_FALSE(std::filesystem::exists(folder / "runs")) << name;
    std::filesystem::remove(folder / name);
  }
  EXPECT_TRUE(is_empty());
}

TEST_F(CommandLine, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(run({"--no-such-flag"}).code, 2);
  EXPECT_EQ(run({"nowhere.yaml"}).code, 2);
  EXPECT_EQ(run({data_pipeline, "second.yaml"}).code, 2);
  const auto result = run({data_pipeline, "verfy.workers=2"});
  EXPECT_EQ(result.code, 2);
  EXPECT_EQ(result.err, "command line: 'verfy.workers=2': no stage 'verfy'\n"
                        "  did you mean 'verify'?\n");
  EXPECT_TRUE(is_empty());
}

// So that the test above and the one below could fail.
TEST_F(CommandLine, EndsAtItsFirstSocketWhereNoneIsAllowed) {
  prepare = forbid_sockets;
  const auto result = run({data_pipeline, "rows=20", "infill.provider=openai",
                           "infill.model=mock", "infill.api-key-env=''",
                           "infill.base-url=http://127.0.0.1:9/v1"});
  EXPECT_EQ(result.code, 128 + SIGSYS) << result.err;
}

TEST_F(CommandLine, PlansWithoutDoing) {
  prepare = forbid_sockets;
  for (const auto* file : {"", "full.yaml", "smoke", "full"}) {
    auto words = std::vector<std::string>{"--dry-run", "rows=123"};
    if (*file)
      words.emplace_back(file);
    const auto result = run(words);
    EXPECT_EQ(result.code, 0) << result.err;
    EXPECT_NE(result.out.find("123 accepted rows"), std::string::npos);
  }
  EXPECT_TRUE(is_empty());
}

TEST_F(CommandLine, SaysBetweenWhatAndWhatARunCosts) {
  prepare = forbid_sockets;
  auto words = std::vector<std::string>{data_pipeline,
                                        "--dry-run",
                                        "rows=1000",
                                        "infill.provider=openai",
                                        "infill.model=gpt",
                                        "infill.api-key-env=''",
                                        "infill.price-input=1",
                                        "infill.price-output=4"};
  const auto result = run(words);
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_NE(result.out.find("cost: 1 thousand to 2 thousand questions, "
                            "270 thousand to 3.6 million tokens, $0.33 to "
                            "$4.36\n"),
            std::string::npos)
    << result.out;
  words.emplace_back("--replay");
  const auto replayed = run(words);
  EXPECT_EQ(replayed.code, 0) << replayed.err;
  EXPECT_EQ(replayed.out.find("cost: "), std::string::npos) << replayed.out;
  EXPECT_TRUE(is_empty());
}

TEST_F(CommandLine, RefusesFaultsThatNobodyCouldMeet) {
  const auto offline = run({data_pipeline, "--faults", "reset%5"});
  EXPECT_EQ(offline.code, 2);
  EXPECT_EQ(offline.err,
            "fault plan 'reset%5': this run asks no language model, so that "
            "nothing can go wrong\n  set infill.provider=openai, and "
            "infill.base-url to a server such as aura-mock-llm\n");
  auto words
    = std::vector<std::string>{data_pipeline,      "infill.provider=openai",
                               "infill.model=gpt", "infill.api-key-env=''",
                               "--faults",         "rest%5"};
  const auto unknown = run(words);
  EXPECT_EQ(unknown.code, 2);
  EXPECT_TRUE(unknown.err.starts_with("fault plan 'rest%5': ")) << unknown.err;
  std::ofstream{folder / "plan.yaml"} << "latency: 5\nfalts: []\n";
  words.back() = "plan.yaml";
  const auto misspelt = run(words);
  EXPECT_EQ(misspelt.code, 2);
  EXPECT_NE(misspelt.err.find("plan.yaml:2:1: "), std::string::npos)
    << misspelt.err;
  EXPECT_FALSE(std::filesystem::exists(folder / "runs"));
}

TEST_F(CommandLine, SaysThatAParameterIsMissing) {
  const auto result = run({"own-database.yaml", "--dry-run"});
  EXPECT_EQ(result.code, 2);
  EXPECT_NE(result.err.find("parameter 'database' has no value"),
            std::string::npos);
}

TEST_F(CommandLine, ShowsRowsWithoutWriting) {
  const auto result = run({data_pipeline, "--preview", "3"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_NE(result.out.find("0. "), std::string::npos);
  EXPECT_NE(result.out.find("SOURCE "), std::string::npos);
  EXPECT_NE(result.out.find("accepted"), std::string::npos);
  EXPECT_TRUE(is_empty());
}

TEST_F(CommandLine, TellsAFolderThatCannotBeWritten) {
  const auto result = run({data_pipeline, "--run-dir", "/dev/null/run"});
  EXPECT_EQ(result.code, 5);
  EXPECT_NE(result.err.find("cannot create '/dev/null/run'"),
            std::string::npos);
}

TEST_F(CommandLine, TellsADatabaseThatIsNone) {
  std::ofstream{folder / "broken.sqlite"} << "this is no database at all, "
                                             "only text of some length";
  const auto result = run({"own-database.yaml", "database=broken.sqlite"});
  EXPECT_EQ(result.code, 3) << result.err;
  EXPECT_NE(result.err.find("broken.sqlite"), std::string::npos);
}

TEST_F(CommandLine, TellsAnEmptySchema) {
  std::ofstream{folder / "empty.yaml"} << "name: empty\ntables: []\n";
  const auto result = run({data_pipeline, "schema.file=empty.yaml"});
  EXPECT_EQ(result.code, 3) << result.err;
}

TEST_F(CommandLine, KnowsItsVersionAndItsOptions) {
  EXPECT_NE(run({"--version"}).out.find("aura-run "), std::string::npos);
  const auto help = run({"--help"});
  EXPECT_EQ(help.code, 0);
  for (const auto* word : {"--run-dir", "--dry-run", "--preview", "--fresh",
                           "--json", "Exit codes"})
    EXPECT_NE(help.out.find(word), std::string::npos) << word;
}

} // namespace
} // namespace aura::testing
