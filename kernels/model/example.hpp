#pragma once

#include "kernels/text/bpe.hpp"
#include "kernels/text/prompt.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace aura::model {

/// One question with its answer, as tokens. The decoder reads context, then
/// question, and is trained on the answer only.
struct example {
  /// The tables in scope. Examples of equal context are computed together.
  std::vector<std::int32_t> context;
  std::vector<std::int32_t> question;
  /// Ends with the token that ends an answer.
  std::vector<std::int32_t> answer;

  bool operator==(const example&) const = default;
};

/// `prompt` as tokens, without an answer: what a translator starts from.
example make_question(const text::bpe& vocabulary, const text::prompt& prompt);

/// `prompt` and the canonical `query` that answers it as tokens.
example make_example(const text::bpe& vocabulary, const text::prompt& prompt,
                     std::string_view query);

} // namespace aura::model
