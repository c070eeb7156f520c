#pragma once

#include "actors/flow/step.hpp"
#include "kernels/model/pretrained/metrics.hpp"

#include <nlohmann/json_fwd.hpp>

#include <filesystem>
#include <fstream>

namespace aura::stages {

/// Writes down a fine-tuning while it goes on: `tensorboard/` in the run
/// folder, `trainer_state.json` in the model's, and news for whoever watches.
class tuning_log {
public:
  tuning_log(const flow::environment& at, std::filesystem::path model,
             model::trainer_state_facts facts);

  /// After every step. The first time it also writes what came before: an
  /// interrupted training has one file of events with every step once.
  void add(const model::finetune_progress& now,
           const model::finetune_report& report);

  /// Fails with `io_error` or `disk_full`.
  status save_state(const model::finetune_report& report) const;

private:
  void write(const std::string& bytes);

  const flow::environment& at_;
  std::filesystem::path model_;
  model::trainer_state_facts facts_;
  std::ofstream events_;
};

/// The section `training` of the report.
nlohmann::ordered_json training_section(const model::finetune_report& x);

/// The section `moved`: how far the tensors of each kind are from where they
/// began, `self_attn.q_proj.lora_A` of all layers together.
nlohmann::ordered_json moved_section(const model::finetune_report& x);

} // namespace aura::stages
