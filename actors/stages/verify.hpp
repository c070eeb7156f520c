#pragma once

#include "actors/flow/step.hpp"

#include <string>

namespace aura::stages {

/// What a pipeline file may say under `verify:`.
struct verify_options {
  std::size_t workers = 2;
};

template <class Visitor>
void describe(Visitor& v, verify_options& x) {
  v.tuning("workers", x.workers, 1, 256, "Threads that run queries.");
}

std::string plan_of(const verify_options& options);

/// Runs each query on all states and rejects what does not compile, fails,
/// answers nothing anywhere, or answers the same everywhere.
expected<flow::stage_spec> make_stage(const verify_options& options,
                                      const flow::environment& at);

} // namespace aura::stages
