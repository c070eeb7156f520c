#include "kernels/model/trainer.hpp"

#include "kernels/model/checkpoint.hpp"
#include "kernels/model/decoder.hpp"
#include "tests/kernels/model/samples.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <limits>
#include <sstream>

namespace aura::model {
namespace {

std::string read(const std::filesystem::path& file) {
  std::ifstream in{file, std::ios::binary};
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

/// Answers that repeat the question backwards.
std::vector<example> reversals(std::size_t count, std::uint64_t seed) {
  std::vector<example> result;
  for (std::size_t i = 0; i < count; ++i) {
    random_stream random{seed, "reversal", i};
    example x;
    x.context = {1, static_cast<std::int32_t>(10 + random.below(4))};
    const auto a = static_cast<std::int32_t>(20 + random.below(8));
    const auto b = static_cast<std::int32_t>(20 + random.below(8));
    x.question = {a, b, 2};
    x.answer = {b, a, 3};
    result.push_back(x);
  }
  return result;
}

class Train : public testing::Test {
protected:
  void SetUp() override {
    folder = std::filesystem::path{testing::TempDir()}
             / testing::UnitTest::GetInstance()->current_test_info()->name();
    options.shape = small_shape();
    options.batch = 32;
    options.group = 4;
    options.evaluate_every = 10;
    options.optimizer.rate = 1e-2;
  }

  void TearDown() override {
    std::filesystem::remove_all(folder);
  }

  expected<train_report> run(const std::string& name = "model") {
    return train(
      training, evaluation, vocabulary, options, folder / name,
      [&](const train_progress& x) {
        progress.push_back(x);
        return progress.size() < stop_after;
      },
      resume);
  }

  std::string refusal() {
    const auto report = run();
    EXPECT_FALSE(report);
    EXPECT_EQ(report.error().code, errc::invalid_option);
    return report.error().message;
  }

  std::filesystem::path folder;
  train_options options;
  std::vector<example> training = reversals(640, 1);
  std::vector<example> evaluation = reversals(50, 2);
  text::bpe vocabulary = *text::bpe::train({" some words"}, 320);
  std::vector<train_progress> progress;
  resume_point resume;
  std::size_t stop_after = std::numeric_limits<std::size_t>::max();
};

TEST_F(Train, LearnsToReverse) {
  options.epochs = 3;
  const auto report = run();
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_GT(report->eval_exact, 0.9);
  EXPECT_LT(report->eval_loss, 0.3);
  EXPECT_EQ(report->steps, 60u);
  EXPECT_EQ(report->examples, 3 * 640u);
  EXPECT_EQ(report->skipped, 0u);
  EXPECT_GT(progress.front().train_loss, 4);
}

TEST_F(Train, LeavesTheBestCheckpoint) {
  const auto report = run();
  ASSERT_TRUE(report);
  const auto kept = load_checkpoint(folder / "model");
  ASSERT_TRUE(kept) << kept.error().message;
  EXPECT_EQ(*text::bpe::load(folder / "model" / "tokenizer.json"), vocabulary);
  decoder judge{kept->shape};
  pass_result found;
  for (const auto& x : evaluation) {
    const std::vector<const example*> one{&x};
    found += judge.evaluate(kept->parameters, pack(one));
  }
  EXPECT_NEAR(found.loss / static_cast<double>(found.supervised),
              report->eval_loss, 1e-4);
  auto lowest = std::numeric_limits<double>::infinity();
  for (const auto& x : progress)
    lowest = std::min(lowest, x.eval_loss.value_or(lowest));
  EXPECT_EQ(report->eval_loss, lowest);
}

TEST_F(Train, GivesTheSameBytesOnAnyNumberOfThreads) {
  options.epochs = 0.5;
  for (std::size_t threads : {1, 2, 3}) {
    options.threads = threads;
    ASSERT_TRUE(run(std::to_string(threads)));
  }
  const auto first = read(folder / "1" / "model.safetensors");
  EXPECT_FALSE(first.empty());
  EXPECT_EQ(first, read(folder / "2" / "model.safetensors"));
  EXPECT_EQ(first, read(folder / "3" / "model.safetensors"));
  options.seed = 2;
  ASSERT_TRUE(run("other"));
  EXPECT_NE(first, read(folder / "other" / "model.safetensors"));
}

TEST_F(Train, WeighsTokensAlikeHoweverTheyAreGrouped) {
  options.epochs = 0.05;
  ASSERT_TRUE(run());
  const auto together = progress.front();
  for (std::size_t shards : {1, 4}) {
    progress.clear();
    options.shards = shards;
    ASSERT_TRUE(run());
    EXPECT_NEAR(progress.front().train_loss, together.train_loss, 1e-5);
    EXPECT_NEAR(progress.front().gradient_norm, together.gradient_norm, 1e-4);
  }
}

TEST_F(Train, RunsOnLibtorchAlike) {
  options.epochs = 0.2;
  ASSERT_TRUE(run());
  const auto fused = progress;
  progress.clear();
  options.engine = engine_kind::libtorch;
  const auto report = run();
  ASSERT_TRUE(report) << report.error().message;
  ASSERT_EQ(progress.size(), fused.size());
  for (std::size_t i = 0; i < fused.size(); ++i)
    EXPECT_NEAR(progress[i].train_loss, fused[i].train_loss, 1e-2) << i;
}

TEST_F(Train, EndsWhenToldTo) {
  stop_after = 3;
  const auto report = run();
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, errc::cancelled);
  EXPECT_EQ(report.error().message, "training was cancelled at step 3");
}

// Steps of evaluations, of saved states and of neither are all interrupted.
TEST_F(Train, GoesOnToTheBitAfterInterruptions) {
  options.epochs = 2;
  const auto whole = run("whole");
  ASSERT_TRUE(whole);
  resume = {folder / "training.state", "key", 7};
  for (const auto stop : {1u, 6u, 3u, 1u, 9u, 10u}) {
    progress.clear();
    stop_after = stop;
    const auto cut = run("cut");
    ASSERT_FALSE(cut);
    EXPECT_EQ(cut.error().code, errc::cancelled);
    EXPECT_TRUE(std::filesystem::exists(resume.file));
  }
  EXPECT_EQ(progress.front().step, 21u);
  // Killed without a word: the last state that was saved by itself counts.
  const auto state = read(resume.file);
  progress.clear();
  stop_after = 3;
  ASSERT_FALSE(run("cut"));
  std::ofstream{resume.file, std::ios::binary} << state;
  progress.clear();
  stop_after = std::numeric_limits<std::size_t>::max();
  const auto rest = run("cut");
  ASSERT_TRUE(rest) << rest.error().message;
  EXPECT_EQ(progress.front().step, 31u);
  EXPECT_EQ(read(folder / "cut" / "model.safetensors"),
            read(folder / "whole" / "model.safetensors"));
  EXPECT_EQ(rest->eval_loss, whole->eval_loss);
  EXPECT_EQ(rest->train_loss, whole->train_loss);
  EXPECT_EQ(rest->tokens, whole->tokens);
  EXPECT_EQ(rest->examples, whole->examples);
  EXPECT_EQ(rest->best_step, whole->best_step);
  ASSERT_EQ(rest->curve.size(), whole->curve.size());
  for (std::size_t i = 0; i < whole->curve.size(); ++i) {
    EXPECT_EQ(rest->curve[i].step, whole->curve[i].step);
    EXPECT_EQ(rest->curve[i].train_loss, whole->curve[i].train_loss);
    EXPECT_EQ(rest->curve[i].eval_loss, whole->curve[i].eval_loss);
  }
  EXPECT_FALSE(std::filesystem::exists(resume.file));
}

TEST_F(Train, BeginsAnewWithAStateOfSomethingElse) {
  options.epochs = 0.5;
  const auto whole = run("whole");
  ASSERT_TRUE(whole);
  resume = {folder / "training.state", "key", 2};
  const auto cut = [&] {
    progress.clear();
    stop_after = 5;
    ASSERT_FALSE(run("cut"));
    progress.clear();
    stop_after = std::numeric_limits<std::size_t>::max();
  };
  cut();
  resume.key = "another";
  ASSERT_TRUE(run("cut"));
  EXPECT_EQ(progress.front().step, 1u);
  cut();
  auto damaged = read(resume.file);
  damaged[damaged.size() / 2]
    = static_cast<char>(damaged[damaged.size() / 2] ^ 1);
  std::ofstream{resume.file, std::ios::binary} << damaged;
  ASSERT_TRUE(run("cut"));
  EXPECT_EQ(progress.front().step, 1u);
  EXPECT_EQ(read(folder / "cut" / "model.safetensors"),
            read(folder / "whole" / "model.safetensors"));
}

TEST_F(Train, StopsEarlyWithoutImprovement) {
  options.optimizer.rate = 0;
  options.optimizer.matrix_rate = 0;
  options.evaluate_every = 2;
  options.patience = 2;
  const auto report = run();
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->stopped_early);
  EXPECT_EQ(report->steps, 6u);
  EXPECT_EQ(report->best_step, 2u);
}

TEST_F(Train, KeepsTheLastStateWithoutEvaluation) {
  evaluation.clear();
  options.epochs = 0.2;
  const auto report = run();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->best_step, report->steps);
  EXPECT_TRUE(load_checkpoint(folder / "model"));
}

