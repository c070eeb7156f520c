#pragma once

#include "actors/flow/step.hpp"

#include <string>

namespace aura::stages {

/// What a pipeline file may say under `context:`.
struct context_options {
  std::string mode = "automatic";
  std::size_t tables = 4;
  std::size_t workers = 2;
};

template <class Visitor>
void describe(Visitor& v, context_options& x) {
  v.choice("mode", x.mode, {"automatic", "all", "top"},
           "Which tables a prompt shows: all, those that fit the question "
           "best, or all if there are no more than 'tables'.");
  v.number("tables", x.tables, 1, 1000,
           "Tables in a prompt, at most; join paths between them may add "
           "some.");
  v.tuning("workers", x.workers, 1, 256, "Threads that search.");
}

/// Chooses the tables that the prompt of each row shows. Rows to learn from get
/// those of their query if retrieval missed them; test rows do not.
expected<flow::stage_spec> make_stage(const context_options& options,
                                      const flow::environment& at);

} // namespace aura::stages
