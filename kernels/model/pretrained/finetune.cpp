#include "kernels/model/pretrained/finetune.hpp"

#include "kernels/model/pretrained/passes.hpp"
#include "kernels/model/pretrained/standing.hpp"
#include "kernels/model/pretrained/tuning_state.hpp"
#include "kernels/ops/adamw.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace aura::model {

namespace {

/// Steps after which a tensor that has not moved never will: A of an adapter
/// has no gradient before B has moved.
constexpr std::size_t settling = 4;

constexpr auto state_name = "tuning.state";
constexpr auto best_name = "tuning.best";

status check_options(const finetune_options& x, std::size_t examples) {
  if (examples == 0)
    return fault{errc::invalid_option, "no example to train on"};
  if (x.batch == 0 || x.accumulation == 0 || x.group == 0 || x.pass_tokens == 0)
    return fault{errc::invalid_option,
                 "batch, accumulation, group and pass-tokens must be positive"};
  if (!(x.epochs > 0) || x.epochs > 1e6)
    return fault{errc::invalid_option, "epochs must be positive"};
  if (!(x.warmup >= 0 && x.warmup <= 1))
    return fault{errc::invalid_option, "warmup must be in [0, 1]"};
  return ok;
}

pass_limits limits_of(const finetune_options& x) {
  return {x.batch, x.pass_tokens, x.group};
}

/// All steps of a training, laid out beforehand. A part of an epoch is rounded
/// up to whole steps.
std::vector<tuning_window> plan(const std::vector<example>& training,
                                const finetune_options& options) {
  auto result = std::vector<tuning_window>{};
  for (std::size_t epoch = 0; static_cast<double>(epoch) < options.epochs;
       ++epoch) {
    auto windows
      = plan_windows(training, limits_of(options),
                     options.batch * options.accumulation, options.seed, epoch);
    const auto share = options.epochs - static_cast<double>(epoch);
    if (share < 1)
      windows.resize(static_cast<std::size_t>(
        std::ceil(share * static_cast<double>(windows.size()))));
    std::move(windows.begin(), windows.end(), std::back_inserter(result));
    if (options.max_steps > 0 && result.size() >= options.max_steps) {
      result.resize(options.max_steps);
      break;
    }
  }
  return result;
}

step_plan plan_step(const finetune_options& options, const gradient_norms& x,
                    double factor) {
  auto plan = step_plan{factor * options.rate, factor * options.whole_rate,
                        ops::clip_factor(x.adapters, options.clip),
                        ops::clip_factor(x.whole, options.whole_clip)};
  if (options.clip_together)
    plan.scale = plan.whole_scale
      = ops::clip_factor(std::hypot(x.adapters, x.whole), options.clip);
  return plan;
}

/// One fine-tuning under way.
class tuning_run {
public:
  tuning_run(tuner& learner, const std::vector<example>& training,
             const std::vector<example>& evaluation,
             const finetune_options& options, const finetune_watcher& watch,
             const finetune_files& files)
    : learner_{learner}, training_{training},
      evaluation_{evaluation}, options_{options}, watch_{watch}, files_{files} {
  }

  expected<finetune_report> run() {
    windows_ = plan(training_, options_);
    auto before = learner_.trained();
    if (!before)
      return before.error();
    initial_ = std::move(*before);
    report_.parameters = parameters();
    auto done = resume();
    if (!done)
      return done.error();
    earlier_ = report_.seconds;
    // Dropout is drawn from the number of a pass.
    for (std::size_t i = 0; i < *done; ++i)
      passes_ += windows_[i].size();
    if (*done == 0)
      if (auto seen = look_before(); !seen)
        return seen.error();
    for (auto i = *done; i < windows_.size() && !report_.stopped_early; ++i)
      if (auto stepped = advance(i); !stepped)
        return stepped.error();
    if (auto ended = finish(); !ended)
      return ended.error();
    return std::move(report_);
  }

private:
  std::size_t parameters() const {
    auto sum = std::size_t{0};
    for (const auto& x : learner_.layout().adapters)
      sum += x.rank * (x.rows + x.columns);
    for (const auto* x :
         {&learner_.layout().embedding, &learner_.layout().head})
      if (*x)
        sum += (*x)->rows * (*x)->columns;
    return sum;
  }

  double seconds() const {
    return earlier_
           + std::chrono::duration<double>(std::chrono::steady_clock::now()
                                           - begin_)
               .count();
  }

  std::filesystem::path state_file() const {
    return files_.folder / state_name;
  }

  std::filesystem::path best_file() const {
    return files_.folder / best_name;
  }

