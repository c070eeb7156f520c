#pragma once

#include "kernels/base/expected.hpp"
#include "kernels/dsl/syntax.hpp"
#include "kernels/schema/schema.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aura::dsl::editor {

/// One change of the text.
struct edit {
  span where;
  std::string replacement;
};

/// Where a name comes from.
struct origin {
  /// In the query; empty if the schema declares it.
  span where;
  const schema::table* table = nullptr;
  const schema::column* column = nullptr;     // of `table`
  const schema::relation* relation = nullptr; // of `table`
};

/// Where the name at `offset` is made; nothing if there is no known name.
std::optional<origin> definition_at(std::string_view text, std::size_t offset,
                                    const schema::schema* s);

/// A place that means the same thing.
struct reference_place {
  span where;
  bool defines = false;
};

/// All places that mean what the name at `offset` means, by place.
std::vector<reference_place> references_at(std::string_view text,
                                           std::size_t offset,
                                           const schema::schema* s);

/// The name at `offset`, if `rename_at` could change it.
std::optional<span> renameable_at(std::string_view text, std::size_t offset,
                                  const schema::schema* s);

/// Gives the LET, alias or column of the query at `offset` another name,
/// wherever it is meant. Names made of it, as `sum_kwh` is, follow. Fails with
/// `resolve_error` for a name that the schema declares, for an empty name,
/// and if some name would mean something else than before.
expected<std::vector<edit>> rename_at(std::string_view text, std::size_t offset,
                                      std::string_view new_name,
                                      const schema::schema* s);

/// `text` after `edits`, which do not overlap.
std::string applied(std::string_view text, std::vector<edit> edits);

} // namespace aura::dsl::editor
