#include "actors/stages/finetune.hpp"

#include "actors/flow/artifact.hpp"
#include "actors/flow/files.hpp"
#include "actors/flow/options.hpp"
#include "actors/flow/row_store.hpp"
#include "actors/stages/finetune_export.hpp"
#include "actors/stages/finetune_fit.hpp"
#include "actors/stages/finetune_log.hpp"
#include "actors/stages/finetune_rows.hpp"
#include "actors/stages/training.hpp"
#include "kernels/base/json.hpp"
#include "kernels/model/pretrained/pretrained.hpp"
#include "kernels/model/pretrained/tuning_state.hpp"

#include <algorithm>
#include <fstream>
#include <map>
#include <optional>

namespace aura::stages {

namespace {

using json = nlohmann::ordered_json;

constexpr const char* forms[]
  = {"adapter-fused", "adapter-split", "merged", "merged-nf4", "gguf"};

model::finetune_options recipe_of(const finetune_options& options,
                                  std::uint64_t seed) {
  auto recipe = options.recipe;
  recipe.seed = seed;
  recipe.schedule = schedule_of(options.schedule);
  return recipe;
}

/// What a model is known by: the names and sizes of its files, and samples of
/// their bytes.
expected<std::string> fingerprint(const std::filesystem::path& place) {
  constexpr auto piece = std::size_t{65536};
  constexpr auto pieces = std::uint64_t{16};
  auto files = std::vector<std::filesystem::path>{};
  auto failed = std::error_code{};
  if (std::filesystem::is_directory(place, failed)) {
    for (const auto& x : std::filesystem::directory_iterator{place, failed})
      if (x.is_regular_file(failed))
        files.push_back(x.path());
  } else {
    files.push_back(place);
  }
  std::sort(files.begin(), files.end());
  auto hash = sha256{};
  auto bytes = std::string(piece, '\0');
  for (const auto& file : files) {
    const auto size = std::filesystem::file_size(file, failed);
    auto in = std::ifstream{file, std::ios::binary};
    if (failed || !in)
      return fault{errc::missing_file, "cannot read '" + file.string() + "'"};
    hash.update(file.filename().string() + " " + std::to_string(size) + "\n");
    const auto stride = std::max<std::uint64_t>(piece, size / pieces);
    for (std::uint64_t at = 0; at < size; at += stride) {
      in.clear();
      in.seekg(static_cast<std::streamoff>(at));
      in.read(bytes.data(), static_cast<std::streamsize>(piece));
      hash.update({bytes.data(), static_cast<std::size_t>(in.gcount())});
    }
  }
  return hash.finish();
}

/// Everything that a fine-tuning depends on.
std::map<std::string, std::string> parts_of(const tuning_examples& seen,
                                            const std::string& model,
                                            const finetune_options& options,
                                            const flow::environment& at) {
  auto listed = flow::list_options(options);
  std::erase_if(listed, [](const flow::option_info& x) {
    return x.key == "model" || x.key == "config" || x.key == "export"
           || x.key == "out" || x.key == "compare-base";
  });
  auto result = training_parts(seen.train, seen.eval, listed, at.seed);
  result.emplace("model", model);
  return result;
}

/// Where the numbers of the best state lie until every form is written.
constexpr auto numbers_file = "adapter.numbers";

/// What a training leaves, but the forms, which are written from the numbers.
constexpr const char* trained_files[] = {numbers_file, "trainer_state.json"};

/// Takes what an earlier run learnt from the same in the same way; the newest
/// first. Nothing if there is none.
std::optional<flow::artifact> take_over(const std::string& key,
                                        const std::filesystem::path& folder,
                                        const flow::environment& at) {
  for (const auto& run : at.earlier) {
    auto before = flow::load_artifact(run / "model" / "training.json", key);
    if (!before || !take_files(run / "model", folder, trained_files))
      continue;
    at.tell(
      {at.stage, "the same was trained in " + run.filename().string(), 1, 1});
    return before;
  }
  return std::nullopt;
}

class tuning_job {
public:
  tuning_job(const flow::row_store& rows, const domain& context,
             const finetune_options& options, const flow::environment& at)
    : rows_{rows}, context_{context}, options_{options}, at_{at}, folder_{
                                                                    at.directory
                                                                    / "model"} {
  }