  /// Takes up what was left, and returns the steps that are done: none if
  /// there is nothing that fits.
  expected<std::size_t> resume() {
    if (files_.folder.empty())
      return std::size_t{0};
    auto state = load_tuning_state(state_file(), files_.key);
    if (!state || state->trained.size() != initial_.size()
        || state->step > windows_.size())
      return std::size_t{0};
    auto found = tuning_standing{};
    found.report.parameters = report_.parameters;
    if (!read_standing(state->counters, found))
      return std::size_t{0};
    if (found.report.best_step > 0) {
      auto best = load_tuning_state(best_file(), files_.key);
      if (!best || best->trained.size() != initial_.size())
        return std::size_t{0};
      found.report.best = std::move(best->trained);
    }
    if (auto done = learner_.restore(state->trained); !done)
      return done.error();
    if (auto done = learner_.restore_optimizer(state->optimizer); !done)
      return done.error();
    standing_ = std::move(found);
    return state->step;
  }

  status save(std::size_t step) {
    auto state
      = tuning_state{files_.key, step, write_standing(standing_), {}, {}};
    auto trained = learner_.trained();
    if (!trained)
      return trained.error();
    state.trained = std::move(*trained);
    auto memory = learner_.optimizer_state();
    if (!memory)
      return memory.error();
    state.optimizer = std::move(*memory);
    return save_tuning_state(state_file(), state);
  }

  expected<pass_result> evaluate() {
    if (evaluation_passes_.empty())
      evaluation_passes_
        = cut_passes(evaluation_, plan_epoch(evaluation_, options_.group, 0, 0),
                     limits_of(options_));
    auto sum = pass_result{};
    for (const auto& pass : evaluation_passes_) {
      auto found = learner_.evaluate(pack_pass(evaluation_, pass));
      if (!found)
        return found.error();
      sum += *found;
    }
    return sum;
  }

  status look_before() {
    if (evaluation_.empty())
      return ok;
    const auto found = evaluate();
    if (!found)
      return found.error();
    report_.eval_loss_before
      = found->loss / static_cast<double>(found->supervised);
    report_.eval_exact_before = static_cast<double>(found->exact)
                                / static_cast<double>(found->examples);
    return ok;
  }

  /// Computes the gradient of one window, and steps if it is finite.
  status step(const tuning_window& window, std::size_t number,
              finetune_progress& now) {
    auto supervised = std::size_t{0};
    for (const auto& pass : window)
      for (auto i : pass.members)
        supervised += training_[i].answer.size();
    const auto weight
      = static_cast<float>(1.0 / static_cast<double>(supervised));
    auto sum = pass_result{};
    for (const auto& pass : window) {
      const auto sequence = pack_pass(training_, pass);
      report_.tokens += sequence.tokens.size();
      report_.examples += pass.members.size();
      auto found = learner_.accumulate(sequence, weight, passes_++);
      if (!found)
        return found.error();
      sum += *found;
    }
    report_.supervised += supervised;
    now.train_loss = sum.loss / static_cast<double>(supervised);
    now.norms = learner_.norms();
    const auto factor = tuning_rate(options_.schedule, options_.warmup, number,
                                    windows_.size());
    now.rate = factor * options_.rate;
    now.whole_rate = factor * options_.whole_rate;
    now.skipped = !now.norms.finite() || !std::isfinite(now.train_loss);
    if (now.skipped) {
      ++report_.skipped;
      learner_.discard();
      return ok;
    }
    const auto decay = learner_.weight_decay();
    standing_.decayed.steps += factor > 0;
    standing_.decayed.adapters *= 1 - now.rate * decay;
    standing_.decayed.whole *= 1 - now.whole_rate * decay;
    return learner_.step(plan_step(options_, now.norms, factor));
  }

  /// One step with all that follows it.
  status advance(std::size_t i) {
    auto now = finetune_progress{};
    now.step = i + 1;
    now.steps = windows_.size();
    if (auto stepped = step(windows_[i], i, now); !stepped)
      return stepped;
    now.epoch = static_cast<double>(report_.examples)
                / static_cast<double>(training_.size());
    const auto last = i + 1 == windows_.size();
    const auto due = last
                     || (options_.evaluate_every > 0
                         && now.step % options_.evaluate_every == 0);
    if (due)
      if (auto seen = look(now, last); !seen)
        return seen;
    now.tokens = report_.tokens;
    now.supervised = report_.supervised;
    now.seconds = report_.seconds = seconds();
    report_.steps = now.step;
    report_.history.push_back(now);
    const auto goes_on = !watch_ || watch_(now, report_);
    const auto ends = last || report_.stopped_early;
    const auto saves
      = !goes_on
        || (options_.save_every > 0 && now.step % options_.save_every == 0);
    if (!files_.folder.empty() && !ends && saves)
      if (auto saved = save(now.step); !saved)
        return saved;
    if (!goes_on && !ends)
      return fault{errc::cancelled, "fine-tuning was cancelled at step "
                                      + std::to_string(now.step)};
    return ok;
  }

