#pragma once

#include "actors/flow/step.hpp"

#include <string>

namespace aura::stages {

/// What a pipeline file may say under `evaluate:`.
struct evaluate_options {
  bool constrained = true;
  std::size_t max_tokens = 160;
  std::size_t batch = 16;
  std::size_t rows = 0;
  std::size_t examples = 8;
  std::size_t workers = 2;
};

template <class Visitor>
void describe(Visitor& v, evaluate_options& x) {
  v("constrained", x.constrained,
    "Decode only queries that parse and resolve over the schema.");
  v.number("max-tokens", x.max_tokens, 1, 100'000, "Tokens of an answer.");
  v.number("batch", x.batch, 1, 4096, "Questions decoded side by side.");
  v.number("rows", x.rows, 0, 1'000'000'000,
           "Test rows of each split, the first by id; 0: all.");
  v.number("examples", x.examples, 0, 1000,
           "Answers, right and wrong, that the report shows of each split.");
  v.tuning("workers", x.workers, 1, 256, "Threads that translate and judge.");
}

std::string plan_of(const evaluate_options& options);

/// Lets the model answer every test question, compares the answers of its
/// queries with those of the gold queries on all states, and does the same with
/// controls whose score is known beforehand.
expected<flow::stage_spec> make_stage(const evaluate_options& options,
                                      const flow::environment& at);

} // namespace aura::stages
