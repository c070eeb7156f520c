#pragma once

#include "kernels/dsl/codes.hpp"
#include "kernels/schema/schema.hpp"

#include <string>
#include <string_view>

namespace aura::dsl {

/// The entry of a code in any case, with or without `AUR-`; null if there is
/// none.
const code_entry* find_code(std::string_view code);

/// An entry as Markdown: what it means, a query that shows it, what is said
/// about it, and the query once it is mended. `house` is the schema that the
/// examples are over, configs/schemas/smart_home.yaml.
std::string describe(const code_entry& x, const schema::schema& house);

/// The page of all diagnostics as Markdown.
std::string catalogue(const schema::schema& house);

} // namespace aura::dsl
