#pragma once

#include "actors/flow/step.hpp"

namespace aura::stages {

/// What a pipeline file may say under `dedupe:`.
struct dedupe_options {
  std::size_t per_query = 8;
  std::size_t per_template = 2000;
  double similarity = 0.7;
};

template <class Visitor>
void describe(Visitor& v, dedupe_options& x) {
  v.number("per-query", x.per_query, 1, 1'000'000,
           "Rows that one canonical query may have.");
  v.number("per-template", x.per_template, 1, 1'000'000'000,
           "Rows that one structure may have.");
  v.number("similarity", x.similarity, 0, 2,
           "Questions at least this similar (the Jaccard index of their runs "
           "of five words) are one question; above 1 none are.");
}

/// Rejects rows that are there already. The row of the lower id stays.
expected<flow::stage_spec> make_stage(const dedupe_options& options,
                                      const flow::environment& at);

} // namespace aura::stages
