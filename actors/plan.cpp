#include "actors/plan.hpp"

#include "actors/flow/artifact.hpp"
#include "actors/flow/files.hpp"
#include "actors/net/fault_plan_file.hpp"
#include "kernels/base/hash.hpp"
#include "kernels/base/json.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>

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
  const auto& faults = plan.pipeline.run.faults;
  if (!faults.empty())
    if (const auto digest = flow::file_digest(faults))
      feed("faults: " + *digest);
  const auto program = flow::program_stamp();
  feed(AURA_VERSION);
  feed(program);
  result.hash = hash.finish();
  result.lock = json{{"hash", result.hash},
                     {"seed", plan.pipeline.run.seed},
                     {"version", AURA_VERSION},
                     {"program", program},
                     {"files", files}}
                  .dump(2, ' ', false, json::error_handler_t::replace)
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

/// A fault plan must be one, and there must be somebody to ask.
void check_faults(const run_plan& plan, flow::problems& trouble) {
  const auto& faults = plan.pipeline.run.faults;
  if (faults.empty())
    return;
  const auto where = flow::place{"fault plan '" + faults + "'", 0, 0};
  if (const auto read = net::load_fault_plan(faults); !read)
    trouble.push_back({where, read.error().message, {}});
  else if (std::none_of(plan.stages.begin(), plan.stages.end(),
                        [](const auto& x) { return x.cost.has_value(); }))
    trouble.push_back(
      {where, "this run asks no language model, so that nothing can go wrong",
       "set infill.provider=openai, and infill.base-url to a server such as "
       "aura-mock-llm"});
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
    check_needs(plan.pipeline.stages, trouble);
  if (trouble.empty())
    check_faults(plan, trouble);
  if (trouble.empty())
    plan.identity = identify(plan, overrides);
  return plan;
}

namespace {

std::string rounded(double x) {
  auto buffer = std::array<char, 40>{};
  if (x >= 1e6)
    std::snprintf(buffer.data(), buffer.size(), "%.1f million", x / 1e6);
  else if (x >= 1000)
    std::snprintf(buffer.data(), buffer.size(), "%.0f thousand", x / 1000);
  else
    std::snprintf(buffer.data(), buffer.size(), x < 10 ? "%.2f" : "%.0f", x);
  return buffer.data();
}

/// What the whole run costs. How many rows are asked for depends on how many
/// are accepted; half of them is few, and all is the best there is.
std::string cost_text(const run_plan& plan) {
  auto cost = std::optional<flow::row_cost>{};
  auto most = 0.0;
  auto target = 0.0;
  for (const auto& stage : plan.stages) {
    if (stage.cost)
      cost = stage.cost;
    most = std::max(most, static_cast<double>(stage.most_rows));
    target = std::max(target, static_cast<double>(stage.target));
  }
  if (!cost)
    return {};
  const auto low = target > 0 ? std::min(target, most) : most;
  const auto high = target > 0 ? std::min(2 * target, most) : most;
  auto text = "\ncost: " + rounded(low) + " to " + rounded(high)
              + " questions, " + rounded(low * cost->tokens_low) + " to "
              + rounded(high * cost->tokens_high) + " tokens";
  if (cost->dollars_high > 0)
    text += ", $" + rounded(low * cost->dollars_low) + " to $"
            + rounded(high * cost->dollars_high);
  else
    text += "; set price-input and price-output to see the money";
  return text
         + "\n(if half to all of the rows are accepted, for prompts of 250 "
           "to 1,500 tokens; what a journal holds costs nothing)\n";
}

} // namespace

std::string changes_since(const run_plan& plan,
                          const std::filesystem::path& earlier) {
  auto text = flow::read_file(earlier / "config.resolved.yaml");
  if (!text)
    return {};
  auto trouble = flow::problems{};
  const auto before = flow::parse_yaml(*text, "config.resolved.yaml", trouble);
  const auto* stages = before.find("stages");
  if (!trouble.empty() || !stages)
    return {};
  auto result = "\nsince the run " + earlier.string() + ":\n";
  auto again = false;
  for (const auto& stage : plan.stages) {
    auto why = std::string{};
    const auto* old = stages->find(stage.name);
    if (!old)
      why = "it is new";
    for (const auto& x : stage.options) {
      if (!x.matters || !old)
        continue;
      const auto* value = old->find(x.key);
      auto was = flow::setting{};
      if (value)
        was = *value;
      auto ignored = flow::problems{};
      const auto now = flow::parse_yaml(x.value, "", ignored);
      if (flow::to_yaml(was) != flow::to_yaml(now))
        why += (why.empty() ? "" : ", ") + x.key + " was"
               + flow::to_yaml(was).substr(0, flow::to_yaml(was).size() - 1);
    }
    if (!why.empty())
      result += "  " + stage.name + " differs: " + why + "\n";
    else if (again)
      result += "  " + stage.name
                + " runs again, since what comes before it "
                  "does\n";
    else
      result += "  " + stage.name + " is as it was\n";
    again = again || !why.empty();
  }
  return result;
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
  return text + cost_text(plan);
}

} // namespace aura
