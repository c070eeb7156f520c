#pragma once

#include "kernels/dsl/syntax.hpp"
#include "kernels/schema/schema.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aura::dsl::editor {

/// What a word means, in Markdown, and the word.
struct explanation {
  span where;
  std::string markdown;
};

/// What the word at `offset` means: type, unit, description and values of a
/// column, signature of a function, help for an operator. Nothing for
/// punctuation, literals and comments. `s` may be null.
std::optional<explanation> explain(std::string_view text, std::size_t offset,
                                   const schema::schema* s);

/// How the call or operator around the cursor is written.
struct signature {
  std::string form; // `ROUND(x[, digits])`
  std::string text; // Markdown
  /// Bytes of `form` that are parameters, in order.
  std::vector<span> parameters;
  /// The one at the cursor; past the end of `parameters` if there is none.
  std::size_t active = 0;
};

/// The signature of the innermost call around `offset`, or of the operator.
std::optional<signature> signature_at(std::string_view text,
                                      std::size_t offset);

} // namespace aura::dsl::editor
