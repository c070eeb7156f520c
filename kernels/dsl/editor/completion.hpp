#pragma once

#include "kernels/dsl/syntax.hpp"
#include "kernels/schema/schema.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aura::dsl::editor {

enum class proposal_kind : std::uint8_t {
  keyword,
  operation, // after `|>`
  function,
  column,
  relation,
  table,
  let,
  alias,
  value, // a literal
  unit,
  new_name
};

/// Something that may stand at the cursor.
struct proposal {
  proposal_kind kind = proposal_kind::keyword;
  /// What a list shows and what letters are compared with.
  std::string label;
  /// What takes the place of `completions::where`.
  std::string text;
  /// A type or the like, on the same line.
  std::string detail;
  /// Markdown.
  std::string description;
  /// What fits comes first: a smaller number.
  int rank = 0;
  /// A pair of parentheses belongs behind `text`, with the cursor inside.
  bool takes_arguments = false;
};

struct completions {
  /// What is replaced: the word at the cursor.
  span where;
  std::vector<proposal> proposals;
};

/// What may stand at `offset`, which is in or behind a word. Nothing in
/// comments and where the query makes up a name. The proposals do not depend
/// on the letters of the word, so that an editor may filter them while they
/// are typed. `s` may be null.
completions complete_at(std::string_view text, std::size_t offset,
                        const schema::schema* s);

} // namespace aura::dsl::editor
