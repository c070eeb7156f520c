#pragma once

#include "actors/flow/step.hpp"

namespace aura::stages {

/// What a pipeline file may say under `report:`.
struct report_options {
  bool coverage = true;
  bool contamination = true;
};

template <class Visitor>
void describe(Visitor& v, report_options& x) {
  v("coverage", x.coverage, "Measure what the queries of the dataset cover.");
  v("contamination", x.contamination,
    "Look for what test rows share with training rows.");
}

/// Adds to the run's report what only the whole dataset can tell.
expected<flow::stage_spec> make_stage(const report_options& options,
                                      const flow::environment& at);

} // namespace aura::stages
