#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aura::evaluation {

/// A question as duplicates are told by: lower case, words separated by single
/// blanks, without punctuation but for what belongs to a number (`3.5`).
std::string normalised(std::string_view question);

/// The words of a normalised question.
std::vector<std::string_view> words_of(std::string_view normalised_question);

/// Hashes of all runs of `n` words, in their order. A text of fewer words gives
/// the hash of all of them; no words give none.
std::vector<std::uint64_t> grams(const std::vector<std::string_view>& words,
                                 std::size_t n);

} // namespace aura::evaluation
