#include "kernels/base/json.hpp"
#include "tests/pipelines/program.hpp"

#include <cstdlib>

namespace aura::testing {
namespace {

using nlohmann::json;

using Data = Program;

TEST_F(Data, IsTheSameWithOneTwoAndEightWorkers) {
  auto first = std::string{};
  for (const auto* workers : {"1", "2", "8"}) {
    const auto number = std::string{workers};
    const auto result = run(
      {data_pipeline, "verify.workers=" + number, "infill.workers=" + number,
       "skeletons.workers=" + number, "context.workers=" + number,
       "split.workers=" + number, "--run-dir", "run" + number});
    ASSERT_EQ(result.code, 0) << result.err;
    const auto bytes = dataset("run" + number);
    EXPECT_GT(bytes.size(), 100'000u);
    if (first.empty())
      first = bytes;
    EXPECT_EQ(bytes, first) << workers << " workers";
  }
}

TEST_F(Data, IsTheSameWithSmallWindows) {
  ASSERT_EQ(run({data_pipeline, "--run-dir", "wide"}).code, 0);
  ASSERT_EQ(run({data_pipeline, "--run-dir", "narrow", "window-rows=1"}).code,
            0);
  EXPECT_EQ(dataset("wide"), dataset("narrow"));
}

TEST_F(Data, ChangesWithTheSeed) {
  ASSERT_EQ(run({data_pipeline, "--run-dir", "a"}).code, 0);
  ASSERT_EQ(run({data_pipeline, "--run-dir", "b", "seed=12"}).code, 0);
  EXPECT_NE(dataset("a"), dataset("b"));
}

TEST_F(Data, AddsUp) {
  ASSERT_EQ(run({data_pipeline, "--run-dir", "run"}).code, 0);
  const auto x = json::parse(read("run/report.json"));
  auto rejected = 0;
  for (const auto& [reason, n] : x["rejected"].items())
    rejected += n.get<int>();
  EXPECT_EQ(x["generated"],
            x["accepted"].get<int>() + rejected + x["pending"].get<int>());
  EXPECT_EQ(x["pending"], 0);
  EXPECT_EQ(x["accepted"], x["dataset"]["train"].get<int>()
                             + x["dataset"]["eval"].get<int>()
                             + x["dataset"]["test"].get<int>());
  const auto lines = read("run/rejected.jsonl");
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), rejected);
  EXPECT_TRUE(x["complete"]);
}

TEST_F(Data, SurvivesBeingKilledAtAnyMoment) {
  ASSERT_EQ(run({data_pipeline, "--run-dir", "whole"}).code, 0);
  const auto whole = dataset("whole");
  // Killed when the first, the second, … event appears, and then let through.
  for (auto moment = 1; moment <= 6; ++moment) {
    const auto name = "run" + std::to_string(moment);
    auto seen = 0;
    const auto killed
      = run_program(folder, {data_pipeline, "--json", "--run-dir", name},
                    [&](const std::string&, pid_t child) {
                      if (++seen == moment)
                        ::kill(child, SIGKILL);
                    });
    EXPECT_TRUE(killed.code == 137 || killed.code == 0);
    const auto again = run({data_pipeline, "--run-dir", name});
    ASSERT_EQ(again.code, 0) << again.err;
    EXPECT_EQ(dataset(name), whole) << "killed at event " << moment;
  }
}

TEST_F(Data, DrainsWhenInterruptedAndGoesOnLater) {
  auto seen = 0;
  const auto result = run_program(
    folder, {data_pipeline, "--json", "rows=20000", "--run-dir", "run"},
    [&](const std::string&, pid_t child) {
      if (++seen == 1)
        ::kill(child, SIGINT);
    });
  EXPECT_EQ(result.code, 130) << result.err;
  EXPECT_FALSE(std::filesystem::exists(folder / "run/dataset/train.jsonl"));
  const auto x = json::parse(read("run/report.json"));
  EXPECT_FALSE(x["complete"]);
}

TEST_F(Data, ResumesOnlyTheSameConfiguration) {
  ASSERT_EQ(run({data_pipeline, "--run-dir", "run"}).code, 0);
  const auto other = run({data_pipeline, "--run-dir", "run", "seed=12"});
  EXPECT_EQ(other.code, 2);
  EXPECT_NE(other.err.find("-seed: 11\n+seed: 12\n"), std::string::npos);
  EXPECT_EQ(run({data_pipeline, "--run-dir", "run", "seed=12", "--fresh"}).code,
            0);
}

TEST_F(Data, WritesNoSecret) {
  ::setenv("AURA_TEST_KEY", "sk-very-secret-81723", 1);
  ASSERT_EQ(run({data_pipeline, "--run-dir", "run",
                 "infill.base-url=https://${AURA_TEST_KEY}.example/v1"})
              .code,
            0);
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator{folder / "run"})
    if (entry.is_regular_file()) {
      const auto text = flow::read_file(entry.path());
      ASSERT_TRUE(text);
      EXPECT_EQ(text->find("very-secret"), std::string::npos) << entry.path();
    }
  EXPECT_NE(read("run/config.resolved.yaml").find("${AURA_TEST_KEY}"),
            std::string::npos);
}

} // namespace
} // namespace aura::testing
