#include "actors/stages/evaluate.hpp"

#include "actors/flow/artifact.hpp"
#include "actors/flow/files.hpp"
#include "actors/stages/control_runs.hpp"
#include "actors/stages/domain.hpp"
#include "actors/stages/parallel.hpp"
#include "actors/stages/scores.hpp"
#include "kernels/base/json.hpp"
#include "kernels/model/translator.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>

namespace aura::stages {

namespace {

using evaluation::outcome;
using json = nlohmann::ordered_json;

constexpr const char* test_splits[] = {"L0", "L1"};

/// Everything that one evaluation works on.
class evaluation_run {
public:
  evaluation_run(const batch& x, const evaluate_options& options,
                 const flow::environment& at)
    : rows_{x.samples}, context_{*x.context}, options_{options}, at_{at} {
    compile_.now = at.now;
    compile_.deterministic = true;
  }

  status run() {
    choose();
    if (auto made = make_golds(); !made)
      return made;
    // That of the model itself comes last, and is what the report shows.
    for (std::size_t i = 1; i < context_.forms.size(); ++i) {
      const auto& form = context_.forms[i];
      if (auto done = answer(form.path); !done)
        return fault{done.error().code,
                     form.name + ": " + done.error().message};
      note_form(form.name);
    }
    if (auto done = answer(context_.model); !done)
      return done;
    if (!context_.forms.empty())
      note_form(context_.forms.front().name);
    return report();
  }

  const std::map<std::string, std::string>& sections() const {
    return sections_;
  }

private:
  void choose() {
    auto counts = std::map<std::string, std::size_t>{};
    for (const auto& row : rows_) {
      const auto test = row.split == "L0" || row.split == "L1";
      if (!test || (options_.rows > 0 && counts[row.split] >= options_.rows))
        continue;
      ++counts[row.split];
      items_.emplace_back().row = &row;
    }
  }

  status make_golds() {
    auto mutex = std::mutex{};
    auto failure = fault{};
    auto first = items_.size();
    each([&](std::size_t i) {
      auto made = evaluation::make_gold(items_[i].row->query, *context_.schema,
                                        *context_.suite, compile_);
      if (made) {
        items_[i].gold = std::move(*made);
        return;
      }
      const auto guard = std::lock_guard{mutex};
      if (i < first) {
        first = i;
        failure = made.error();
      }
    });
    if (first < items_.size())
      return fault{failure.code, "gold of row "
                                   + std::to_string(items_[first].row->id)
                                   + " is invalid: " + failure.message};
    return ok;
  }

  /// Predictions and verdicts of the model at `place`.
  status answer(const std::string& place) {
    if (auto done = predict(place); !done)
      return done;
    judge();
    if (at_.stop.stop_requested())
      return fault{errc::cancelled, "interrupted"};
    return ok;
  }

  void note_form(const std::string& name) {
    auto scores = json::object();
    for (const auto* split : test_splits)
      scores[split] = score(items_, split);
    forms_[name] = std::move(scores);
  }

  /// Rows of the same tables are translated side by side: they share what the
  /// model reads of the schema.
  status predict(const std::string& place) {
    auto model = model::translator::load(place);
    if (!model)
      return model.error();
    auto order = std::vector<std::size_t>(items_.size());
    for (std::size_t i = 0; i < order.size(); ++i)
      order[i] = i;
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) {
                       return items_[a].row->tables < items_[b].row->tables;
                     });
    auto how = model::translate_options{};
    how.constrained = options_.constrained;
    how.max_tokens = options_.max_tokens;
    how.batch = options_.batch;
    const auto parts = (order.size() + options_.batch - 1) / options_.batch;
    auto done = std::atomic<std::size_t>{0};
    parallel_for(parts, options_.workers, [&](std::size_t part) {
      if (at_.stop.stop_requested())
        return;
      const auto begin = part * options_.batch;
      const auto end = std::min(begin + options_.batch, order.size());
      auto requests = std::vector<model::translation_request>{};
      for (auto i = begin; i < end; ++i)
        requests.push_back({items_[order[i]].row->tables,
                            items_[order[i]].row->question,
                            shown_of(*items_[order[i]].row)});
      auto answers = model->translate_batch(*context_.schema, requests, how);
      for (auto i = begin; i < end; ++i) {
        auto& answer = answers[i - begin];
        auto& item = items_[order[i]];
        item.prediction.clear();
        item.log_probability = 0;
        item.corrections = 0;
        if (!answer)
          continue; // no prediction: a refusal
        item.prediction = std::move(answer->query);
        item.log_probability = answer->log_probability;
        item.corrections = answer->corrections;
      }
      const auto n = done += end - begin;
      at_.tell({at_.stage, "answering", n, items_.size()});
    });
    return ok;
  }

