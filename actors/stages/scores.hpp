#pragma once

#include "actors/flow/batch.hpp"
#include "kernels/evaluation/judge.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <vector>

namespace aura::stages {

/// One test question with its gold, what a model made of it, and the verdict.
struct judged {
  const sample* row = nullptr;
  evaluation::gold gold;
  std::string prediction;
  double log_probability = 0;
  std::size_t corrections = 0;
  evaluation::verdict verdict;
};

/// Matches, intervals and outcomes of one split:
/// `{"n","k","ex_strict","ci95",…}`. What could not be judged is not scored.
/// `log_probability` is the mean of what the model gives its own answers.
nlohmann::ordered_json score(const std::vector<judged>& items,
                             const std::string& split);

/// The same by operator, by number of operators, and by style.
nlohmann::ordered_json slices(const std::vector<judged>& items,
                              const std::string& split);

/// The first right and the first wrong answers of a split.
nlohmann::ordered_json examples(const std::vector<judged>& items,
                                const std::string& split, std::size_t most);

/// One line of predictions.jsonl.
nlohmann::ordered_json to_json(const judged& x);

} // namespace aura::stages
