#include "actors/flow/report.hpp"
#include "kernels/base/json.hpp"

#include <gtest/gtest.h>

namespace aura::flow {
namespace {

using nlohmann::json;

report_input input() {
  auto source = tally{};
  source.stage = "skeletons";
  source.made = source.out = 12;
  source.active = 2;
  auto judge = tally{};
  judge.stage = "verify";
  judge.in = judge.out = 12;
  auto gate = tally{};
  gate.stage = "split";
  gate.gate = true;
  gate.in = 12;
  gate.surplus = 2;
  gate.sound = 6;
  gate.rejected
    = {{{"verify", errc::degenerate}, 3}, {{"skeletons", errc::network}, 1}};
  gate.out = 6;
  gate.dropped = 4;
  auto x = report_input{};
  x.name = "demo";
  x.hash = "abcdef0123";
  x.complete = true;
  x.stages = {source, judge, gate};
  x.wall_seconds = 12.5;
  x.sections = {
    {"dataset", R"({"train":4,"eval":1,"test":1,"sha256":"ab"})"},
    {"training",
     R"({"train_loss":0.1,"eval_loss":0.2,"steps":9,"tokens_per_second":50,
         "curve":[{"step":1,"train_loss":2.0,"learning_rate":0.1,
                   "gradient_norm":3.0,"whole_gradient_norm":1.0},
                  {"step":9,"train_loss":0.1,"eval_loss":0.2,
                   "learning_rate":0.05,"gradient_norm":2.0,
                   "whole_gradient_norm":0.5}]})"},
    {"forms",
     R"({"adapter":{"L0":{"n":20,"k":17,"ex_strict":0.85,"ci95":[0.62,0.97]}},
         "base":{"L0":{"n":20,"k":1,"ex_strict":0.05,"ci95":[0.001,0.25]}}})"},
    {"moved", R"({"q_proj.lora_A":{"tensors":30,"least":0.5,"most":2.0}})"},
    {"evaluation",
     R"({"L0":{"n":10,"k":9,"ex_strict":0.9,"ci95":[0.55,0.99]},
         "L1":{"n":10,"k":8,"ex_strict":0.8,"ci95":[0.44,0.97]}})"},
    {"examples",
     R"([{"split":"L0","question":"How <many>?","gold":"g","prediction":"p",
          "outcome":"mismatch","detail":"rows differ"}])"},
    {"controls",
     R"([{"name":"gold","split":"L0","n":10,"k":10,"rate":1.0,
          "expected":"100 %","ok":true}])"}};
  return x;
}

TEST(Report, HasTheShapeThatProgramsRelyOn) {
  const auto x = json::parse(report_json(input()));
  EXPECT_EQ(x["generated"], 10);
  EXPECT_EQ(x["accepted"], 6);
  EXPECT_EQ(x["rejected"], (json{{"degenerate", 3}}));
  EXPECT_EQ(x["failed"], (json{{"network", 1}}));
  EXPECT_EQ(x["pending"], 0);
  EXPECT_EQ(x["dataset"]["sha256"], "ab");
  EXPECT_EQ(x["training"]["steps"], 9);
  EXPECT_EQ(x["evaluation"]["L0"]["ci95"], (json{0.55, 0.99}));
  EXPECT_EQ(x["wall_seconds"], 12.5);
}

TEST(Report, CountsTheFunnelDownToWhatWasAccepted) {
  const auto x = json::parse(report_json(input()))["funnel"];
  ASSERT_EQ(x.size(), 2u);
  EXPECT_EQ(x[0]["before"], 10);
  EXPECT_EQ(x[0]["after"], 9);
  EXPECT_EQ(x[1]["stage"], "verify");
  EXPECT_EQ(x[1]["after"], 6);
}

TEST(Report, IsAPageThatNeedsNothingElse) {
  const auto page = report_html(report_json(input()));
  ASSERT_TRUE(page);
  EXPECT_NE(page->find("How &lt;many&gt;?"), std::string::npos);
  EXPECT_NE(page->find("<polyline"), std::string::npos);
  EXPECT_NE(page->find("9 of 10"), std::string::npos);
  for (const auto* title :
       {"<h2>Loss", "<h2>Learning rate", "<h2>Gradient norm",
        "of embedding and head", "q_proj.lora_A", "17 of 20", "1 of 20"})
    EXPECT_NE(page->find(title), std::string::npos) << title;
  EXPECT_EQ(page->find("<script"), std::string::npos);
  EXPECT_EQ(page->find("http"), std::string::npos);
}

TEST(Report, IsAPageHoweverLittleThereIs) {
  auto little = report_input{};
  little.failure = "stage 'x': no <disk>";
  const auto page = report_html(report_json(little));
  ASSERT_TRUE(page);
  EXPECT_NE(page->find("no &lt;disk&gt;"), std::string::npos);
  EXPECT_FALSE(report_html("[1"));
}

} // namespace
} // namespace aura::flow
