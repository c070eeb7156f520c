#pragma once

#include "kernels/dsl/compile.hpp"
#include "kernels/schema/schema.hpp"

#include <string>
#include <string_view>

namespace aura::dsl {

/// `source` with what only a schema can tell of the canonical form: names as
/// the schema spells them, no qualifiers that say nothing, and no DATE in front
/// of a literal beside a date column. Everything else stays as it is, comments
/// too; a query with errors stays as a whole.
std::string respelled(std::string_view source, const schema::schema& s,
                      const compile_options& options);

} // namespace aura::dsl
