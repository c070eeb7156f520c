#pragma once

#include "kernels/schema/schema.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace aura::text {

enum class literal_kind : char { number = '#', moment = '@', text = '$' };

/// A literal found in a question.
struct mention {
  /// Bytes of the question, end exclusive.
  std::size_t start = 0;
  std::size_t end = 0;
  literal_kind kind = literal_kind::number;
  /// As a query spells it, without quotes: `5 March 2024` is `2024-03-05`.
  std::string value;
};

/// Finds what a question says literally, without overlap, in order:
/// - quoted texts
/// - declared values of `tables`, in any case, as the schema spells them
/// - days, months, quarters and times: `2024-03-05`, `5 March 2024`,
///   `March 5, 2024`, `March 2024`, `2024-03`, `Q1 2024`, `2024-Q1`,
///   `the first quarter of 2024`, `2024-03-05 08:00:00`; years, `2024`, behind
///   a word that asks for one
/// - numbers: `24`, `3.5`, `1,000`, `five`, `twenty`
/// At one place the longest wins.
std::vector<mention> link(std::string_view question,
                          const std::vector<const schema::table*>& tables);

} // namespace aura::text
