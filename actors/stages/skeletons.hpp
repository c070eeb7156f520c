#pragma once

#include "actors/flow/step.hpp"

#include <string>

namespace aura::stages {

/// What a pipeline file may say under `skeletons:`.
struct skeletons_options {
  std::uint64_t rows = 1'000'000;
  std::uint64_t phrasings = 1;
  std::size_t max_operators = 4;
  double total_order = 0.25;
  std::size_t workers = 1;
};

template <class Visitor>
void describe(Visitor& v, skeletons_options& x) {
  v.number("rows", x.rows, 1, std::int64_t{1} << 40,
           "Rows to make at most; fewer if the split stage has enough.");
  v.number("phrasings", x.phrasings, 1, 64, "Rows for each query.");
  v.number("max-operators", x.max_operators, 1, 12,
           "Operators after SOURCE, at most.");
  v.number("total-order", x.total_order, 0, 1,
           "How often a SORT before a cut gets keys that leave no ties.");
  v.tuning("workers", x.workers, 1, 256, "Threads that sample.");
}

std::string plan_of(const skeletons_options& options);

/// Rows that it makes at most.
std::uint64_t most_rows(const skeletons_options& options);

/// Makes the rows of a run: a query and its structure each.
expected<flow::stage_spec> make_stage(const skeletons_options& options,
                                      const flow::environment& at);

} // namespace aura::stages
