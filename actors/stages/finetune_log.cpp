#include "actors/stages/finetune_log.hpp"

#include "actors/flow/console.hpp"
#include "actors/flow/files.hpp"
#include "kernels/base/json.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <map>
#include <vector>

namespace aura::stages {

namespace {

using json = nlohmann::ordered_json;

/// Points of a curve in the report, about.
constexpr std::size_t most_points = 500;

double wall_clock() {
  return std::chrono::duration<double>(
           std::chrono::system_clock::now().time_since_epoch())
    .count();
}

std::string progress_text(const model::finetune_progress& x) {
  const auto left = x.step == 0 ? 0
                                : x.seconds / static_cast<double>(x.step)
                                    * static_cast<double>(x.steps - x.step);
  auto buffer = std::array<char, 200>{};
  std::snprintf(buffer.data(), buffer.size(),
                "step %zu of %zu, loss %.4f, gradient %.3g%s, %.0f tokens/s, "
                "%s left",
                x.step, x.steps, x.train_loss,
                std::hypot(x.norms.adapters, x.norms.whole),
                x.skipped ? ", skipped" : "",
                static_cast<double>(x.tokens) / std::max(x.seconds, 1e-9),
                flow::duration_text(left).c_str());
  auto text = std::string{buffer.data()};
  if (x.eval_loss) {
    std::snprintf(buffer.data(), buffer.size(), ", evaluation loss %.4f",
                  *x.eval_loss);
    text += buffer.data();
  }
  return text;
}

/// `model.layers.7.self_attn.q_proj.lora_A` → `self_attn.q_proj.lora_A`
std::string kind_of(const std::string& tensor) {
  constexpr auto layers = std::string_view{"layers."};
  const auto found = tensor.find(layers);
  if (found == std::string::npos)
    return tensor;
  const auto dot = tensor.find('.', found + layers.size());
  return dot == std::string::npos ? tensor : tensor.substr(dot + 1);
}

} // namespace

tuning_log::tuning_log(const flow::environment& at, std::filesystem::path model,
                       model::trainer_state_facts facts)
  : at_{at}, model_{std::move(model)}, facts_{std::move(facts)} {
}

void tuning_log::write(const std::string& bytes) {
  events_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

void tuning_log::add(const model::finetune_progress& now,
                     const model::finetune_report& report) {
  const auto clock = wall_clock();
  if (!events_.is_open()) {
    const auto folder = at_.directory / "tensorboard";
    auto failed = std::error_code{};
    std::filesystem::create_directories(folder, failed);
    events_.open(folder / "events.out.tfevents.0.aura",
                 std::ios::binary | std::ios::trunc);
    write(model::tensorboard_header(clock - now.seconds));
    for (const auto& point : report.history)
      if (point.step < now.step)
        write(model::tensorboard_events(point, {},
                                        clock - now.seconds + point.seconds));
    if (now.step > 1)
      at_.tell({at_.stage, "goes on after step " + std::to_string(now.step - 1),
                now.step - 1, now.steps});
  }
  write(model::tensorboard_events(now, report.movements, clock));
  events_.flush();
  auto news
    = flow::note{at_.stage, progress_text(now), now.step, now.steps, {}};
  news.values = {{"step", static_cast<double>(now.step)},
                 {"loss", now.train_loss},
                 {"learning_rate", now.rate},
                 {"seconds", now.seconds},
                 {"tokens_per_second", static_cast<double>(now.tokens)
                                         / std::max(now.seconds, 1e-9)}};
  if (now.eval_loss)
    news.values.emplace_back("eval_loss", *now.eval_loss);
  at_.tell(std::move(news));
}

status tuning_log::save_state(const model::finetune_report& report) const {
  return flow::write_file(model_ / "trainer_state.json",
                          model::trainer_state_json(report, facts_));
}

json training_section(const model::finetune_report& x) {
  auto curve = json::array();
  const auto every = std::max<std::size_t>(1, x.history.size() / most_points);
  for (const auto& point : x.history) {
    if (!point.eval_loss && point.step % every != 0 && point.step > 1)
      continue;
    auto entry = json{{"step", point.step},
                      {"train_loss", point.train_loss},
                      {"learning_rate", point.rate},
                      {"gradient_norm", point.norms.adapters}};
    if (point.norms.whole > 0) {
      entry["whole_gradient_norm"] = point.norms.whole;
      entry["whole_learning_rate"] = point.whole_rate;
    }
    if (point.eval_loss)
      entry["eval_loss"] = *point.eval_loss;
    if (point.eval_exact)
      entry["eval_exact"] = *point.eval_exact;
    curve.push_back(std::move(entry));
  }
  auto result = json{{"train_loss", x.train_loss}};
  const auto add = [&](const char* name, const std::optional<double>& value) {
    if (value)
      result[name] = *value;
  };
  add("eval_loss_before", x.eval_loss_before);
  add("eval_loss", x.eval_loss);
  add("eval_exact_before", x.eval_exact_before);
  add("eval_exact", x.eval_exact);
  result.update({{"steps", x.steps},
                 {"best_step", x.best_step},
                 {"tokens_per_second", std::round(static_cast<double>(x.tokens)
                                                  / std::max(x.seconds, 1e-9))},
                 {"tokens", x.tokens},
                 {"supervised_tokens", x.supervised},
                 {"examples", x.examples},
                 {"parameters", x.parameters},
                 {"skipped_steps", x.skipped},
                 {"stopped_early", x.stopped_early},
                 {"seconds", x.seconds},
                 {"curve", std::move(curve)}});
  return result;
}

json moved_section(const model::finetune_report& x) {
  struct extent {
    std::size_t tensors = 0;
    double least = 0;
    double most = 0;
    double squares = 0;
  };
  auto order = std::vector<std::string>{};
  auto extents = std::map<std::string, extent>{};
  for (const auto& m : x.movements) {
    const auto kind = kind_of(m.tensor);
    auto& e = extents[kind];
    if (e.tensors++ == 0) {
      order.push_back(kind);
      e.least = m.moved;
    }
    e.least = std::min(e.least, m.moved);
    e.most = std::max(e.most, m.moved);
    e.squares += m.moved * m.moved;
  }
  auto result = json::object();
  for (const auto& kind : order) {
    const auto& e = extents[kind];
    result[kind] = {{"tensors", e.tensors},
                    {"least", e.least},
                    {"most", e.most},
                    {"together", std::sqrt(e.squares)}};
  }
  return result;
}

} // namespace aura::stages
