#pragma once

#include "kernels/evaluation/splits.hpp"

#include <cstddef>
#include <span>
#include <string_view>

namespace aura::evaluation {

/// A row as contamination is looked for.
struct split_row {
  split where = split::train;
  std::string_view question;
  std::string_view query;     // canonical
  std::string_view structure; // the key of `skeleton::structure`
};

/// How many rows of one test split have something in common with the rows that
/// a model was trained or selected on (train and eval).
struct contamination {
  std::size_t rows = 0;
  std::size_t same_question = 0; // up to case and punctuation
  std::size_t near_question = 0; // 5-grams with a Jaccard index of 0.7
  std::size_t gram_8 = 0;        // some run of 8 words
  std::size_t gram_13 = 0;       // some run of 13 words
  std::size_t same_query = 0;
  std::size_t same_structure = 0;
};

/// Counts for one test split. Nothing is sampled: every row is looked at.
contamination find_contamination(std::span<const split_row> rows, split test);

} // namespace aura::evaluation
