#pragma once

#include "kernels/dsl/diagnostic.hpp"
#include "kernels/dsl/syntax.hpp"
#include "kernels/schema/schema.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aura::dsl {

/// A LEFT JOIN over a declared relation while it is resolved: what to change
/// so that a path stands for it.
struct join_as_path {
  std::uint32_t instance = 0; // of the joined table
  std::string from;           // the alias where the relation starts
  const schema::relation* relation = nullptr;
  std::vector<fix> edits;
  bool possible = true;
  /// Whether an operator left nothing of the joined columns but what it names.
  bool ended = false;
};

/// What a resolver notes of how names might be written.
struct spelling_notes {
  std::vector<fix> names;
  std::vector<join_as_path> joins;
};

/// `source`, the text of `x`, with what only the schema can tell mended: names
/// as it spells them, no needless qualifiers, plain texts for DATE literals
/// beside DATE columns, paths for LEFT JOINs over declared relations that are
/// used only for their columns. Comments stay. A query that does not resolve in
/// `s` is returned unchanged.
std::string respelled(std::string_view source, const query& x,
                      const schema::schema& s);

} // namespace aura::dsl
