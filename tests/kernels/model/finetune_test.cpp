#include "kernels/model/pretrained/finetune.hpp"

#include "kernels/model/batches.hpp"
#include "kernels/model/pretrained/tuning_state.hpp"
#include "tests/kernels/model/bigram_tuner.hpp"
#include "tests/kernels/model/samples.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace aura::model {
namespace {

class Finetune : public testing::Test {
protected:
  void SetUp() override {
    folder = std::filesystem::path{testing::TempDir()}
             / testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    options.batch = 4;
    options.accumulation = 2;
    options.epochs = 2;
    options.rate = 0.1;
    options.whole_rate = 0.05;
    options.evaluate_every = 5;
    options.save_every = 0;
    options.patience = 0;
  }

  void TearDown() override {
    std::filesystem::remove_all(folder);
  }

  expected<finetune_report> run(bigram_tuner& learner) {
    return finetune(
      learner, training, evaluation, options,
      [&](const finetune_progress& x, const finetune_report&) {
        return !stop_at.contains(x.step);
      },
      files);
  }

  expected<finetune_report> run() {
    auto learner = bigram_tuner{};
    learner.dropout = dropout;
    return run(learner);
  }

  std::vector<example> training
    = random_examples(100, 1, bigram_tuner::vocabulary);
  std::vector<example> evaluation
    = random_examples(20, 2, bigram_tuner::vocabulary);
  finetune_options options;
  std::filesystem::path folder;
  finetune_files files;
  std::set<std::size_t> stop_at;
  double dropout = 0;
};

/// Answers that follow from what stands before them.
void make_learnable(std::vector<example>& examples) {
  for (auto& x : examples) {
    auto last = x.question.back();
    for (auto& token : x.answer)
      last = token = (5 * last + 3) % 16;
  }
}

TEST_F(Finetune, Learns) {
  make_learnable(training);
  make_learnable(evaluation);
  const auto report = run();
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->steps, 26u); // ⌈100 / 8⌉ twice
  EXPECT_EQ(report->examples, 200u);
  EXPECT_EQ(report->history.size(), 26u);
  EXPECT_LT(report->history.back().train_loss,
            report->history.front().train_loss);
  ASSERT_TRUE(report->eval_loss && report->eval_loss_before);
  EXPECT_LT(*report->eval_loss, 0.98 * *report->eval_loss_before);
  EXPECT_EQ(report->parameters, 2u * 2 * 16 + 16 * 16);
}

TEST_F(Finetune, TakesTheMeanOverTheSupervisedTokensOfAWindow) {
  auto sum = pass_result{};
  const auto order = plan_epoch(training, 1, options.seed, 0);
  for (std::size_t i = 0; i < 8; ++i) {
    const auto* x = &training[order[i].front()];
    sum += *bigram_tuner{}.evaluate(pack({&x, 1}));
  }
  const auto report = run();
  ASSERT_TRUE(report);
  EXPECT_NEAR(report->history[0].train_loss,
              sum.loss / static_cast<double>(sum.supervised), 1e-12);
}

TEST_F(Finetune, TwoRunsAreEqualToTheBit) {
  dropout = 0.3;
  const auto a = run();
  const auto b = run();
  ASSERT_TRUE(a && b);
  EXPECT_EQ(a->best, b->best);
  options.seed = 2;
  const auto c = run();
  ASSERT_TRUE(c);
  EXPECT_NE(a->best, c->best);
}

TEST_F(Finetune, AccumulatesRaggedExamplesAsOneBatch) {
  options.batch = 8;
  options.accumulation = 1;
  const auto together = run();
  options.batch = 1;
  options.accumulation = 8;
  auto learner = bigram_tuner{};
  const auto apart = run(learner);
  ASSERT_TRUE(together && apart);
  EXPECT_EQ(learner.passes.size(), 200u);
  EXPECT_EQ(together->best, apart->best);
}

