#include "kernels/base/json.hpp"
#include "kernels/model/pretrained/metrics.hpp"

#include <cmath>

namespace aura::model {

namespace {

using json = nlohmann::ordered_json;

/// Two entries of the log as Trainer writes them: the step, and after an
/// evaluation what it found.
void add_entries(json& log, const finetune_progress& x) {
  auto entry = json{{"epoch", x.epoch},
                    {"grad_norm", std::hypot(x.norms.adapters, x.norms.whole)},
                    {"learning_rate", x.rate},
                    {"loss", x.train_loss},
                    {"step", x.step}};
  if (x.skipped)
    entry["skipped"] = true;
  if (x.norms.whole > 0) {
    entry["grad_norm_whole"] = x.norms.whole;
    entry["learning_rate_whole"] = x.whole_rate;
  }
  log.push_back(std::move(entry));
  if (x.eval_loss)
    log.push_back({{"epoch", x.epoch},
                   {"eval_exact", x.eval_exact.value_or(0)},
                   {"eval_loss", *x.eval_loss},
                   {"step", x.step}});
}

/// Evaluations since the best one.
std::size_t without_improvement(const finetune_report& x) {
  auto count = std::size_t{0};
  for (const auto& point : x.history)
    count += point.eval_loss && point.step > x.best_step;
  return count;
}

} // namespace

std::string trainer_state_json(const finetune_report& x,
                               const trainer_state_facts& facts) {
  auto log = json::array();
  for (const auto& point : x.history)
    add_entries(log, point);
  const auto steps = x.history.empty() ? 0 : x.history.back().steps;
  const auto ended = x.stopped_early || x.steps == steps;
  auto moved = json::object();
  for (const auto& m : x.movements)
    moved[m.tensor] = {{"moved", m.moved}, {"norm", m.norm}};
  return json{{"best_global_step", x.best_step},
              {"best_metric", x.eval_loss ? json(*x.eval_loss) : json()},
              {"best_model_checkpoint", facts.best},
              {"epoch", x.history.empty() ? 0 : x.history.back().epoch},
              {"eval_steps", facts.evaluate_every},
              {"global_step", x.steps},
              {"is_hyper_param_search", false},
              {"is_local_process_zero", true},
              {"is_world_process_zero", true},
              {"log_history", std::move(log)},
              {"logging_steps", 1},
              {"max_steps", steps},
              {"num_input_tokens_seen", x.tokens},
              {"num_train_epochs",
               static_cast<std::size_t>(std::ceil(facts.epochs))},
              {"save_steps", facts.save_every},
              {"stateful_callbacks",
               {{"EarlyStoppingCallback",
                 {{"args",
                   {{"early_stopping_patience", facts.patience},
                    {"early_stopping_threshold", 0.0}}},
                  {"attributes",
                   {{"early_stopping_patience_counter",
                     without_improvement(x)}}}}},
                {"TrainerControl",
                 {{"args",
                   {{"should_epoch_stop", false},
                    {"should_evaluate", false},
                    {"should_log", false},
                    {"should_save", true},
                    {"should_training_stop", ended}}},
                  {"attributes", json::object()}}}}},
              {"total_flos",
               facts.operations_per_token * static_cast<double>(x.tokens)},
              {"train_batch_size", facts.batch},
              {"trial_name", nullptr},
              {"trial_params", nullptr},
              {"skipped_steps", x.skipped},
              {"moved", std::move(moved)}}
           .dump(2)
         + "\n";
}

} // namespace aura::model
