#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace aura {

/// One cell of a table as SQLite stores it: NULL, INTEGER, REAL or TEXT.
using datum = std::variant<std::monostate, std::int64_t, double, std::string>;

using record = std::vector<datum>;

inline bool is_null(const datum& x) noexcept {
  return x.index() == 0;
}

/// As a literal of AuraDSL and SQL: `NULL`, `42`, `3.5`, `'it''s'`. A real
/// prints with the fewest digits that read back to it, and always as a real
/// (`100.0`).
std::string to_literal(const datum& x);

/// As a reader wants to see it in a table or in CSV: text without quotes.
std::string to_display(const datum& x);

/// The shortest decimal that reads back to `x`, with a point or an exponent.
std::string to_text(double x);

} // namespace aura