TEST_F(Finetune, SharesContextsWithoutChangingTheLoss) {
  const auto apart = run();
  options.group = 4;
  auto learner = bigram_tuner{};
  const auto shared = run(learner);
  ASSERT_TRUE(apart && shared);
  EXPECT_DOUBLE_EQ(*apart->eval_loss_before, *shared->eval_loss_before);
  EXPECT_EQ(shared->supervised, apart->supervised);
  EXPECT_LT(shared->tokens, apart->tokens);
}

TEST_F(Finetune, NumbersPassesForDropout) {
  options.pass_tokens = 40;
  auto learner = bigram_tuner{};
  ASSERT_TRUE(run(learner));
  ASSERT_GT(learner.passes.size(), 52u);
  for (std::size_t i = 0; i < learner.passes.size(); ++i)
    EXPECT_EQ(learner.passes[i], i);
}

TEST_F(Finetune, GoesOnWhereItWasStoppedToTheBit) {
  dropout = 0.3;
  options.epochs = 1.5;
  const auto whole = run();
  ASSERT_TRUE(whole);
  files = {folder, "key"};
  random_stream random{7, "stops"};
  for (auto round = 0; round < 20; ++round) {
    forget(files);
    stop_at = {1 + random.below(8), 9 + random.below(8)};
    options.save_every = random.below(4);
    auto report = run();
    for (auto stops = 0; !report; ++stops) {
      ASSERT_EQ(report.error().code, errc::cancelled);
      ASSERT_LT(stops, 3);
      stop_at.erase(stop_at.begin());
      report = run();
    }
    ASSERT_EQ(report->best, whole->best) << "round " << round;
    EXPECT_EQ(report->best_step, whole->best_step);
    EXPECT_EQ(report->history.size(), whole->history.size());
    EXPECT_EQ(report->history.back().train_loss,
              whole->history.back().train_loss);
    EXPECT_EQ(report->eval_loss_before, whole->eval_loss_before);
    EXPECT_EQ(report->tokens, whole->tokens);
  }
}

/// A copy of the files at a random moment is what a killed process leaves.
TEST_F(Finetune, GoesOnFromAnyFilesThatAKillLeaves) {
  dropout = 0.3;
  const auto whole = run();
  ASSERT_TRUE(whole);
  options.save_every = 4;
  files = {folder / "alive", "key"};
  std::filesystem::create_directories(files.folder);
  auto learner = bigram_tuner{};
  learner.dropout = dropout;
  auto copies = std::size_t{0};
  const auto alive = finetune(
    learner, training, evaluation, options,
    [&](const finetune_progress& x, const finetune_report&) {
      const auto copy = folder / std::to_string(x.step);
      std::filesystem::copy(files.folder, copy,
                            std::filesystem::copy_options::recursive);
      ++copies;
      return true;
    },
    files);
  ASSERT_TRUE(alive);
  for (std::size_t step = 1; step <= copies; ++step) {
    files.folder = folder / std::to_string(step);
    auto another = bigram_tuner{};
    another.dropout = dropout;
    const auto report = run(another);
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->best, whole->best) << "killed after step " << step;
    // What was done before the last save is not done again.
    EXPECT_EQ(another.plans.size(), 26 - (step - 1) / 4 * 4) << step;
  }
}

TEST_F(Finetune, BeginsAnewUnderAnotherKeyAndFromDamagedFiles) {
  files = {folder, "key"};
  stop_at = {7};
  ASSERT_FALSE(run());
  ASSERT_TRUE(load_tuning_state(folder / "tuning.state", "key"));
  EXPECT_FALSE(load_tuning_state(folder / "tuning.state", "other"));
  stop_at.clear();
  files.key = "other";
  auto learner = bigram_tuner{};
  ASSERT_TRUE(run(learner));
  EXPECT_EQ(learner.plans.size(), 26u);

  auto bytes = std::string{};
  {
    auto in = std::ifstream{folder / "tuning.state", std::ios::binary};
    bytes.assign(std::istreambuf_iterator<char>{in}, {});
  }
  ASSERT_GT(bytes.size(), 1000u);
  random_stream random{3, "damage"};
  for (auto i = 0; i < 200; ++i) {
    auto damaged = bytes;
    if (i % 2 == 0)
      damaged.resize(random.below(bytes.size()));
    else
      damaged[random.below(bytes.size())]
        ^= static_cast<char>(1 << random.below(8));
    std::ofstream{folder / "damaged", std::ios::binary} << damaged;
    EXPECT_FALSE(load_tuning_state(folder / "damaged", "key"));
  }
}

