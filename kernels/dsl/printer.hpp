#pragma once

#include "kernels/dsl/syntax.hpp"

#include <string>

namespace aura::dsl {

enum class layout : std::uint8_t { one_line, pretty };

/// Writes the canonical form. Laws: parse(print(q)) == canonical(q), and
/// printing what was printed changes nothing.
std::string print(const query& x, layout form = layout::one_line);

/// One expression, as it stands within a query.
std::string print(const expr& x);

/// The same meaning in the one spelling the formatter chooses: adjacent
/// FILTERs merged, IF for a CASE with one WHEN, JOIN for INNER JOIN and so on.
/// Needs no schema.
query canonical(query x);

/// The same for one expression.
expr canonical(expr x);

} // namespace aura::dsl
