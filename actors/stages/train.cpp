#include "actors/stages/train.hpp"

#include "actors/flow/artifact.hpp"
#include "actors/flow/console.hpp"
#include "actors/flow/files.hpp"
#include "actors/flow/options.hpp"
#include "actors/flow/row_store.hpp"
#include "actors/stages/domain.hpp"
#include "actors/stages/parallel.hpp"
#include "actors/stages/training.hpp"
#include "kernels/base/json.hpp"
#include "kernels/model/example.hpp"
#include "kernels/text/prompt.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <map>
#include <utility>

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
  recipe.schedule = schedule_of(options.schedule);
  return recipe;
}

struct examples {
  std::vector<model::example> train;
  std::vector<model::example> eval;
};

/// The rows to train on and to watch the training with as examples, in the
/// order of their ids. Only some of the rows are in memory at once.
expected<examples> examples_of(const flow::row_store& rows,
                               const domain& context, std::size_t threads) {
  constexpr auto portion = std::size_t{4096};
  auto result = examples{};
  auto some = std::vector<sample>{};
  const auto convert = [&] {
    auto made = std::vector<model::example>(some.size());
    parallel_for(some.size(), threads, [&](std::size_t i) {
      const auto prompt = text::render_prompt(*context.schema, some[i].tables,
                                              some[i].question);
      made[i] = model::make_example(*context.vocabulary, prompt, some[i].query);
    });
    for (std::size_t i = 0; i < some.size(); ++i)
      (some[i].split == "eval" ? result.eval : result.train)
        .push_back(std::move(made[i]));
    some.clear();
  };
  const auto read = flow::for_each(rows, [&](sample& row) -> status {
    if (row.split == "train" || row.split == "eval")
      some.push_back(std::move(row));
    if (some.size() == portion)
      convert();
    return ok;
  });
  if (!read)
    return read.error();
  convert();
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

void tell(const model::train_progress& x, const flow::environment& at) {
  auto news = flow::note{at.stage, progress_text(x), x.step, x.steps};
  news.values = {{"step", static_cast<double>(x.step)},
                 {"loss", x.train_loss},
                 {"learning_rate", x.learning_rate},
                 {"seconds", x.seconds},
                 {"tokens_per_second", x.tokens_per_second}};
  if (x.eval_loss)
    news.values.emplace_back("eval_loss", *x.eval_loss);
  at.tell(std::move(news));
}

json to_json(const model::train_report& x) {
  auto curve = json::array();
  for (const auto& point : x.curve) {
    auto entry = json{{"step", point.step},
                      {"train_loss", point.train_loss},
                      {"learning_rate", point.learning_rate},
                      {"gradient_norm", point.gradient_norm}};
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

constexpr const char* model_files[]
  = {"config.json", "tokenizer.json", "model.safetensors"};

/// Takes the model of an earlier run that was trained on the same data in the
/// same way. False if there is none; then `why` says what is different from
/// the newest.
bool take_over(const std::string& key,
               const std::map<std::string, std::string>& parts,
               const std::filesystem::path& folder, const flow::environment& at,
               flow::artifact& found, std::string& why) {
  for (const auto& run : at.earlier) {
    auto before = flow::load_artifact(run / "model" / "training.json");
    if (!before || before->parts.empty())
      continue;
    if (before->key != key) {
      if (why.empty())
        why = flow::reason_to_rerun(before->parts, parts) + " since "
              + run.filename().string();
      continue;
    }
    if (!take_files(run / "model", folder, model_files))
      continue;
    at.tell(
      {at.stage, "the same was trained in " + run.filename().string(), 1, 1});
    found = std::move(*before);
    return true;
  }
  return false;
}

/// Trains, or finds that this was done before.
expected<flow::artifact> train(const examples& seen, const domain& context,
                               const train_options& options,
                               const std::filesystem::path& folder,
                               const flow::environment& at) {
  const auto parts = training_parts(seen.train, seen.eval,
                                    flow::list_options(options), at.seed);
  const auto key = flow::key_of(parts);
  auto failed = std::error_code{};
  if (!at.fresh
      && std::filesystem::exists(folder / "model.safetensors", failed))
    if (auto before = flow::load_artifact(folder / "training.json", key)) {
      at.tell({at.stage, "was trained before", 1, 1});
      return std::move(*before);
    }
  auto result = flow::artifact{};
  auto why = std::string{};
  if (!at.fresh && take_over(key, parts, folder, at, result, why))
    return result;
  if (!why.empty())
    at.tell({at.stage, "trains again: " + why, 0, 0});
  if (at.fresh)
    std::filesystem::remove(folder / "training.state", failed);
  auto begun = false;
  const auto report = model::train(
    seen.train, seen.eval, *context.vocabulary, recipe_of(options, at.seed),
    folder,
    [&](const model::train_progress& now) {
      if (!std::exchange(begun, true) && now.step > 1)
        at.tell({at.stage, "goes on after step " + std::to_string(now.step - 1),
                 now.step - 1, now.steps});
      if (now.step % 10 == 0 || now.step == now.steps || now.eval_loss)
        tell(now, at);
      return !at.stop.stop_requested();
    },
    {folder / "training.state", key});
  if (!report)
    return report.error();
  return flow::artifact{key, {{"training", to_json(*report).dump()}}, parts};
}

status work(batch& x, const flow::row_store& rows, const train_options& options,
            const flow::environment& at) {
  if (at.directory.empty())
    return fault{errc::invalid_option, "training needs a run folder"};
  const auto folder = at.directory / "model";
  if (auto made = flow::make_folder(folder); !made)
    return made;
  const auto seen = examples_of(rows, *x.context, options.recipe.threads);
  if (!seen)
    return seen.error();
  const auto trained = train(*seen, *x.context, options, folder, at);
  if (!trained)
    return trained.error();
  for (const auto& [name, text] : trained->sections)
    at.publish(name, text);
  if (auto saved = flow::save_artifact(folder / "training.json", *trained);
      !saved)
    return saved;
  auto result = std::make_shared<domain>(*x.context);
  result->model = folder.string();
  result->model_key
    = sha256_hex(at.run_hash + trained->key + result->dataset_hash);
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
  return flow::store_stage(at, [=](batch& x, const flow::row_store& rows) {
    return work(x, rows, options, at);
  });
}

} // namespace aura::stages