TEST_F(Finetune, KeepsTheBestAndStopsWhenItGetsNoBetter) {
  // Learns the training examples by heart, which are random: what it has
  // learnt of others is lost on the way.
  training.resize(6);
  options = {};
  options.batch = 6;
  options.accumulation = 1;
  options.epochs = 400;
  options.rate = options.whole_rate = 0.5;
  options.schedule = schedule_kind::constant;
  options.evaluate_every = 1;
  options.patience = 3;
  const auto report = run();
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(report->stopped_early);
  EXPECT_LT(report->steps, 400u);
  EXPECT_EQ(report->steps, report->best_step + 3);
  auto best = std::numeric_limits<double>::infinity();
  for (const auto& x : report->history)
    best = std::min(best, *x.eval_loss);
  EXPECT_EQ(*report->eval_loss, best);
  EXPECT_EQ(report->history[report->best_step - 1].eval_loss, best);
  // What was kept is what was evaluated then.
  auto kept = bigram_tuner{};
  ASSERT_TRUE(kept.restore(report->best));
  auto sum = pass_result{};
  for (const auto& x : evaluation) {
    const auto* one = &x;
    sum += *kept.evaluate(pack({&one, 1}));
  }
  EXPECT_NEAR(sum.loss / static_cast<double>(sum.supervised), best, 1e-9);
}

TEST_F(Finetune, SkipsAndCountsStepsWhoseGradientIsNoNumber) {
  auto learner = bigram_tuner{};
  learner.bad_passes = {4, 11};
  const auto report = run(learner);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->skipped, 2u);
  EXPECT_EQ(learner.plans.size(), report->steps - 2);
  EXPECT_TRUE(report->history[2].skipped);
  EXPECT_TRUE(report->history[5].skipped);
  for (auto x : report->best)
    EXPECT_TRUE(std::isfinite(x));
}

TEST_F(Finetune, FailsIfNoGradientIsANumber) {
  auto learner = bigram_tuner{};
  for (std::uint64_t i = 0; i < 200; ++i)
    learner.bad_passes.insert(i);
  const auto report = run(learner);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, errc::invalid_model);
  EXPECT_NE(report.error().message.find("no step had a finite gradient"),
            std::string::npos);
}

TEST_F(Finetune, FailsIfATensorDoesNotMove) {
  auto learner = bigram_tuner{};
  learner.frozen_head = true;
  const auto report = run(learner);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, errc::invalid_model);
  EXPECT_EQ(report.error().message,
            "'head.weight' was to be trained and has not moved in 4 steps");
}

/// A head of numbers that weight decay moves.
bigram_tuner decaying_tuner() {
  auto learner = bigram_tuner{};
  auto values = *learner.trained();
  auto random = random_stream{5, "head"};
  for (auto i = learner.layout().head->offset; i < values.size(); ++i)
    values[i] = static_cast<float>(random.uniform() - 0.5);
  EXPECT_TRUE(learner.restore(values));
  learner.decay = 0.01;
  return learner;
}

TEST_F(Finetune, FailsIfATensorMovesByWeightDecayAlone) {
  auto learner = decaying_tuner();
  learner.deaf_head = true;
  const auto report = run(learner);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, errc::invalid_model);
  EXPECT_EQ(report.error().message, "'head.weight' was to be trained and has "
                                    "moved by weight decay alone in 4 steps");
  // Neither many steps nor an interruption hide it.
  options.epochs = 40;
  options.evaluate_every = 450;
  files = {folder, "key"};
  stop_at = {300};
  const auto stopped = [&] {
    auto deaf = decaying_tuner();
    deaf.deaf_head = true;
    return run(deaf);
  };
  EXPECT_EQ(stopped().error().code, errc::cancelled);
  stop_at.clear();
  EXPECT_EQ(stopped().error().message,
            "'head.weight' was to be trained and has moved by weight decay "
            "alone in 449 steps");
}

