#pragma once

#include "actors/cluster/listen_options.hpp"
#include "actors/flow/cost.hpp"
#include "actors/flow/step.hpp"
#include "actors/net/language_model_options.hpp"

#include <optional>
#include <string>
#include <vector>

namespace aura::stages {

/// What a pipeline file may say under `infill:`.
struct infill_options {
  std::string provider = "offline";
  std::vector<std::string> styles
    = {"formal", "casual", "imperative", "concise", "indirect", "vague"};
  std::size_t workers = 1;
  net::language_model_options language_model;
  cluster::listen_options remote;
};

template <class Visitor>
void describe(Visitor& v, infill_options& x) {
  v.choice("provider", x.provider, {"offline", "openai", "openai-batch"},
           "Who asks the questions: the verbaliser in this program, a language "
           "model behind an OpenAI-compatible server, or one by way of its "
           "Batch API, cheaper and within a day.");
  v("styles", x.styles, "How questions may sound; each row draws one.");
  v.tuning("workers", x.workers, 1, 256, "Threads of the offline verbaliser.");
  describe(v, x.language_model);
  describe(v, x.remote);
}

/// Every style exists, and the provider has what it needs.
status check(const infill_options& options);

std::string plan_of(const infill_options& options);

/// What asking a language model for one question costs, by what prompts and
/// replies usually take. Nothing where the answers cost nothing.
std::optional<flow::row_cost> cost_of(const infill_options& options);

/// Asks a question for each query.
expected<flow::stage_spec> make_stage(const infill_options& options,
                                      const flow::environment& at);

} // namespace aura::stages
