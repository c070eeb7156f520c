#include "kernels/base/json.hpp"
#include "tests/pipelines/program.hpp"

namespace aura::testing {
namespace {

using nlohmann::json;

using Smoke = Program;

TEST_F(Smoke, GoesFromASchemaToAReport) {
  const auto result = run({"smoke.yaml", "--run-dir", "run"});
  ASSERT_EQ(result.code, 0) << result.err;
  for (const auto* file :
       {"config.resolved.yaml", "overrides", "lock.json", "events.jsonl",
        "rejected.jsonl", "dataset/train.jsonl", "dataset/eval.jsonl",
        "dataset/test.jsonl", "model/config.json", "model/model.safetensors",
        "model/tokenizer.json", "predictions.jsonl", "report.html",
        "report.json"})
    EXPECT_TRUE(std::filesystem::exists(folder / "run" / file)) << file;
  const auto x = json::parse(read("run/report.json"));
  EXPECT_TRUE(x["complete"]);
  EXPECT_GT(x["training"]["steps"], 0);
  EXPECT_GT(x["training"]["tokens_per_second"], 0);
  for (const auto* split : {"L0", "L1"}) {
    const auto& score = x["evaluation"][split];
    EXPECT_EQ(score["n"], 40);
    EXPECT_LE(score["ci95"][0], score["ex_strict"]);
    EXPECT_GE(score["ci95"][1], score["ex_strict"]);
    EXPECT_EQ(x["contamination"][split]["same_query"], 0);
  }
  EXPECT_EQ(x["contamination"]["L1"]["same_structure"], 0);
  EXPECT_EQ(x["controls"].size(), 10u);
  for (const auto& control : x["controls"])
    EXPECT_TRUE(control["ok"]) << control;
  EXPECT_EQ(x["suite"]["states"], 8);
  EXPECT_NE(read("run/report.html").find("Execution match"), std::string::npos);

  // Once more: nothing is trained or evaluated again, and all is the same.
  const auto model = read("run/model/model.safetensors");
  const auto bytes = dataset("run");
  const auto again = run({"smoke.yaml", "--run-dir", "run"});
  ASSERT_EQ(again.code, 0) << again.err;
  EXPECT_NE(again.out.find("was trained before"), std::string::npos);
  EXPECT_EQ(read("run/model/model.safetensors"), model);
  EXPECT_EQ(dataset("run"), bytes);
  const auto later = json::parse(read("run/report.json"));
  EXPECT_EQ(later["evaluation"], x["evaluation"]);
  EXPECT_EQ(later["training"], x["training"]);
}

} // namespace
} // namespace aura::testing
