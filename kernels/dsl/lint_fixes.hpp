#pragma once

#include "kernels/dsl/diagnostic.hpp"
#include "kernels/dsl/syntax.hpp"

namespace aura::dsl {

/// Adds to warnings of `lint` the fixes that take the text of the query to
/// write: a column that nobody uses is left out, and `!=` says what becomes of
/// rows without a value. A column that is named later keeps its place.
void offer_lint_fixes(const query& x, diagnostics& out);

/// The span of LET number `i` with what separates it from its neighbours; empty
/// if a comment stands in it. @pre i < x.lets.size()
span span_of_let(const query& x, std::size_t i);

} // namespace aura::dsl
