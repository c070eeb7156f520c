#pragma once

#include "kernels/dsl/diagnostic.hpp"
#include "kernels/dsl/syntax.hpp"

#include <optional>
#include <string_view>

namespace aura::dsl {

/// Longer queries are refused.
inline constexpr std::size_t max_source_bytes = 1u << 20;

struct parsed {
  /// Absent if and only if there are errors.
  std::optional<dsl::query> query;
  dsl::diagnostics diagnostics;
};

/// Reads one query. Never throws and never recurses deeper than 200 levels;
/// recovers at each `|>`, so that independent errors come in one run.
parsed parse(std::string_view source);

} // namespace aura::dsl