  /// What a row that somebody has written shows of the tables.
  std::string shown_of(const sample& row) const {
    return context_.written && row.id < context_.written->contexts.size()
             ? context_.written->contexts[row.id]
             : std::string{};
  }

  void judge() {
    each([&](std::size_t i) {
      // What our machinery failed at is tried once more and then not scored.
      for (auto attempt = 0; attempt < 2; ++attempt) {
        items_[i].verdict
          = evaluation::judge(items_[i].gold, items_[i].prediction,
                              *context_.schema, *context_.suite, compile_);
        if (items_[i].verdict.strict != outcome::infrastructure_error)
          return;
      }
    });
  }

  status report() {
    auto scores = json::object();
    auto parts = json::array();
    auto shown = json::array();
    auto controls = json::array();
    auto setting = control_setting{at_.seed, options_.workers, compile_};
    for (const auto* split : test_splits) {
      scores[split] = score(items_, split);
      for (auto& x : slices(items_, split))
        parts.push_back(std::move(x));
      for (auto& x : examples(items_, split, options_.examples))
        shown.push_back(std::move(x));
      at_.tell({at_.stage, std::string{"controls on "} + split, 0, 0});
      for (auto& x : run_controls(items_, rows_, split, context_, setting))
        controls.push_back(std::move(x));
    }
    scores["suite"] = context_.suite->hash();
    scores["constrained"] = options_.constrained;
    sections_ = {{"evaluation", scores.dump()},
                 {"slices", parts.dump()},
                 {"examples", shown.dump()},
                 {"controls", controls.dump()}};
    if (!forms_.empty())
      sections_["forms"] = forms_.dump();
    if (auto written = write_predictions(); !written)
      return written;
    for (const auto& x : controls)
      if (!x["ok"].get<bool>() && x["expected"] == "100 %")
        return fault{errc::internal,
                     "control '" + x["name"].get<std::string>() + "' scores "
                       + std::to_string(x["k"].get<int>()) + " of "
                       + std::to_string(x["n"].get<int>())
                       + ": the harness is broken"};
    return ok;
  }

  status write_predictions() {
    auto file = flow::new_file{at_.directory / "predictions.jsonl"};
    for (const auto& x : items_)
      file.write(to_json(x).dump(-1, ' ', false, json::error_handler_t::replace)
                 + "\n");
    return file.commit();
  }

  template <class Work>
  void each(Work work) {
    parallel_for(items_.size(), options_.workers, [&](std::size_t i) {
      if (!at_.stop.stop_requested())
        work(i);
    });
  }

  const std::vector<sample>& rows_;
  const domain& context_;
  const evaluate_options& options_;
  const flow::environment& at_;
  dsl::compile_options compile_;
  std::vector<judged> items_;
  /// The scores of every form of the model, by name.
  json forms_ = json::object();
  std::map<std::string, std::string> sections_;
};

status work(batch& x, const evaluate_options& options,
            const flow::environment& at) {
  const auto record = at.directory / "evaluation.json";
  const auto& key = x.context->model_key;
  auto sections = std::map<std::string, std::string>{};
  if (auto before = at.fresh ? std::nullopt : flow::load_artifact(record, key))
    sections = std::move(before->sections);
  else {
    auto now = evaluation_run{x, options, at};
    auto done = now.run();
    sections = now.sections();
    for (const auto& [name, text] : sections)
      at.publish(name, text);
    if (!done)
      return done;
    if (auto saved = flow::save_artifact(record, {key, sections}); !saved)
      return saved;
  }
  for (const auto& [name, text] : sections)
    at.publish(name, text);
  return ok;
}

} // namespace

std::string plan_of(const evaluate_options& options) {
  return std::string{options.constrained ? "constrained" : "free"}
         + " decoding of "
         + (options.rows > 0 ? std::to_string(options.rows) + " rows a split"
                             : std::string{"all test rows"});
}

expected<flow::stage_spec> make_stage(const evaluate_options& options,
                                      const flow::environment& at) {
  return flow::collect_stage(at,
                             [=](batch& x) { return work(x, options, at); });
}

} // namespace aura::stages
