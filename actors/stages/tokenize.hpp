#pragma once

#include "actors/flow/step.hpp"

#include <string>

namespace aura::stages {

/// What a pipeline file may say under `tokenize:`.
struct tokenize_options {
  std::size_t vocabulary = 1280;
  std::size_t questions = 20'000;
};

template <class Visitor>
void describe(Visitor& v, tokenize_options& x) {
  v.number("vocabulary", x.vocabulary, 300, 1'000'000,
           "Tokens of the vocabulary, the 256 bytes among them.");
  v.number("questions", x.questions, 1, 10'000'000,
           "Training rows to learn it from, at most.");
}

std::string plan_of(const tokenize_options& options);

/// Learns a byte-level BPE vocabulary from the training rows.
expected<flow::stage_spec> make_stage(const tokenize_options& options,
                                      const flow::environment& at);

} // namespace aura::stages
