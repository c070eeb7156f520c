#pragma once

#include "kernels/text/token_trie.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace aura::model {

/// How the next token is chosen from the scores of all. The filters hold one
/// after the other, over what a mask leaves.
struct sampling {
  /// 0 takes the token of the highest score, the first among equals.
  double temperature = 0;
  /// Only so many of the highest scores; 0: any number.
  std::size_t top_k = 0;
  /// Only the fewest of highest probability that have so much of it together.
  double top_p = 1;
  /// Only those that are at least so probable as the most probable, times this.
  double min_p = 0;
  /// Equal seeds, equal choices.
  std::uint64_t seed = 1;

  bool operator==(const sampling&) const = default;
};

/// Chooses a token, or none if the mask is empty or no score is finite. Scores
/// that are not a number are never chosen, those of -infinity neither.
/// `number` counts the choices of one text: what is drawn depends on it and
/// the seed alone. Masked tokens are never chosen.
std::optional<std::int32_t> choose(std::span<const float> logits,
                                   const text::token_set* allowed,
                                   const sampling& how, std::uint64_t number);

/// The logarithm of the probability that `logits` give `token`.
double log_probability(std::span<const float> logits, std::int32_t token);

} // namespace aura::model