  status run() {
    auto opened = open_ready(options_);
    if (!opened)
      return opened.error();
    base_ = std::move(*opened);
    if (auto read = read_rows(); !read)
      return read;
    const auto identity = fingerprint(options_.model);
    if (!identity)
      return identity.error();
    const auto parts = parts_of(seen_, *identity, options_, at_);
    const auto key = flow::key_of(parts);
    auto found = find(key);
    if (!found) {
      auto trained = train(key);
      if (!trained)
        return trained.error();
      found = flow::artifact{key, std::move(*trained), parts};
    }
    for (const auto& [name, text] : found->sections)
      at_.publish(name, text);
    auto exported = export_all(key);
    if (!exported)
      return exported.error();
    forms_ = std::move(*exported);
    key_ = key;
    return flow::save_artifact(folder_ / "training.json", *found);
  }

  /// Tells the stages to come what there is now.
  void tell(domain& x) const {
    x.forms = forms_;
    if (options_.compare_base)
      x.forms.push_back({"base", options_.model});
    x.model = forms_.front().path;
    auto names = std::string{};
    for (const auto& form : x.forms)
      names += form.name + " ";
    x.model_key = sha256_hex(at_.run_hash + key_ + x.dataset_hash + names);
  }

private:
  status read_rows() {
    const auto how = chat_of(options_, *base_);
    if (!how)
      return how.error();
    auto reading = tuning_reading{};
    reading.longest = std::min(options_.length, base_->weights.shape.positions);
    reading.rows = options_.rows;
    reading.skip = options_.bad_rows == "skip";
    reading.share = options_.recipe.group > 1;
    reading.threads = options_.tuner.threads;
    auto read
      = tuning_examples_of(rows_, context_, base_->vocabulary, **how, reading);
    if (!read)
      return read.error();
    seen_ = std::move(*read);
    if (seen_.train.empty())
      return fault{errc::invalid_option, "no rows are left to train on"};
    return report_rows();
  }

  /// Skipped rows are counted, and named in a file.
  status report_rows() const {
    at_.publish("rows", json{{"train", seen_.train.size()},
                             {"eval", seen_.eval.size()},
                             {"skipped", seen_.skipped.size()}}
                          .dump());
    if (seen_.skipped.empty())
      return ok;
    at_.tell({at_.stage,
              "skips " + std::to_string(seen_.skipped.size())
                + " rows, the first for "
                + seen_.skipped.front().second.message,
              0, 0});
    auto file = flow::new_file{folder_ / "skipped.jsonl"};
    for (const auto& [id, why] : seen_.skipped)
      file.write(json{{"id", id},
                      {"rejected", to_string(why.code)},
                      {"reason", why.message}}
                   .dump(-1, ' ', false, json::error_handler_t::replace)
                 + "\n");
    return file.commit();
  }

  /// What was trained before, in this run or another.
  std::optional<flow::artifact> find(const std::string& key) {
    if (at_.fresh) {
      model::forget({folder_, key});
      return std::nullopt;
    }
    auto failed = std::error_code{};
    auto before = flow::load_artifact(folder_ / "training.json", key);
    if (before && std::filesystem::exists(folder_ / numbers_file, failed)) {
      at_.tell({at_.stage, "was trained before", 1, 1});
      return before;
    }
    return take_over(key, folder_, at_);
  }

