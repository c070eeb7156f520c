#include "actors/flow/live.hpp"
#include "kernels/base/json.hpp"

#include <gtest/gtest.h>

namespace aura::flow {
namespace {

using nlohmann::json;

std::vector<tally> stages() {
  auto source = tally{};
  source.stage = "skeletons";
  source.made = source.out = 4000;
  source.active = 10;
  source.batches = 60;
  source.owed_rows = 512;
  source.granted_rows = 1024;
  source.granted_bytes = 8 << 20;
  source.peak_rows = 1000;
  auto asks = tally{};
  asks.stage = "infill";
  asks.in = asks.out = 3500;
  asks.rejected_here = 90;
  asks.rejected[{"infill", errc::refusal}] = 60;
  asks.rejected[{"infill", errc::network}] = 30;
  asks.active = 10;
  asks.batches = 50;
  auto gate = tally{};
  gate.stage = "split";
  gate.in = 2600;
  gate.sound = 2500;
  gate.gate = true;
  gate.target = 10'000;
  gate.active = 10;
  gate.batches = 40;
  return {source, asks, gate};
}

class Live : public ::testing::Test {
protected:
  Live() {
    state.follow([] {
      return std::map<std::string, std::string>{
        {"language_model", R"({"prompt_tokens":1000,"completion_tokens":234,
          "cost_dollars":0.5})"}};
    });
    for (auto second = 0; second < 10; ++second)
      state.update(stages(), second, 64);
    state.tell({"train",
                "step 10 of 20",
                10,
                20,
                {{"step", 10}, {"loss", 0.75}, {"eval_loss", 0.8}}});
  }

  live_state state{"full \"x\"", "0123456789abcdef"};
};

TEST_F(Live, AddsTheStagesUp) {
  const auto x = state.totals();
  EXPECT_EQ(x.accepted, 2500u);
  EXPECT_EQ(x.target, 10'000u);
  EXPECT_EQ(x.made, 4000u);
  EXPECT_EQ(x.rejected, 60u);
  EXPECT_EQ(x.failed, 30u);
  EXPECT_EQ(x.tokens, 1234u);
  EXPECT_EQ(x.dollars, 0.5);
  // A quarter took from the second when rows were first seen to the ninth.
  EXPECT_EQ(x.waiting_for, "split");
  EXPECT_DOUBLE_EQ(*x.seconds_left, 27);
}

TEST_F(Live, CountsTheWayToTheGateToItsTime) {
  auto early = stages();
  early[2].sound = 0;
  auto fresh = live_state{"slow", ""};
  auto nothing = stages();
  for (auto& x : nothing)
    x.made = x.in = x.out = x.sound = 0;
  fresh.update(nothing, 3, 64);
  fresh.update(early, 4, 64);
  EXPECT_FALSE(fresh.totals().seconds_left);
  // The first batch is through, after ten seconds, all at once.
  auto first = stages();
  first[2].sound = 1000;
  first[2].active = 0.01;
  fresh.update(first, 13, 64);
  EXPECT_DOUBLE_EQ(fresh.totals().seconds_left.value_or(0), 90);
}

TEST_F(Live, KnowsHowLongATrainingTakes) {
  auto done = stages();
  for (auto& x : done)
    x.finished = true;
  auto training = tally{};
  training.stage = "train";
  training.batches = 1;
  done.push_back(training);
  state.update(done, 60, 64);
  state.tell({"train", "step 25 of 100", 25, 100, {{"seconds", 50}}});
  const auto x = state.totals();
  EXPECT_EQ(x.waiting_for, "train");
  EXPECT_DOUBLE_EQ(*x.seconds_left, 150);
}

TEST_F(Live, SpeaksToPrometheus) {
  const auto text = state.prometheus();
  for (const auto* line :
       {"# TYPE aura_rows_total counter\n",
        "aura_run_info{pipeline=\"full \\\"x\\\"\",configuration="
        "\"0123456789abcdef\"} 1\n",
        "aura_rows_total{stage=\"infill\",what=\"failed\"} 30\n",
        "aura_rejected_rows_total{stage=\"infill\",reason=\"refusal\"} 60\n",
        "aura_edge_rows{stage=\"skeletons\",what=\"owed\"} 512\n",
        "aura_edge_rows{stage=\"skeletons\",what=\"granted\"} 1024\n",
        "aura_accepted_rows 2500\n", "aura_target_rows 10000\n",
        "aura_language_model_tokens_total 1234\n", "aura_training_loss 0.75\n"})
    EXPECT_NE(text.find(line), std::string::npos) << line << text;
  // Every line is a comment or a name with a number.
  auto begin = std::size_t{0};
  while (begin < text.size()) {
    const auto end = text.find('\n', begin);
    ASSERT_NE(end, std::string::npos);
    const auto line = text.substr(begin, end - begin);
    EXPECT_TRUE(line.starts_with("# ") || line.starts_with("aura_")
                || line.starts_with("process_"))
      << line;
    begin = end + 1;
  }
}

TEST_F(Live, SpeaksToPrograms) {
  const auto x = json::parse(state.json());
  EXPECT_EQ(x["accepted"], 2500);
  EXPECT_EQ(x["stages"][1]["failed"], 30);
  EXPECT_EQ(x["loss"][0][1], 0.75);
  EXPECT_FALSE(x["ended"]);
}

TEST_F(Live, ShowsWhatItKnowsAndEscapesIt) {
  state.tell({"infill", "<b>bold</b>", 0, 0});
  auto page = state.page();
  for (const auto* text :
       {"full &quot;x&quot;", "2,500", "rows accepted of 10,000", "at work",
        "&lt;b&gt;bold&lt;/b&gt;", "$0.5000", "Funnel", "Loss",
        "fetch('/body'"})
    EXPECT_NE(page.find(text), std::string::npos) << text;
  EXPECT_NE(page.find("running"), std::string::npos);
  state.end("stage 'infill': no network");
  page = state.body();
  EXPECT_NE(page.find("ended early"), std::string::npos);
  EXPECT_NE(page.find("no network"), std::string::npos);
}

TEST_F(Live, StaysSmallHoweverLongItRuns) {
  for (auto i = 0; i < 100'000; ++i) {
    state.update(stages(), i, 64);
    if (i % 10 == 0)
      state.tell(
        {"train", "", 0, 0, {{"step", i}, {"loss", 1.0}, {"eval_loss", 1.0}}});
  }
  EXPECT_LT(state.page().size(), 200'000u);
  EXPECT_LT(state.json().size(), 200'000u);
}

} // namespace
} // namespace aura::flow
