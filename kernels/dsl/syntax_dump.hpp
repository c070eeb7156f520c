#pragma once

#include "kernels/dsl/syntax.hpp"

#include <string>

namespace aura::dsl {

/// The tree for a person who looks into the parser: one operator a line, every
/// node in parentheses behind its kind, with the bytes it was read from.
std::string dump(const query& x);

} // namespace aura::dsl
