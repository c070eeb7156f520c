#pragma once

#include "kernels/schema/schema.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aura::schema {

/// The columns of a relation as schema files spell them: `a == x AND b == y`,
/// with backticks around names that need them.
std::string match_text(const relation& r);

/// Reads that back; nothing if `text` has another form.
std::optional<std::vector<std::pair<std::string, std::string>>>
parse_match(std::string_view text);

} // namespace aura::schema