TEST_F(Finetune, SaysWhatWasLearntBesideWeightDecay) {
  auto learner = decaying_tuner();
  const auto report = run(learner);
  ASSERT_TRUE(report) << report.error().message;
  for (const auto& x : report->movements)
    EXPECT_GT(x.learnt, 0) << x.tensor;
  auto layout = trainable_layout{};
  layout.head = {"head", 1, 3, 0};
  const auto before = std::vector<float>{8, 4, -2};
  const auto now = std::vector<float>{4, 5, -1};
  const auto moved = movements_of(layout, before, now, {1, 0.5, 3});
  ASSERT_EQ(moved.size(), 1u);
  EXPECT_DOUBLE_EQ(moved[0].moved, std::sqrt(16.0 + 1 + 1));
  EXPECT_DOUBLE_EQ(moved[0].learnt, 3.0);
}

TEST_F(Finetune, SaysHowFarEachTensorMoved) {
  const auto report = run();
  ASSERT_TRUE(report);
  ASSERT_EQ(report->movements.size(), 3u);
  EXPECT_EQ(report->movements[0].tensor, "toy.lora_A");
  EXPECT_EQ(report->movements[1].tensor, "toy.lora_B");
  EXPECT_EQ(report->movements[2].tensor, "head.weight");
  EXPECT_EQ(report->movements[1].norm, 0.0);
  auto layout = trainable_layout{};
  layout.head = {"head", 1, 2, 1};
  const auto before = std::vector<float>{9, 1, 2};
  const auto now = std::vector<float>{8, 4, 6};
  const auto moved = movements_of(layout, before, now);
  ASSERT_EQ(moved.size(), 1u);
  EXPECT_DOUBLE_EQ(moved[0].moved, 5.0);
  EXPECT_DOUBLE_EQ(moved[0].norm, std::sqrt(5.0));
}

TEST_F(Finetune, ClipsAdaptersAndTheRestApartOrTogether) {
  options.clip = 0.01;
  options.whole_clip = 0.02;
  auto learner = bigram_tuner{};
  const auto apart = run(learner);
  ASSERT_TRUE(apart);
  const auto& norms = apart->history[3].norms;
  EXPECT_DOUBLE_EQ(learner.plans[3].scale, 0.01 / (norms.adapters + 1e-6));
  EXPECT_DOUBLE_EQ(learner.plans[3].whole_scale, 0.02 / (norms.whole + 1e-6));
  EXPECT_DOUBLE_EQ(learner.plans[3].whole_rate, learner.plans[3].rate / 2);

  options.clip_together = true;
  auto other = bigram_tuner{};
  const auto together = run(other);
  ASSERT_TRUE(together);
  const auto& all = together->history[3].norms;
  EXPECT_DOUBLE_EQ(other.plans[3].scale,
                   0.01 / (std::hypot(all.adapters, all.whole) + 1e-6));
  EXPECT_EQ(other.plans[3].whole_scale, other.plans[3].scale);

  options.clip = options.whole_clip = 0;
  options.clip_together = false;
  auto free = bigram_tuner{};
  ASSERT_TRUE(run(free));
  EXPECT_EQ(free.plans[3].scale, 1.0);
}

TEST_F(Finetune, RefusesWhatItCannotTrain) {
  const auto refusal = [&] {
    const auto report = run();
    EXPECT_FALSE(report);
    return report ? std::string{} : report.error().message;
  };
  options.batch = 0;
  EXPECT_EQ(refusal(),
            "batch, accumulation, group and pass-tokens must be positive");
  options.batch = 1;
  options.epochs = 0;
  EXPECT_EQ(refusal(), "epochs must be positive");
  options.epochs = 1;
  options.warmup = 1.5;
  EXPECT_EQ(refusal(), "warmup must be in [0, 1]");
  training.clear();
  EXPECT_EQ(refusal(), "no example to train on");
}

} // namespace
} // namespace aura::model
