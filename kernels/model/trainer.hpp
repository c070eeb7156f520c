#pragma once

#include "kernels/base/expected.hpp"
#include "kernels/model/engine.hpp"
#include "kernels/model/example.hpp"
#include "kernels/model/optimizer.hpp"
#include "kernels/model/shape.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace aura::model {

/// How the learning rate falls after warm-up.
enum class schedule_kind : std::uint8_t { linear, cosine, constant };

/// How a decoder is trained. The defaults are the recipe that the embedded
/// pipeline uses.
struct train_options {
  /// `vocabulary` and `positions` are set from the data.
  decoder_shape shape;
  optimizer_options optimizer;
  /// What computes gradients, and where; the optimiser runs on the CPU.
  engine_kind engine = engine_kind::fused;
  std::string device = "cpu";
  schedule_kind schedule = schedule_kind::linear;
  /// Share of the steps over which the learning rate rises from 0.
  double warmup = 0.05;
  /// Learning rate at the end, as a share of its top.
  double final_rate = 0.01;
  /// How often the training data is gone through; fractions count.
  double epochs = 1;
  /// At most so many examples are presented, whatever the epochs; 0: no limit.
  std::size_t max_examples = 0;
  /// Examples of one step, about: groups are not cut.
  std::size_t batch = 128;
  /// Examples that share one context in one sequence, at most.
  std::size_t group = 16;
  /// Gradients of a step are computed in so many shares and added in a fixed
  /// order: the result depends on this, never on `threads`.
  std::size_t shards = 2;
  std::size_t threads = 2;
  /// Steps between evaluations; 0 evaluates at the end only.
  std::size_t evaluate_every = 500;
  /// Evaluations without improvement after which training stops; 0: never.
  std::size_t patience = 0;
  std::uint64_t seed = 1;
};

/// The state of a training after one step.
struct train_progress {
  std::size_t step = 0;
  /// Steps planned in all.
  std::size_t steps = 0;
  double epoch = 0;
  /// Mean loss a supervised token of this step, in nats.
  double train_loss = 0;
  /// Where this step was followed by an evaluation.
  std::optional<double> eval_loss;
  /// Share of evaluation answers that greedy decoding would get word for word.
  std::optional<double> eval_exact;
  /// Tokens computed so far, a shared context counted once.
  std::size_t tokens = 0;
  double tokens_per_second = 0;
  double learning_rate = 0;
  double gradient_norm = 0;
  /// Wall time since training began.
  double seconds = 0;
};

struct train_report {
  std::size_t steps = 0;
  /// Steps left out because a gradient was not finite.
  std::size_t skipped = 0;
  std::size_t tokens = 0;
  std::size_t examples = 0;
  std::size_t parameters = 0;
  /// The step of the checkpoint that was kept.
  std::size_t best_step = 0;
  /// Mean over the last hundredth of the steps, or the last step.
  double train_loss = 0;
  /// Of the checkpoint that was kept.
  double eval_loss = 0;
  double eval_exact = 0;
  double seconds = 0;
  double tokens_per_second = 0;
  bool stopped_early = false;
  /// At most a thousand points, every evaluation among them.
  std::vector<train_progress> curve;
};

/// Where a training leaves what it needs to go on after an interruption.
struct resume_point {
  /// Empty: nowhere, every training begins anew.
  std::filesystem::path file;
  /// Stands for everything that the training depends on: data, recipe, program.
  /// What was left under another key is not used.
  std::string key;
  /// Steps after which it is written, and when the training is cancelled.
  std::size_t every = 100;
};

/// Trains a decoder from scratch and leaves the checkpoint of the lowest
/// evaluation loss in `folder`: config.json, model.safetensors, tokenizer.json.
/// Without evaluation examples the last state is kept.
///
/// With `resume` it goes on where an earlier call was interrupted, and the
/// result is the same to the bit as if it had not been. The file is removed at
/// the end.
///
/// Deterministic but for the seconds: same arguments on the same processor,
/// same bytes. Calls `on_progress` after every step, from this thread; once it
/// returns false, training ends with `cancelled`. Refuses with `invalid_option`
/// what cannot be trained, an example without an answer included.
expected<train_report>
train(const std::vector<example>& training,
      const std::vector<example>& evaluation, const text::bpe& vocabulary,
      const train_options& options, const std::filesystem::path& folder,
      const std::function<bool(const train_progress&)>& on_progress,
      const resume_point& resume = {});

/// The share of its top that the learning rate has at `step` of `steps`, both
/// counted from 1.
double rate_factor(const train_options& options, std::size_t step,
                   std::size_t steps);

} // namespace aura::model
