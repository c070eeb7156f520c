#include "actors/stages/train.hpp"

#include "actors/flow/artifact.hpp"
#include "actors/flow/console.hpp"
#include "actors/flow/files.hpp"
#include "actors/stages/domain.hpp"
#include "actors/stages/parallel.hpp"
#include "kernels/model/example.hpp"
#include "kernels/text/prompt.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <cmath>
#include <cstdio>

namespace aura::stages {

namespace {

using json = nlohmann::ordered_json;

model::train_options recipe_of(const train_options& options,
                               std::uint64_t seed) {
  auto recipe = options.recipe;
  recipe.seed = seed;
  recipe.optimizer.kind = options.optimizer == "adamw"
                            ? model::optimizer_kind::adamw
                            : model::optimizer_kind::muon;
  recipe.schedule
    = options.schedule == "constant" ? model::schedule_kind::constant
      : options.schedule == "cosine" ? model::schedule_kind::cosine
                                     : model::schedule_kind::linear;
  return recipe;
}

/// The rows of one split as examples, in the order of their ids.
std::vector<model::example> examples_of(const batch& x, const char* split,
                                        std::size_t threads) {
  auto rows = std::vector<const sample*>{};
  for (const auto& row : x.samples)
    if (row.split == split)
      rows.push_back(&row);
  auto result = std::vector<model::example>(rows.size());
  const auto& context = *x.context;
  parallel_for(rows.size(), threads, [&](std::size_t i) {
    const auto prompt = text::render_prompt(*context.schema, rows[i]->tables,
                                            rows[i]->question);
    result[i]
      = model::make_example(*context.vocabulary, prompt, rows[i]->query);
  });
  return result;
}

std::string progress_text(const model::train_progress& x) {
  auto buffer = std::array<char, 160>{};
  std::snprintf(
    buffer.data(), buffer.size(),
    "step %zu of %zu, loss %.4f, %.0f tokens/s, %s left", x.step, x.steps,
    x.train_loss, x.tokens_per_second,
    flow::duration_text(x.step == 0 ? 0
                                    : x.seconds / static_cast<double>(x.step)
                                        * static_cast<double>(x.steps - x.step))
      .c_str());
  return buffer.data();
}

json to_json(const model::train_report& x) {
  auto curve = json::array();
  for (const auto& point : x.curve) {
    auto entry = json{{"step", point.step},
                      {"train_loss", point.train_loss},
                      {"learning_rate", point.learning_rate}};
    if (point.eval_loss)
      entry["eval_loss"] = *point.eval_loss;
    if (point.eval_exact)
      entry["eval_exact"] = *point.eval_exact;
    curve.push_back(std::move(entry));
  }
  return {{"train_loss", x.train_loss},
          {"eval_loss", x.eval_loss},
          {"eval_exact", x.eval_exact},
          {"steps", x.steps},
          {"best_step", x.best_step},
          {"tokens_per_second", std::round(x.tokens_per_second)},
          {"tokens", x.tokens},
          {"examples", x.examples},
          {"parameters", x.parameters},
          {"skipped_steps", x.skipped},
          {"stopped_early", x.stopped_early},
          {"seconds", x.seconds},
          {"curve", std::move(curve)}};
}

status work(batch& x, const train_options& options,
            const flow::environment& at) {
  if (at.directory.empty())
    return fault{errc::invalid_option, "training needs a run folder"};
  const auto folder = at.directory / "model";
  const auto record = folder / "training.json";
  auto result = std::make_shared<domain>(*x.context);
  result->model = folder.string();
  result->model_key = sha256_hex(at.run_hash + result->dataset_hash);
  const auto weights = folder / "model.safetensors";
  auto failed = std::error_code{};
  if (!at.fresh && std::filesystem::exists(weights, failed))
    if (auto before = flow::load_artifact(record, result->model_key)) {
      for (const auto& [name, text] : before->sections)
        at.publish(name, text);
      at.tell({at.stage, "was trained before", 1, 1});
      x.context = std::move(result);
      return ok;
    }
  if (auto made = flow::make_folder(folder); !made)
    return made;

  const auto threads = options.recipe.threads;
  const auto training = examples_of(x, "train", threads);
  const auto evaluation = examples_of(x, "eval", threads);
  auto report = model::train(
    training, evaluation, *result->vocabulary, recipe_of(options, at.seed),
    folder, [&](const model::train_progress& now) {
      if (now.step % 10 == 0 || now.step == now.steps)
        at.tell({at.stage, progress_text(now), now.step, now.steps});
      return !at.stop.stop_requested();
    });
  if (!report)
    return report.error();
  const auto section = to_json(*report).dump();
  at.publish("training", section);
  if (auto saved = flow::save_artifact(
        record, {result->model_key, {{"training", section}}});
      !saved)
    return saved;
  x.context = std::move(result);
  return ok;
}

} // namespace

status check(const train_options& options) {
  return model::check(options.recipe.shape);
}

std::string plan_of(const train_options& options) {
  const auto& shape = options.recipe.shape;
  return std::to_string(shape.layers) + " layers of width "
         + std::to_string(shape.hidden) + ", "
         + std::to_string(options.recipe.threads) + " threads";
}

expected<flow::stage_spec> make_stage(const train_options& options,
                                      const flow::environment& at) {
  return flow::collect_stage(at,
                             [=](batch& x) { return work(x, options, at); });
}

} // namespace aura::stages
