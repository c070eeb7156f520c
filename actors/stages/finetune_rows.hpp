#pragma once

#include "actors/flow/row_store.hpp"
#include "actors/stages/domain.hpp"
#include "kernels/model/example.hpp"
#include "kernels/text/chat.hpp"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace aura::stages {

/// What a fine-tuning learns from and is watched on, as tokens.
struct tuning_examples {
  std::vector<model::example> train;
  std::vector<model::example> eval;
  /// The rows that were skipped, by id, and why.
  std::vector<std::pair<std::uint64_t, fault>> skipped;
};

struct tuning_reading {
  /// Tokens of a row, at most.
  std::size_t longest = 2048;
  /// Training rows, at most; 0: all.
  std::size_t rows = 0;
  /// Whether a bad row is skipped rather than the end.
  bool skip = false;
  /// Whether rows of one context share it.
  bool share = false;
  std::size_t threads = 2;
};

/// The rows of the splits `train` and `eval` as conversations, in the order of
/// their ids. A row without a context of its own shows its tables. Fails with
/// the place of the first bad row, unless those are skipped.
expected<tuning_examples> tuning_examples_of(const flow::row_store& rows,
                                             const domain& context,
                                             const text::tokenizer& vocabulary,
                                             const text::chat_template& how,
                                             const tuning_reading& reading);

} // namespace aura::stages
