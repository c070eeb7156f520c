#include "kernels/base/json.hpp"
#include "tests/pipelines/program.hpp"
#include "tests/support/tiny_model.hpp"

#include <cmath>
#include <fstream>
#include <set>

namespace aura::testing {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

class FinetunePipeline : public Program {
protected:
  void SetUp() override {
    write_tiny_model(folder / "tiny");
    write_rows(60);
  }

  void write_rows(std::size_t count, const std::string& last = {}) {
    auto out = std::ofstream{folder / "rows.jsonl"};
    const char* tables[] = {"devices", "readings", "rooms"};
    for (std::size_t i = 0; i < count; ++i) {
      const auto* table = tables[i % 3];
      const auto most = std::to_string(i % 7 + 1);
      out << json{{"context", std::string{table} + "(id, name)"},
                  {"question", std::string{"show "} + most + " of " + table},
                  {"query",
                   std::string{"SOURCE "} + table + " |> LIMIT " + most}}
          << '\n';
    }
    out << last;
  }

  std::vector<std::string> command(std::vector<std::string> more = {}) const {
    auto words
      = std::vector<std::string>{AURA_SOURCE_DIR "/pipelines/finetune.yaml",
                                 "model=tiny",
                                 "data=rows.jsonl",
                                 "rows.eval=6",
                                 "finetune.batch=4",
                                 "finetune.accumulation=2",
                                 "finetune.rank=4",
                                 "finetune.rate=0.01",
                                 "finetune.evaluate-every=4",
                                 "finetune.save-every=2",
                                 "finetune.dropout=0.1",
                                 "finetune.train-embedding=true",
                                 "finetune.train-head=true"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }

  json report(const std::string& run = "runs/finetune/latest") {
    return json::parse(read(fs::path{run} / "report.json"));
  }

  static constexpr auto weights = "model/adapter/adapter_model.safetensors";
};

TEST_F(FinetunePipeline, LearnsRowsOfOnesOwn) {
  without_network = true;
  const auto result = run(command({"out=out"}));
  ASSERT_EQ(result.code, 0) << result.err << result.out;
  const auto x = report();
  EXPECT_LT(x["training"]["eval_loss"].get<double>(),
            x["training"]["eval_loss_before"].get<double>());
  EXPECT_EQ(x["training"]["steps"], 21); // ⌈54 / 8⌉ three times
  EXPECT_EQ(x["rows"], (json{{"train", 54}, {"eval", 6}, {"skipped", 0}}));
  EXPECT_TRUE(x["moved"].contains("lm_head.weight"));
  const auto at = fs::path{"runs/finetune/latest"};
  const auto state = json::parse(read(at / "model/trainer_state.json"));
  EXPECT_EQ(state["global_step"], 21);
  EXPECT_EQ(state["best_metric"], x["training"]["eval_loss"]);
  const auto page = read(at / "report.html");
  for (const auto* title : {"<h2>Loss", "<h2>Learning rate", "<h2>Gradient"})
    EXPECT_NE(page.find(title), std::string::npos) << title;
  auto events = std::string{};
  for (const auto& file : fs::directory_iterator{folder / at / "tensorboard"})
    events += read(file.path());
  EXPECT_NE(events.find("train/loss"), std::string::npos);
  for (const auto* file :
       {"adapter/adapter_config.json", "adapter/adapter_model.safetensors",
        "adapter-split/adapter_model.safetensors", "merged/config.json"}) {
    EXPECT_TRUE(fs::exists(folder / at / "model" / file)) << file;
    EXPECT_EQ(read(fs::path{"out"} / file), read(at / "model" / file)) << file;
  }
}

TEST_F(FinetunePipeline, GoesOnAfterAKillToTheSameBytes) {
  const auto whole = run(command({"--run-dir", "whole"}));
  ASSERT_EQ(whole.code, 0) << whole.err;
  auto kills = 0;
  for (auto tries = 0; tries < 10; ++tries) {
    auto seen = 0;
    const auto result = run_program(
      folder, command({"--run-dir", "killed", "--json"}),
      [&](const std::string& line, pid_t child) {
        if (line.find("step ") != std::string::npos && ++seen == 5)
          ::kill(child, SIGKILL);
      });
    if (result.code == 0)
      break;
    ++kills;
  }
  EXPECT_GE(kills, 1);
  EXPECT_EQ(read(fs::path{"killed"} / weights),
            read(fs::path{"whole"} / weights));
  // What was trained need not be trained again.
  const auto again = run(command({"--run-dir", "killed", "--json"}));
  ASSERT_EQ(again.code, 0) << again.err;
  EXPECT_NE(again.out.find("was trained before"), std::string::npos);
}

TEST_F(FinetunePipeline, RefusesABadRowWithItsLine) {
  write_rows(20, "{\"question\": \"q\"}\n");
  const auto result = run(command());
  EXPECT_EQ(result.code, 3);
  EXPECT_NE(result.err.find("rows.jsonl:21: no field 'query'"),
            std::string::npos)
    << result.err;
  const auto skipping = run(command({"rows.bad-rows=skip"}));
  EXPECT_EQ(skipping.code, 0) << skipping.err;
  EXPECT_EQ(report()["rejected"], (json{{"damaged_file", 1}}));
}

TEST_F(FinetunePipeline, RefusesARowThatIsTooLongWithItsLine) {
  auto words = std::string{};
  for (auto i = 0; i < 400; ++i)
    words += " word";
  write_rows(20, json{{"question", words}, {"query", "SOURCE rooms"}}.dump()
                   + "\n");
  const auto result = run(command());
  EXPECT_EQ(result.code, 3);
  EXPECT_NE(result.err.find("rows.jsonl:21: "), std::string::npos)
    << result.err;
  EXPECT_NE(result.err.find(" tokens, more than 512"), std::string::npos)
    << result.err;
  const auto skipping = run(command({"finetune.bad-rows=skip"}));
  EXPECT_EQ(skipping.code, 0) << skipping.err;
  EXPECT_EQ(report()["rows"]["skipped"], 1);
  EXPECT_NE(read("runs/finetune/latest/model/skipped.jsonl").find("too_long"),
            std::string::npos);
}

TEST_F(FinetunePipeline, PlansTheMemoryOfTheReferenceRecipe) {
  without_network = true;
  const auto fits = run({"phi4-qlora.yaml", "--dry-run"});
  EXPECT_EQ(fits.code, 0) << fits.err;
  EXPECT_NE(fits.out.find("frozen layers, NF4"), std::string::npos);
  EXPECT_NE(fits.out.find("fits h100-80"), std::string::npos) << fits.out;
  const auto small = run({"phi4-qlora.yaml", "card=rtx-4090", "--dry-run"});
  EXPECT_EQ(small.code, 7);
  EXPECT_NE(small.err.find("does not fit rtx-4090"), std::string::npos);
  EXPECT_NE(small.err.find("fits with "), std::string::npos) << small.err;
  const auto unknown = run({"phi4-qlora.yaml", "card=abacus", "--dry-run"});
  EXPECT_EQ(unknown.code, 2);
  EXPECT_NE(unknown.err.find("no card 'abacus'"), std::string::npos);
}

TEST_F(FinetunePipeline, RefusesToTrainWhatDoesNotFit) {
  const auto result = run(command({"finetune.card-memory=0.0001"}));
  EXPECT_EQ(result.code, 7);
  EXPECT_NE(result.err.find("does not fit a card of 0.0001 GiB"),
            std::string::npos)
    << result.err;
}

/// Every form that training leaves is judged, each from its own files: broken
/// ones are noticed.
TEST_F(FinetunePipeline, JudgesEveryFormThatItExports) {
  write_tiny_model(folder / "fused", tiny_fused_config);
  auto words = std::vector<std::string>{
    AURA_SOURCE_DIR "/tests/pipelines/forms.yaml", "model=fused",
    "finetune.export=[adapter-fused,adapter-split,merged,merged-nf4,gguf]"};
  const auto result = run(words);
  ASSERT_EQ(result.code, 0) << result.err << result.out;
  const auto forms = report("runs/forms/latest")["forms"];
  auto names = std::set<std::string>{};
  for (const auto& [name, scores] : forms.items()) {
    names.insert(name);
    for (const auto* split : {"L0", "L1"})
      EXPECT_EQ(scores[split]["n"], 4) << name << ' ' << scores;
  }
  // What a form gives its answers shows whether it holds what was learnt.
  const auto surely = [&](const char* name) {
    return forms[name]["L0"]["log_probability"].get<double>();
  };
  const auto adapter = surely("adapter");
  EXPECT_LT(adapter, 0);
  for (const auto* same : {"adapter-fused", "adapter-split", "gguf"})
    EXPECT_NEAR(surely(same), adapter, 1e-3 * -adapter) << same;
  for (const auto* rounded : {"merged", "merged-nf4"})
    EXPECT_NEAR(surely(rounded), adapter, 0.1 * -adapter) << rounded;
  EXPECT_GT(std::fabs(surely("base") - adapter), 0.01 * -adapter);
  EXPECT_EQ(names,
            (std::set<std::string>{"adapter", "adapter-fused", "adapter-split",
                                   "base", "gguf", "merged", "merged-nf4"}));
  const auto page = read("runs/forms/latest/report.html");
  for (const auto& name : names)
    EXPECT_NE(page.find(name), std::string::npos) << name;
}

TEST_F(FinetunePipeline, RefusesFormsThatThereCannotBe) {
  const auto whole = run(command({"finetune.export=[gguf]"}));
  EXPECT_EQ(whole.code, 2);
  EXPECT_NE(whole.err.find("a GGUF adapter has no room for an embedding"),
            std::string::npos)
    << whole.err;
  const auto fused = run(command({"finetune.export=[adapter-fused]"}));
  EXPECT_EQ(fused.code, 2);
  EXPECT_NE(fused.err.find("this model keeps q, k, v and gate, up apart"),
            std::string::npos)
    << fused.err;
  EXPECT_FALSE(fs::exists(folder / "runs"));
}

/// Whatever is wrong with the model is said before anything is written.
TEST_F(FinetunePipeline, RefusesWhatIsNoModel) {
  fs::create_directories(folder / "empty");
  write_tiny_model(folder / "other");
  std::ofstream{folder / "other/config.json"} << R"({"model_type": "mamba"})";
  write_tiny_model(folder / "wide");
  auto config = std::string{tiny_config};
  config.replace(config.find("\"hidden_size\": 32"), 17, "\"hidden_size\": 64");
  std::ofstream{folder / "wide/config.json"} << config;
  write_tiny_model(folder / "mute");
  std::ofstream{folder / "mute/tokenizer_config.json"} << "{}";
  struct refusal {
    std::vector<std::string> words;
    int code;
    std::string says;
  };
  const refusal cases[] = {
    {{"model=nowhere"}, 3, "nowhere"},
    {{"model=empty"}, 3, "config.json"},
    {{"model=other"}, 3, "mamba"},
    {{"model=wide"}, 3, "model.embed_tokens.weight"},
    {{"model=rows.jsonl"}, 3, "rows.jsonl"},
    {{"model=mute"}, 2, "chat template"},
    {{"finetune.chat=klingon"}, 2, "klingon"},
    {{"finetune.targets=[x_proj]"}, 2, "x_proj"},
    {{"finetune.device=cuda:0"}, 3, "cuda:0"},
    {{"data=nowhere.jsonl"}, 2, "nowhere.jsonl"},
  };
  for (const auto& x : cases) {
    const auto result = run(command(x.words));
    EXPECT_EQ(result.code, x.code) << x.words[0] << result.err;
    EXPECT_NE(result.err.find(x.says), std::string::npos)
      << x.words[0] << ": " << result.err;
    EXPECT_FALSE(fs::exists(folder / "runs")) << x.words[0];
  }
}

} // namespace
} // namespace aura::testing
