#include "kernels/base/json.hpp"
#include "kernels/model/pretrained/metrics.hpp"

#include <gtest/gtest.h>

namespace aura::model {
namespace {

std::string hex(std::string_view bytes) {
  constexpr auto digits = "0123456789abcdef";
  auto text = std::string{};
  for (auto c : bytes) {
    text += digits[static_cast<unsigned char>(c) >> 4];
    text += digits[static_cast<unsigned char>(c) & 15];
  }
  return text;
}

finetune_progress point(std::size_t step, double loss) {
  auto x = finetune_progress{};
  x.step = step;
  x.steps = 300;
  x.epoch = 0.5;
  x.train_loss = loss;
  x.rate = 1e-4;
  x.norms.adapters = 3;
  return x;
}

/// The bytes that tensorboard's own EventFileWriter writes for this event.
TEST(TensorBoard, BeginsWithItsVersion) {
  EXPECT_EQ(hex(tensorboard_header(1764356400.0)),
            "1800000000000000a37f4b22090000004c7c4ada411a0d627261696e2e457665"
            "6e743a32473c6db6");
}

TEST(TensorBoard, WritesACurveAStep) {
  EXPECT_EQ(hex(tensorboard_events(point(200, 0.25), {}, 1764356401.5)),
            "6900000000000000360b3c6e090000604c7c4ada4110c8012a5b0a110a0a7472"
            "61696e2f6c6f7373150000803e0a1a0a13747261696e2f6c6561726e696e675f"
            "726174651517b7d1380a160a0f747261696e2f677261645f6e6f726d15000040"
            "400a120a0b747261696e2f65706f6368150000003f950496ab");
}

TEST(TensorBoard, ShowsEvaluationsAndMovements) {
  auto x = point(3, 1);
  x.norms.whole = 4;
  x.whole_rate = 1e-5;
  const auto moved = std::vector<movement>{{"head", 2, 1}};
  const auto without = tensorboard_events(x, moved, 0);
  for (const auto* tag : {"train/whole_learning_rate", "train/grad_norm_whole",
                          "train/grad_norm_adapters"})
    EXPECT_NE(without.find(tag), std::string::npos) << tag;
  EXPECT_EQ(without.find("moved/head"), std::string::npos);
  x.eval_loss = 0.5;
  x.eval_exact = 0.25;
  const auto with = tensorboard_events(x, moved, 0);
  for (const auto* tag : {"eval/loss", "eval/exact", "moved/head"})
    EXPECT_NE(with.find(tag), std::string::npos) << tag;
}

TEST(TrainerState, HasTheFieldsOfTransformers) {
  auto report = finetune_report{};
  report.history = {point(1, 2.5), point(2, 1.5), point(3, 1.25)};
  report.history[0].eval_loss = 2;
  report.history[1].eval_loss = 1.75;
  report.history[2].eval_loss = 1.8;
  report.history[2].skipped = true;
  report.steps = 3;
  report.best_step = 2;
  report.eval_loss = 1.75;
  report.tokens = 100;
  report.skipped = 1;
  const auto x = nlohmann::json::parse(
    trainer_state_json(report, {16, 2.5, 50, 100, 3, "adapter", 6}));
  for (const auto* field : {"best_global_step",
                            "best_metric",
                            "best_model_checkpoint",
                            "epoch",
                            "eval_steps",
                            "global_step",
                            "is_hyper_param_search",
                            "is_local_process_zero",
                            "is_world_process_zero",
                            "log_history",
                            "logging_steps",
                            "max_steps",
                            "num_input_tokens_seen",
                            "num_train_epochs",
                            "save_steps",
                            "stateful_callbacks",
                            "total_flos",
                            "train_batch_size",
                            "trial_name",
                            "trial_params"})
    EXPECT_TRUE(x.contains(field)) << field;
  EXPECT_EQ(x["best_global_step"], 2);
  EXPECT_EQ(x["best_metric"], 1.75);
  EXPECT_EQ(x["best_model_checkpoint"], "adapter");
  EXPECT_EQ(x["max_steps"], 300);
  EXPECT_EQ(x["num_train_epochs"], 3);
  EXPECT_EQ(x["total_flos"], 600.0);
  ASSERT_EQ(x["log_history"].size(), 6u);
  EXPECT_EQ(x["log_history"][0], (nlohmann::json{{"epoch", 0.5},
                                                 {"grad_norm", 3.0},
                                                 {"learning_rate", 1e-4},
                                                 {"loss", 2.5},
                                                 {"step", 1}}));
  EXPECT_EQ(x["log_history"][3]["eval_loss"], 1.75);
  EXPECT_EQ(x["log_history"][4]["skipped"], true);
  const auto& stopping = x["stateful_callbacks"]["EarlyStoppingCallback"];
  EXPECT_EQ(stopping["attributes"]["early_stopping_patience_counter"], 1);
  EXPECT_EQ(stopping["args"]["early_stopping_patience"], 3);
}

} // namespace
} // namespace aura::model
