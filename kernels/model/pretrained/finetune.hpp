#pragma once

#include "kernels/base/expected.hpp"
#include "kernels/model/example.hpp"
#include "kernels/model/pretrained/movement.hpp"
#include "kernels/model/pretrained/schedule.hpp"
#include "kernels/model/pretrained/tuner.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace aura::model {

/// How a pretrained decoder is fine-tuned.
struct finetune_options {
  /// Examples of one pass at most, and passes of one step: `batch` times
  /// `accumulation` examples move the decoder once.
  std::size_t batch = 16;
  std::size_t accumulation = 2;
  /// Tokens of one pass, at most; a longer example has a pass of its own.
  std::size_t pass_tokens = 8192;
  /// Examples that share one context in one pass, at most; 1 shares none:
  /// examples then lie side by side, each with a context of its own.
  std::size_t group = 1;
  double epochs = 3;
  /// Steps at most, whatever the epochs; 0: no limit.
  std::size_t max_steps = 0;
  /// Learning rate at the top of the schedule, of adapters, and of embedding
  /// and head.
  double rate = 1e-4;
  double whole_rate = 1e-5;
  schedule_kind schedule = schedule_kind::cosine;
  /// Share of the steps over which the learning rate rises from 0.
  double warmup = 0.1;
  /// Gradients are scaled down to these norms; 0 leaves them as they are.
  double clip = 1;
  double whole_clip = 1;
  /// Clips all gradients by their common norm to `clip`, as other trainers do.
  bool clip_together = false;
  /// Steps between evaluations; 0 evaluates at the end only.
  std::size_t evaluate_every = 50;
  /// Evaluations without improvement after which training stops; 0: never.
  std::size_t patience = 3;
  /// Steps after which what an interrupted training needs is written, besides
  /// when it is interrupted; 0: only then.
  std::size_t save_every = 50;
  std::uint64_t seed = 1;
};

/// The state of a fine-tuning after one step.
struct finetune_progress {
  std::size_t step = 0;
  std::size_t steps = 0;
  double epoch = 0;
  /// Mean loss a supervised token of this step, in nats.
  double train_loss = 0;
  /// Where this step was followed by an evaluation.
  std::optional<double> eval_loss;
  /// Share of evaluation answers that greedy decoding would get word for word.
  std::optional<double> eval_exact;
  double rate = 0;
  double whole_rate = 0;
  /// Before clipping.
  gradient_norms norms;
  /// The gradient was not finite, and nothing moved.
  bool skipped = false;
  /// Tokens computed so far, a shared context counted once, and those that
  /// were supervised.
  std::size_t tokens = 0;
  std::size_t supervised = 0;
  /// Wall time since training began.
  double seconds = 0;
};

struct finetune_report {
  std::size_t steps = 0;
  /// Steps left out because a gradient was not finite.
  std::size_t skipped = 0;
  std::size_t tokens = 0;
  std::size_t supervised = 0;
  std::size_t examples = 0;
  /// Trained numbers.
  std::size_t parameters = 0;
  /// Of the evaluation examples before the first step.
  std::optional<double> eval_loss_before;
  std::optional<double> eval_exact_before;
  /// The step whose numbers were kept, and what it scored.
  std::size_t best_step = 0;
  std::optional<double> eval_loss;
  std::optional<double> eval_exact;
  /// Mean over the last tenth of the steps.
  double train_loss = 0;
  double seconds = 0;
  bool stopped_early = false;
  /// Of the last state; a row for every trained tensor.
  std::vector<movement> movements;
  /// Every step.
  std::vector<finetune_progress> history;
  /// What was trained, of the best evaluation, else of the last step.
  std::vector<float> best;
};

/// Where a fine-tuning leaves what it needs to go on after an interruption.
struct finetune_files {
  /// Empty: nowhere, every training begins anew.
  std::filesystem::path folder;
  /// Stands for everything that the training depends on: data, recipe, program.
  /// What was left under another key is not used.
  std::string key;
};

/// Sees the training after every step; false ends it with `cancelled`.
using finetune_watcher
  = std::function<bool(const finetune_progress&, const finetune_report&)>;

/// Trains what `learner` trains on `training`, watches it on `evaluation`, and
/// returns the numbers of the best evaluation. The loss of a step is the mean
/// over its supervised tokens, however they lie in passes.
///
/// With `files` it goes on where an earlier call was interrupted, and the
/// result is the same to the bit as if it had not been. Call forget() once the
/// result is stored elsewhere.
///
/// Fails with `invalid_option` if there is nothing to train on, with
/// `invalid_model` if a tensor that was to be trained has not moved after four
/// steps, or by weight decay alone, or if no gradient or no evaluation was
/// finite.
///
/// Deterministic but for the seconds. @pre `learner` is new, and every example
/// has a question and an answer of known tokens
expected<finetune_report> finetune(tuner& learner,
                                   const std::vector<example>& training,
                                   const std::vector<example>& evaluation,
                                   const finetune_options& options,
                                   const finetune_watcher& watch = {},
                                   const finetune_files& files = {});

/// Removes what an interrupted training would need.
void forget(const finetune_files& files);

} // namespace aura::model