  /// Evaluates, keeps what is best, and looks whether everything moves.
  status look(finetune_progress& now, bool last) {
    auto trained = learner_.trained();
    if (!trained)
      return trained.error();
    if (auto moves = check_movement(*trained); !moves)
      return moves;
    auto better = last && report_.best_step == 0;
    if (!evaluation_.empty()) {
      const auto found = evaluate();
      if (!found)
        return found.error();
      now.eval_loss = found->loss / static_cast<double>(found->supervised);
      now.eval_exact = static_cast<double>(found->exact)
                       / static_cast<double>(found->examples);
      better = std::isfinite(*now.eval_loss)
               && (!report_.eval_loss || *now.eval_loss < *report_.eval_loss);
    }
    if (better)
      return keep(now, std::move(*trained));
    if (now.eval_loss) {
      ++standing_.worse;
      report_.stopped_early
        = options_.patience > 0 && standing_.worse >= options_.patience;
    }
    return ok;
  }

  status keep(const finetune_progress& now, std::vector<float> trained) {
    report_.best_step = now.step;
    report_.eval_loss = now.eval_loss;
    report_.eval_exact = now.eval_exact;
    standing_.worse = 0;
    auto best = tuning_state{files_.key, now.step, {}, std::move(trained), {}};
    auto kept = files_.folder.empty() ? status{ok}
                                      : save_tuning_state(best_file(), best);
    report_.best = std::move(best.trained);
    return kept;
  }

  status check_movement(const std::vector<float>& trained) {
    const auto& decayed = standing_.decayed;
    report_.movements
      = movements_of(learner_.layout(), initial_, trained, decayed);
    if (decayed.steps < settling)
      return ok;
    for (const auto& x : report_.movements)
      if (!(x.learnt > 0))
        return fault{errc::invalid_model,
                     "'" + x.tensor + "' was to be trained and "
                       + (x.moved > 0 ? "has moved by weight decay alone in "
                                      : "has not moved in ")
                       + std::to_string(decayed.steps) + " steps"};
    return ok;
  }

  status finish() {
    if (report_.steps > 0 && report_.skipped == report_.steps)
      return fault{errc::invalid_model,
                   "no step had a finite gradient; is the learning rate or the "
                   "model's precision out of range?"};
    if (report_.best.empty())
      return fault{errc::invalid_model,
                   "no evaluation had a finite loss, so that nothing can be "
                   "kept"};
    const auto count = std::max<std::size_t>(1, report_.history.size() / 10);
    auto sum = 0.0;
    for (auto i = report_.history.size() - count; i < report_.history.size();
         ++i)
      sum += report_.history[i].train_loss;
    report_.train_loss = sum / static_cast<double>(count);
    return ok;
  }

  tuner& learner_;
  const std::vector<example>& training_;
  const std::vector<example>& evaluation_;
  const finetune_options& options_;
  const finetune_watcher& watch_;
  const finetune_files& files_;
  std::chrono::steady_clock::time_point begin_
    = std::chrono::steady_clock::now();
  double earlier_ = 0;
  std::vector<tuning_window> windows_;
  tuning_window evaluation_passes_;
  std::vector<float> initial_;
  std::uint64_t passes_ = 0;
  tuning_standing standing_;
  finetune_report& report_ = standing_.report;
};

} // namespace

bool gradient_norms::finite() const {
  return std::isfinite(adapters) && std::isfinite(whole);
}

expected<finetune_report> finetune(tuner& learner,
                                   const std::vector<example>& training,
                                   const std::vector<example>& evaluation,
                                   const finetune_options& options,
                                   const finetune_watcher& watch,
                                   const finetune_files& files) {
  if (auto fits = check_options(options, training.size()); !fits)
    return fits.error();
  return tuning_run{learner, training, evaluation, options, watch, files}.run();
}

void forget(const finetune_files& files) {
  auto failed = std::error_code{};
  for (const auto* name : {state_name, best_name})
    std::filesystem::remove(files.folder / name, failed);
}

} // namespace aura::model
