#pragma once

#include "kernels/text/added_tokens.hpp"
#include "kernels/text/merge_table.hpp"
#include "kernels/text/splitter.hpp"
#include "kernels/text/tokenizer.hpp"

#include <unordered_map>

namespace aura::text {

struct tokenizer::state {
  merge_table merges;
  splitter pieces;
  /// Looked for in the text as it came, and as it was normalised.
  added_tokens raw;
  added_tokens normalised;
  std::unordered_map<std::int32_t, added_token> added;
  /// Whether text is normalised to Unicode's form C first.
  bool composes = false;
  /// What the post-processor puts before and behind a text.
  std::vector<std::int32_t> before;
  std::vector<std::int32_t> behind;

  /// Appends the ids of text without added tokens.
  status encode(std::string_view text, std::vector<std::int32_t>& out) const;
};

} // namespace aura::text
