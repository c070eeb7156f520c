#pragma once

#include "kernels/model/pretrained/finetune.hpp"

#include <string>

namespace aura::model {

/// What an event file of TensorBoard begins with.
std::string tensorboard_header(double wall_time);

/// The curves of one step as TensorBoard shows them: `train/loss`,
/// `train/learning_rate`, `train/grad_norm`, those of embedding and head where
/// they are trained, and after an evaluation `eval/loss`, `eval/exact` and how
/// far the tensors of `movements` are from where they began.
/// `wall_time` is in seconds since 1970.
std::string tensorboard_events(const finetune_progress& x,
                               const std::vector<movement>& movements,
                               double wall_time);

/// What a `trainer_state.json` says beside the history.
struct trainer_state_facts {
  std::size_t batch = 0;
  double epochs = 0;
  std::size_t evaluate_every = 0;
  std::size_t save_every = 0;
  std::size_t patience = 0;
  /// Where the best state is stored.
  std::string best;
  /// Floating-point operations a token, forward and backward.
  double operations_per_token = 0;
};

/// The state of a training in the form of transformers' Trainer, so that what
/// reads the one reads the other.
std::string trainer_state_json(const finetune_report& x,
                               const trainer_state_facts& facts);

} // namespace aura::model
