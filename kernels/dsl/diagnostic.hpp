#pragma once

#include "kernels/dsl/syntax.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aura::dsl {

enum class severity : std::uint8_t { error, warning };

/// A change of the source that a machine may make.
struct fix {
  span where;
  std::string replacement;
  /// From 0 to 1; `aura fix` applies those of at least 0.8.
  double confidence = 1;
};

/// A second place that explains the first.
struct related {
  span where;
  std::string message;
};

/// What is wrong or doubtful in a query, where, and the way out.
struct diagnostic {
  std::string code; // `AUR-E0203`, stable
  dsl::severity severity = severity::error;
  std::string message;
  span where;
  std::vector<dsl::related> related;
  std::vector<std::string> candidates;
  std::vector<fix> fixes;
  std::vector<std::string> hints;
};

using diagnostics = std::vector<diagnostic>;

/// A place as editors count it.
struct line_column {
  std::size_t line = 1;   // from 1
  std::size_t column = 1; // from 1, in characters and not in bytes
};

/// Where byte `at` of `source` is; its end for one beyond.
line_column locate(std::string_view source, std::size_t at);

bool has_errors(const diagnostics& x);

/// The diagnostics for a person: message, the line of the source with a caret
/// under the span, hints and fixes.
std::string render(const diagnostics& x, std::string_view source,
                   std::string_view source_name);

/// The diagnostics for a machine, in the shape of `aura check --json`.
std::string render_json(const diagnostics& x, std::string_view source);

} // namespace aura::dsl
