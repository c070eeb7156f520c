#include "tests/pipelines/program.hpp"

#include <fstream>

namespace aura::testing {
namespace {

using CommandLine = Program;

TEST_F(CommandLine, RefusesBadConfigurationsBeforeAnythingHappens) {
  struct bad {
    const char* yaml;
    const char* complaint;
  };
  const bad cases[] = {
    {"stages: {schema: {file: nowhere.yaml}}\n",
     "bad.yaml:1:25: no file 'nowhere.yaml'\n"},
    {"stages:\n  schma: {}\n",
     "bad.yaml:2:3: no stage 'schma'\n  did you mean 'schema'?\n"},
    {"stages:\n  verify: {wokers: 3}\n",
     "bad.yaml:2:12: unknown option 'wokers'\n  did you mean 'workers'?\n"},
    {"stages:\n  verify: {workers: two}\n",
     "bad.yaml:2:21: 'workers' must be a whole number, found 'two'\n"},
    {"stages: {verify: {}, dedupe: {}}\nedges: [verify -> dedupe, dedupe -> "
     "verify]\n",
     "bad.yaml:2:9: the edges form a circle: verify -> dedupe -> verify\n"
     "  remove one of them\n"},
    {"stages: {verify: {}, dedupe: {}}\n",
     "bad.yaml:1:22: stage 'dedupe' is not connected to 'verify'\n  add an "
     "edge such as 'verify -> dedupe', or remove the stage\n"},
    {"stages: [verify\n", "bad.yaml:2:1: end of sequence flow not found\n"},
    {"", "bad.yaml:1:1: a pipeline file must be a map\n  it has the keys "
         "'pipeline', 'stages' and 'edges'\n"},
  };
  for (const auto& x : cases) {
    std::ofstream{folder / "bad.yaml"} << x.yaml;
    const auto result = run({"bad.yaml"});
    EXPECT_EQ(result.code, 2) << x.yaml;
    EXPECT_EQ(result.err, x.complaint);
    EXPECT_EQ(result.out, "");
    EXPECT_FALSE(std::filesystem::exists(folder / "runs"));
  }
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

TEST_F(CommandLine, PlansWithoutDoing) {
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
