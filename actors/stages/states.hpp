#pragma once

#include "actors/flow/step.hpp"

#include <string>
#include <vector>

namespace aura::stages {

/// What a pipeline file may say under `states:`.
struct states_options {
  std::vector<std::string> kinds
    = {"realistic", "nearly-empty", "ties",   "nulls",
       "orphans",   "boundaries",   "skewed", "extremes"};
  std::size_t rows = 0;
};

template <class Visitor>
void describe(Visitor& v, states_options& x) {
  v("kinds", x.kinds,
    "The database states to make, each named after what it is good at finding "
    "out.");
  v.number("rows", x.rows, 0, 100'000,
           "Rows of the largest tables; 0 leaves it to the kind.");
}

/// Every kind exists.
status check(const states_options& options);

std::string plan_of(const states_options& options);

/// Sets the domain's states. Where there is a database, the realistic state
/// holds rows of it.
expected<flow::stage_spec> make_stage(const states_options& options,
                                      const flow::environment& at);

} // namespace aura::stages
