#include "actors/flow/live.hpp"

#include "actors/flow/console.hpp"
#include "actors/flow/live_numbers.hpp"
#include "kernels/base/json.hpp"

#include <algorithm>

namespace aura::flow {

namespace {

using json = nlohmann::ordered_json;

/// Points of a curve, at most.
constexpr std::size_t most_points = 1200;

void thin_out(std::vector<std::pair<double, double>>& x) {
  if (x.size() < most_points)
    return;
  auto kept = std::size_t{0};
  for (std::size_t i = 0; i < x.size(); i += 2)
    x[kept++] = x[i];
  x.resize(kept);
}

} // namespace

std::string to_text(const totals& x) {
  auto text = duration_text(x.seconds) + " · " + grouped(x.accepted);
  if (x.target > 0)
    text += " of " + grouped(x.target);
  text += " accepted";
  if (x.failed > 0)
    text += " · " + grouped(x.failed) + " failed";
  if (x.tokens)
    text += " · " + grouped(*x.tokens) + " tokens";
  if (x.dollars && *x.dollars > 0)
    text += " · $" + fixed(*x.dollars, "%.4f");
  if (x.seconds_left)
    text += " · " + x.waiting_for + " in " + duration_text(*x.seconds_left);
  if (x.memory_mb > 0)
    text += " · " + fixed(x.memory_mb, "%.0f") + " MB";
  return text;
}

live_state::live_state(std::string name, std::string hash)
  : name_{std::move(name)}, hash_{std::move(hash)} {
}

void live_state::follow(
  std::function<std::map<std::string, std::string>()> sections) {
  const auto guard = std::lock_guard{mutex_};
  sections_ = std::move(sections);
}

void live_state::update(const std::vector<tally>& stages, double seconds,
                        double memory_mb) {
  const auto guard = std::lock_guard{mutex_};
  stages_ = stages;
  if (!begun_ && sum().made > 0)
    begun_ = seconds_;
  seconds_ = seconds;
  memory_mb_ = memory_mb;
  if (++skipped_ < stride_)
    return;
  skipped_ = 0;
  const auto now = sum();
  history_.push_back({seconds, now.made, now.accepted});
  if (history_.size() < most_points)
    return;
  auto kept = std::size_t{0};
  for (std::size_t i = 0; i < history_.size(); i += 2)
    history_[kept++] = history_[i];
  history_.resize(kept);
  stride_ *= 2;
}

void live_state::tell(const note& x) {
  const auto guard = std::lock_guard{mutex_};
  notes_[x.stage] = x;
  auto at = std::optional<double>{};
  for (const auto& [name, value] : x.values) {
    if (name == "step")
      at = value;
    else if (name == "loss" && at)
      loss_.emplace_back(*at, value);
    else if (name == "eval_loss" && at)
      eval_loss_.emplace_back(*at, value);
  }
  thin_out(loss_);
  thin_out(eval_loss_);
}

void live_state::end(const std::string& failure) {
  const auto guard = std::lock_guard{mutex_};
  ended_ = true;
  failure_ = failure;
}

totals live_state::totals() const {
  const auto guard = std::lock_guard{mutex_};
  return sum();
}

// Under the lock.
totals live_state::sum() const {
  auto x = flow::totals{};
  x.seconds = seconds_;
  x.memory_mb = memory_mb_;
  const tally* gate = nullptr;
  for (const auto& stage : stages_) {
    x.made += stage.made;
    x.rejected += stage.rejected_here;
    x.failed += failures_at(stage);
    if (stage.gate)
      gate = &stage;
  }
  x.rejected -= std::min(x.rejected, x.failed);
  if (gate) {
    x.target = gate->target;
    x.accepted = gate->sound;
    // What is under way before the gate took its time, too.
    if (!gate->finished && x.accepted > 0 && x.target > x.accepted && begun_) {
      x.waiting_for = gate->stage;
      x.seconds_left = static_cast<double>(x.target - x.accepted)
                       * (seconds_ - *begun_) / static_cast<double>(x.accepted);
    }
  } else if (!stages_.empty()) {
    x.accepted = stages_.back().sound;
  }
  // A long step tells how far it is. Its stage is the first that is not done.
  for (const auto& stage : stages_) {
    if (stage.finished || x.seconds_left)
      continue;
    const auto found = notes_.find(stage.stage);
    if (found == notes_.end() || found->second.total == 0)
      continue;
    const auto& progress = found->second;
    auto spent = 0.0;
    for (const auto& [name, value] : progress.values)
      if (name == "seconds")
        spent = value;
    if (spent > 0 && progress.done > 0 && progress.done < progress.total) {
      x.waiting_for = stage.stage;
      x.seconds_left = spent
                       * static_cast<double>(progress.total - progress.done)
                       / static_cast<double>(progress.done);
    }
  }
  if (!sections_)
    return x;
  const auto published = sections_();
  if (const auto found = published.find("language_model");
      found != published.end()) {
    const auto model = json::parse(found->second, nullptr, false);
    if (model.is_object()) {
      x.tokens = model.value("prompt_tokens", std::uint64_t{0})
                 + model.value("completion_tokens", std::uint64_t{0});
      x.dollars = model.value("cost_dollars", 0.0);
    }
  }
  return x;
}

std::string live_state::json() const {
  const auto guard = std::lock_guard{mutex_};
  const auto all = sum();
  auto stages = nlohmann::ordered_json::array();
  for (const auto& x : stages_) {
    const auto found = notes_.find(x.stage);
    stages.push_back(
      {{"stage", x.stage},
       {"state", state_of(x)},
       {"in", x.in},
       {"made", x.made},
       {"out", x.out},
       {"held", x.held},
       {"owed_rows", x.owed_rows},
       {"granted_rows", x.granted_rows},
       {"rejected", x.rejected_here},
       {"failed", failures_at(x)},
       {"rows_per_second", rate_of(x)},
       {"note", found == notes_.end() ? "" : found->second.text}});
  }
  auto result = nlohmann::ordered_json{{"run", name_},
                                       {"hash", hash_},
                                       {"ended", ended_},
                                       {"failure", failure_},
                                       {"seconds", all.seconds},
                                       {"made", all.made},
                                       {"accepted", all.accepted},
                                       {"target", all.target},
                                       {"rejected", all.rejected},
                                       {"failed", all.failed},
                                       {"memory_mb", all.memory_mb}};
  if (all.seconds_left)
    result["seconds_left"] = *all.seconds_left;
  if (all.tokens)
    result["tokens"] = *all.tokens;
  if (all.dollars)
    result["dollars"] = *all.dollars;
  result["stages"] = std::move(stages);
  result["loss"] = loss_;
  result["eval_loss"] = eval_loss_;
  return result.dump(-1, ' ', false,
                     nlohmann::ordered_json::error_handler_t::replace)
         + "\n";
}

} // namespace aura::flow
