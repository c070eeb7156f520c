#include "actors/plan.hpp"

#include "actors/flow/artifact.hpp"
#include "actors/flow/files.hpp"
#include "kernels/base/hash.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

#ifndef AURA_VERSION
#define AURA_VERSION "0"
#endif

namespace aura {

namespace {

using json = nlohmann::ordered_json;

std::string resolved_text(const run_plan& plan) {
  auto text = std::string{};
  for (const auto& x : flow::list_options(plan.pipeline.run))
    text += x.key + ": " + x.value + "\n";
  text += "parameters:"
          + std::string{plan.pipeline.parameters.empty() ? " {}" : ""} + "\n";
  for (const auto& [key, value] : plan.pipeline.parameters)
    text += "  " + key + ": " + flow::yaml_scalar(value) + "\n";
  text += "stages:\n";
  auto edges = std::string{};
  for (const auto& stage : plan.stages) {
    text += "  " + stage.name + ":"
            + std::string{stage.options.empty() ? " {}" : ""} + "\n";
    for (const auto& x : stage.options)
      text += "    " + x.key + ": " + x.value + "\n";
    edges += (edges.empty() ? "" : " -> ") + stage.name;
  }
  return text + "edges: ['" + edges + "']\n";
}

/// All that decides results: options that matter, and what files hold.
flow::run_identity identify(const run_plan& plan,
                            const std::vector<std::string>& overrides) {
  auto result = flow::run_identity{};
  result.name = plan.pipeline.run.pipeline;
  result.resolved = resolved_text(plan);
  for (const auto& x : overrides)
    result.overrides.push_back(x);
  auto hash = sha256{};
  auto files = json::object();
  const auto feed = [&](const std::string& text) {
    hash.update(text);
    hash.update("\n");
  };
  for (const auto& x : flow::list_options(plan.pipeline.run))
    if (x.matters)
      feed(x.key + ": " + x.value);
  for (const auto& stage : plan.stages) {
    feed(stage.name);
    for (const auto& x : stage.options) {
      if (x.matters && !x.is_file)
        feed(x.key + ": " + x.value);
      for (const auto& path : x.paths) {
        auto digest = flow::file_digest(path);
        files[path] = digest ? *digest : "";
        feed(x.key + ": " + (digest ? *digest : ""));
      }
    }
  }
  const auto program = flow::program_stamp();
  feed(AURA_VERSION);
  feed(program);
  result.hash = hash.finish();
  result.lock = json{{"hash", result.hash},
                     {"seed", plan.pipeline.run.seed},
                     {"version", AURA_VERSION},
                     {"program", program},
                     {"files", files}}
                  .dump(2)
                + "\n";
  return result;
}

/// Sets the option `replay` of the stages that have one.
void set_replay(flow::pipeline& x) {
  const auto here = flow::place{"command line, '--replay'", 0, 0};
  for (auto& stage : x.stages) {
    auto ignored = flow::problems{};
    const auto known = prepare_stage(stage.name, {}, ignored, {}).options;
    if (std::any_of(known.begin(), known.end(),
                    [](const auto& option) { return option.key == "replay"; }))
      stage.options.at("replay", here) = flow::make_scalar("true", here);
  }
}

} // namespace

run_plan make_plan(const flow::pipeline_source& source,
                   const std::vector<std::string>& overrides,
                   flow::problems& trouble, bool replay) {
  auto plan = run_plan{};
  plan.pipeline
    = flow::read_pipeline(source, overrides, stage_names(), trouble);
  if (replay)
    set_replay(plan.pipeline);
  for (const auto& x : plan.pipeline.stages)
    plan.stages.push_back(
      prepare_stage(x.name, x.options, trouble, plan.pipeline.roots));
  if (trouble.empty())
    plan.identity = identify(plan, overrides);
  return plan;
}

std::string to_text(const run_plan& plan) {
  auto text = "pipeline " + plan.pipeline.run.pipeline + ", seed "
              + std::to_string(plan.pipeline.run.seed) + ", configuration "
              + plan.identity.hash.substr(0, 8) + "\n";
  auto number = 1;
  for (const auto& stage : plan.stages) {
    text += "\n" + std::to_string(number++) + ". " + stage.name;
    if (!stage.plan.empty())
      text += ": " + stage.plan;
    text += "\n";
    for (const auto& x : stage.options)
      text += "     " + x.key + ": " + x.value + "\n";
  }
  return text;
}

} // namespace aura
