#pragma once

#include "kernels/dsl/syntax.hpp"
#include "kernels/evaluation/mutants.hpp"
#include "kernels/schema/schema.hpp"

#include <string>

namespace aura::evaluation {

/// Why `mutant`, an edit of `gold`, gives the same answer on every database of
/// the schema, as a sentence; empty if no rule proves it. Rules look at the
/// declarations alone: a key is unique, and what is not nullable is not NULL.
std::string equivalence_rule(const dsl::query& gold, const mutant& changed,
                             const schema::schema& s);

} // namespace aura::evaluation