  expected<std::map<std::string, std::string>> train(const std::string& key) {
    auto how = tuner_options_of(options_);
    how.seed = at_.seed;
    auto learner = model::make_tuner(base_->weights, how);
    if (!learner)
      return learner.error();
    const auto recipe = recipe_of(options_, at_.seed);
    const auto files = model::finetune_files{folder_, key};
    const auto& shape = base_->weights.shape;
    auto log
      = tuning_log{at_,
                   folder_,
                   {recipe.batch, recipe.epochs, recipe.evaluate_every,
                    recipe.save_every, recipe.patience, "adapter",
                    6.0 * static_cast<double>(model::parameters_of(shape))}};
    auto trouble = status{ok};
    auto report = model::finetune(
      **learner, seen_.train, seen_.eval, recipe,
      [&](const model::finetune_progress& now,
          const model::finetune_report& so_far) {
        log.add(now, so_far);
        if (now.eval_loss || now.step % 100 == 0) {
          at_.publish("training", training_section(so_far).dump());
          if (auto saved = log.save_state(so_far); !saved)
            trouble = saved;
        }
        return trouble && !at_.stop.stop_requested();
      },
      files);
    if (!trouble)
      return trouble.error();
    if (!report)
      return report.error();
    if (auto saved = log.save_state(*report); !saved)
      return saved.error();
    const auto best = model::tuning_state{
      key, report->best_step, {}, std::move(report->best), {}};
    if (auto saved = model::save_tuning_state(folder_ / numbers_file, best);
        !saved)
      return saved.error();
    model::forget(files);
    auto training = training_section(*report);
    training["peak_bytes"] = (*learner)->peak_bytes();
    return std::map<std::string, std::string>{
      {"training", training.dump()}, {"moved", moved_section(*report).dump()}};
  }

  expected<std::vector<model_form>> export_all(const std::string& key) const {
    auto kept = model::load_tuning_state(folder_ / numbers_file, key);
    auto trained = model::adapter{};
    trained.options = options_.tuner.lora;
    auto layout = model::lay_out(base_->weights.shape, trained.options);
    if (!layout)
      return layout.error();
    trained.layout = std::move(*layout);
    if (!kept || kept->trained.size() != trained.layout.size)
      return fault{errc::damaged_file,
                   "'" + (folder_ / numbers_file).string()
                     + "' does not hold what was trained; run with --fresh"};
    trained.values
      = std::make_shared<const std::vector<float>>(std::move(kept->trained));
    auto result = export_forms(*base_, trained, options_, folder_, at_);
    if (!result || options_.out.empty())
      return result;
    return copy_forms(*result, options_.out);
  }

  const flow::row_store& rows_;
  const domain& context_;
  const finetune_options& options_;
  const flow::environment& at_;
  std::filesystem::path folder_;
  std::optional<model::pretrained> base_;
  tuning_examples seen_;
  std::vector<model_form> forms_;
  std::string key_;
};

status work(batch& x, const flow::row_store& rows,
            const finetune_options& options, const flow::environment& at) {
  if (at.directory.empty())
    return fault{errc::invalid_option, "training needs a run folder"};
  if (auto made = flow::make_folder(at.directory / "model"); !made)
    return made;
  auto result = std::make_shared<domain>(*x.context);
  auto job = tuning_job{rows, *x.context, options, at};
  if (auto done = job.run(); !done)
    return done;
  job.tell(*result);
  x.context = std::move(result);
  return ok;
}

} // namespace

status check(const finetune_options& options) {
  if (options.model.empty() && options.config.empty())
    return fault{errc::invalid_option, "give a 'model' under 'finetune'"};
  for (const auto& form : options.exports)
    if (std::find(std::begin(forms), std::end(forms), form) == std::end(forms))
      return fault{errc::invalid_option,
                   "no form '" + form
                     + "' to export; there are adapter-fused, adapter-split, "
                       "merged, merged-nf4 and gguf"};
  if (!options.card.empty() && model::find_card(options.card) == nullptr) {
    auto names = std::string{};
    for (const auto& x : model::cards())
      names.append(names.empty() ? "" : ", ").append(x.name);
    return fault{errc::invalid_option, "no card '" + options.card
                                         + "'; there are " + names
                                         + ", or give 'card-memory'"};
  }
  return ok;
}

std::string plan_of(const finetune_options& options) {
  const auto& lora = options.tuner.lora;
  return "rank " + std::to_string(lora.rank) + " beside "
         + (options.model.empty() ? options.config : options.model)
         + (lora.train_embedding || lora.train_head ? ", embedding and head too"
                                                    : "")
         + ", " + std::to_string(options.recipe.batch) + " × "
         + std::to_string(options.recipe.accumulation) + " rows a step";
}

expected<flow::stage_spec> make_stage(const finetune_options& options,
                                      const flow::environment& at) {
  return flow::store_stage(at, [=](batch& x, const flow::row_store& rows) {
    return work(x, rows, options, at);
  });
}

} // namespace aura::stages
