#pragma once

#include "actors/flow/step.hpp"

#include <string>

namespace aura::stages {

/// What a pipeline file may say under `rows:`.
struct rows_options {
  std::string file;
  std::string eval_file;
  std::size_t eval = 200;
  bool canonical = true;
  std::string bad_rows = "refuse";
};

template <class Visitor>
void describe(Visitor& v, rows_options& x) {
  v.file("file", x.file,
         "The rows to learn from: a JSON object with 'question', 'query' and, "
         "if need be, 'context' a line.");
  v.file("eval-file", x.eval_file,
         "Rows to watch the training with; empty: some of 'file'.");
  v.number("eval", x.eval, 0, 1'000'000,
           "Rows of 'file' that are held back for that, drawn at random, at "
           "most a tenth of all.");
  v("canonical", x.canonical,
    "Queries are AuraDSL: each is learnt in its canonical form, and one that "
    "does not parse is a bad row.");
  v.choice("bad-rows", x.bad_rows, {"refuse", "skip"},
           "What becomes of a row that cannot be read: it ends the run, or is "
           "rejected and counted.");
}

/// There is a file.
status check(const rows_options& options);

std::string plan_of(const rows_options& options);

/// Reads questions and queries that somebody has written.
expected<flow::stage_spec> make_stage(const rows_options& options,
                                      const flow::environment& at);

} // namespace aura::stages
