#pragma once

#include "kernels/evaluation/judge.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Controls prove the harness: predictions whose score is known beforehand.
namespace aura::evaluation {

/// `query` printed and parsed again: a gold must match it. Fails with
/// `syntax_error`.
expected<std::string> reprinted(std::string_view query);

/// For each item another one, drawn from `seed`, that has another key, so that
/// no gold meets a paraphrase of itself. An item stays its own partner only if
/// all keys are equal. Score golds against it within one schema.
std::vector<std::size_t> permuted(std::span<const std::string_view> keys,
                                  std::uint64_t seed);

/// The verdict on a system that always answers with no rows. Matches nothing
/// unless some state has none.
verdict judge_empty(const gold& expected_answers);

/// Answers with the query of the training question that is most alike: what
/// can be had by memory alone. Alike is the cosine of two bags of words and
/// pairs of words, weighted by how rare they are. Frozen after construction,
/// hence safe to use from any thread.
class memoriser {
public:
  /// @pre as many questions as queries
  memoriser(std::span<const std::string_view> questions,
            std::span<const std::string_view> queries);
  memoriser(memoriser&&) noexcept;
  memoriser& operator=(memoriser&&) noexcept;
  ~memoriser(); // knows what the source hides

  /// The first of equally alike ones; empty if nothing was learnt.
  std::string_view answer(std::string_view question) const;

private:
  struct state;
  std::unique_ptr<state> state_;
};

} // namespace aura::evaluation
