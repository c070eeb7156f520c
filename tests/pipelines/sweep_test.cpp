// Sweeps over pipelines, and what two runs do not have in common.

#include "kernels/base/json.hpp"
#include "tests/pipelines/program.hpp"

#include <fstream>
#include <set>

namespace aura::testing {
namespace {

using nlohmann::json;

class Sweep : public Program {
protected:
  std::vector<std::string> words(std::vector<std::string> more) const {
    auto result = std::vector<std::string>{
      "sweep",      data_pipeline, "rows=120", "split.eval=5",
      "split.l0=5", "split.l1=5",  "--folder", "sweep"};
    result.insert(result.end(), more.begin(), more.end());
    return result;
  }

  json table() {
    return json::parse(read("sweep/sweep.json"));
  }

  std::vector<std::string> states() {
    auto result = std::vector<std::string>{};
    const auto x = table();
    for (const auto& job : x["jobs"])
      result.push_back(job["state"]);
    return result;
  }
};

TEST_F(Sweep, RunsEveryCombinationInAFolderOfItsOwn) {
  const auto result = run(words({"seed=1,2", "skeletons.max-operators=2,3"}));
  ASSERT_EQ(result.code, 0) << result.err;
  const auto x = table();
  ASSERT_EQ(x["jobs"].size(), 4u);
  EXPECT_EQ(x["axes"]["seed"], (json{"1", "2"}));
  const auto names = std::vector<std::string>{
    "1-seed=1,skeletons.max-operators=2", "2-seed=1,skeletons.max-operators=3",
    "3-seed=2,skeletons.max-operators=2", "4-seed=2,skeletons.max-operators=3"};
  auto datasets = std::set<std::string>{};
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(x["jobs"][i]["folder"], "sweep/" + names[i]);
    EXPECT_EQ(x["jobs"][i]["state"], "done");
    EXPECT_EQ(x["jobs"][i]["accepted"], 120);
    datasets.insert(dataset("sweep/" + names[i]));
  }
  EXPECT_EQ(datasets.size(), 4u);
  EXPECT_NE(result.out.find("seed  skeletons.max-operators"), std::string::npos)
    << result.out;
  const auto page = read("sweep/sweep.html");
  EXPECT_NE(page.find("href='" + names[3] + "/report.html'"),
            std::string::npos);
  // The same by itself gives the same.
  ASSERT_EQ(
    run({data_pipeline, "rows=120", "split.eval=5", "split.l0=5", "split.l1=5",
         "seed=2", "skeletons.max-operators=3", "--run-dir", "alone"})
      .code,
    0);
  EXPECT_EQ(dataset("alone"), dataset("sweep/" + names[3]));
  // Once more: everything is there.
  const auto again = run(words({"seed=1,2", "skeletons.max-operators=2,3"}));
  EXPECT_EQ(again.code, 0);
  EXPECT_EQ(states(), (std::vector<std::string>(4, "kept")));
}

TEST_F(Sweep, StopsAtTheFirstFailureUnlessToldToKeepGoing) {
  std::ofstream{folder / "empty.yaml"} << "name: empty\ntables: []\n";
  const auto axis = std::string{
    "schema.file=configs/schemas/shop.yaml,empty.yaml,configs/schemas/"
    "smart_home.yaml"};
  const auto first = run(words({axis}));
  EXPECT_EQ(first.code, 3) << first.err;
  EXPECT_NE(first.err.find("job 2 ended with exit code 3: stage 'schema': "),
            std::string::npos)
    << first.err;
  EXPECT_EQ(states(), (std::vector<std::string>{"done", "failed", "waiting"}));
  auto going_on = words({axis});
  going_on.emplace_back("--keep-going");
  const auto second = run(going_on);
  EXPECT_EQ(second.code, 3);
  EXPECT_EQ(states(), (std::vector<std::string>{"kept", "failed", "done"}));
}

TEST_F(Sweep, RefusesWhatIsWrongBeforeTheFirstJob) {
  struct bad {
    std::vector<std::string> words;
    const char* complaint;
  };
  const bad cases[] = {
    {{"seed=1,2", "verify.workers=1,0"},
     "job 2-seed=1,verify.workers=0\ncommand line, 'verify.workers=0': "
     "'workers' must be at least 1, found '0'\n"},
    {{"seed=1,,2"}, "aura-run: 'seed=1,,2': a value is empty\n"},
    {{"seed=1", "seed=2"}, "aura-run: 'seed' is given twice\n"},
  };
  for (const auto& x : cases) {
    const auto result = run(words(x.words));
    EXPECT_EQ(result.code, 2);
    EXPECT_EQ(result.err, x.complaint);
    EXPECT_TRUE(is_empty());
  }
}

TEST_F(Sweep, KeepsListsTogether) {
  const auto result
    = run(words({"infill.styles=[formal,casual],[concise]", "--json"}));
  ASSERT_EQ(result.code, 0) << result.err;
  const auto x = json::parse(result.out);
  ASSERT_EQ(x["jobs"].size(), 2u);
  EXPECT_EQ(x["jobs"][0]["settings"]["infill.styles"], "[formal,casual]");
}

TEST_F(Sweep, PassesAnInterruptionOnAndGoesOnLater) {
  auto seen = 0;
  const auto result = run_program(folder, words({"seed=1,2,3", "rows=20000"}),
                                  [&](const std::string&, pid_t child) {
                                    if (++seen == 1)
                                      ::kill(child, SIGINT);
                                  });
  // Given twice, `rows` is refused; the sweep proper follows.
  EXPECT_EQ(result.code, 2);
  seen = 0;
  auto large = words({"seed=1,2,3"});
  large[2] = "rows=6000";
  const auto stopped
    = run_program(folder, large, [&](const std::string&, pid_t child) {
        if (++seen == 1)
          ::kill(child, SIGINT);
      });
  EXPECT_EQ(stopped.code, 130) << stopped.err;
  EXPECT_EQ(states(),
            (std::vector<std::string>{"interrupted", "waiting", "waiting"}));
  ASSERT_EQ(run(large).code, 0);
  EXPECT_EQ(states(), (std::vector<std::string>(3, "done")));
}

TEST_F(Sweep, TellsTwoRunsApart) {
  for (const auto* seed : {"1", "2"})
    ASSERT_EQ(run({data_pipeline, "rows=200", std::string{"seed="} + seed,
                   "--run-dir", std::string{"run"} + seed})
                .code,
              0);
  // Results are those of a run with a model; here they are put in its place.
  for (const auto& [name, right] : {std::pair{"run1", 56}, {"run2", 48}}) {
    auto report = json::parse(read(std::string{name} + "/report.json"));
    report["evaluation"]["L0"] = {{"n", 80},
                                  {"k", right},
                                  {"ex_strict", right / 80.0},
                                  {"ci95", {0.4, 0.8}}};
    std::ofstream{folder / name / "report.json"} << report;
    auto predictions = std::ofstream{folder / name / "predictions.jsonl"};
    for (auto i = 0; i < 80; ++i)
      predictions << json{{"split", "L0"},
                          {"question", "q" + std::to_string(i)},
                          {"gold", "g"},
                          {"outcome", i < right ? "match" : "wrong"}}
                  << '\n';
  }
  const auto result = run({"diff", "run1", "run2", "--json"});
  ASSERT_EQ(result.code, 0) << result.err;
  const auto x = json::parse(result.out);
  ASSERT_EQ(x["configuration"].size(), 1u) << x["configuration"];
  EXPECT_EQ(x["configuration"][0],
            (json{{"key", "seed"}, {"a", "1"}, {"b", "2"}}));
  EXPECT_TRUE(x["inputs"].empty());
  EXPECT_FALSE(x["data"][0]["same"]);
  const auto& score = x["results"]["L0"];
  EXPECT_NEAR(score["difference"], -0.1, 1e-9);
  EXPECT_LT(score["ci95"][0], -0.1);
  EXPECT_GT(score["ci95"][1], -0.1);
  EXPECT_EQ(score["right_only_in_a"], 8);
  EXPECT_EQ(score["right_only_in_b"], 0);
  EXPECT_NEAR(score["p_value"], 2 / 256.0, 1e-9);

  const auto text = run({"diff", "run1", "run2"});
  for (const auto* part :
       {"A  run1\nB  run2\n", "  seed: 1 -> 2\n",
        "Program and input files\n"
        "  the same\n",
        "difference -10.0 points (95 %: ",
        "on 80 shared questions right only in A 8, only in B 0, p = "})
    EXPECT_NE(text.out.find(part), std::string::npos) << part << text.out;

  const auto same = run({"diff", "run1", "run1"});
  EXPECT_NE(same.out.find("Configuration\n  the same\n"), std::string::npos);
  EXPECT_NE(same.out.find("dataset/train.jsonl: the same "), std::string::npos);
  const auto none = run({"diff", "run1", "nowhere"});
  EXPECT_EQ(none.code, 3);
  EXPECT_NE(none.err.find("no run 'nowhere'"), std::string::npos);
}

} // namespace
} // namespace aura::testing