TEST_F(Train, LimitsTheExamples) {
  options.max_examples = 100;
  const auto report = run();
  ASSERT_TRUE(report);
  EXPECT_GE(report->examples, 100u);
  EXPECT_LT(report->examples, 100 + options.batch);
}

TEST_F(Train, RefusesWhatCannotBeTrained) {
  options.batch = 0;
  EXPECT_EQ(refusal(), "batch, group, shards and threads must be positive");
  options.batch = 8;
  options.epochs = 0;
  EXPECT_EQ(refusal(), "epochs must be positive");
  options.epochs = 1;
  options.warmup = 1;
  EXPECT_EQ(refusal(), "warmup must be in [0, 1)");
  options.warmup = 0;
  options.shape.hidden = 40;
  EXPECT_EQ(refusal(), "hidden must be a positive multiple of 16, found 40");
  options.shape = small_shape();
  training[7].answer.clear();
  EXPECT_EQ(refusal(), "training example 7 has no question or no answer");
  training[7].answer = {5000};
  EXPECT_EQ(refusal(), "training example 7 has a token outside the vocabulary");
  training.clear();
  EXPECT_EQ(refusal(), "no example to train on");
}

TEST(RateFactor, RisesThenFalls) {
  train_options x;
  x.warmup = 0.1;
  x.final_rate = 0.01;
  EXPECT_DOUBLE_EQ(rate_factor(x, 1, 100), 0.1);
  EXPECT_DOUBLE_EQ(rate_factor(x, 10, 100), 1);
  EXPECT_DOUBLE_EQ(rate_factor(x, 55, 100), 0.505);
  EXPECT_DOUBLE_EQ(rate_factor(x, 100, 100), 0.01);
  x.schedule = schedule_kind::cosine;
  EXPECT_DOUBLE_EQ(rate_factor(x, 55, 100), 0.505);
  EXPECT_GT(rate_factor(x, 20, 100), 0.95);
  EXPECT_DOUBLE_EQ(rate_factor(x, 100, 100), 0.01);
  x.schedule = schedule_kind::constant;
  EXPECT_DOUBLE_EQ(rate_factor(x, 100, 100), 1);
}

} // namespace
} // namespace aura::model
