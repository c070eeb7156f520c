#pragma once

#include "kernels/dsl/syntax.hpp"
#include "kernels/evaluation/mutants.hpp"
#include "kernels/schema/schema.hpp"

#include <functional>
#include <vector>

namespace aura::evaluation {

/// One way to change a node.
template <class Node>
struct edit {
  mutation kind;
  std::function<void(Node&)> apply;
};

template <class Node>
using edits = std::vector<edit<Node>>;

/// The ways to change one expression, not what lies within it.
edits<dsl::expr> edits_of(const dsl::expr& x, const schema::schema& s);

/// The ways to change the operators of one pipeline, not their expressions.
edits<dsl::pipeline> edits_of(const dsl::pipeline& x, const schema::schema& s);

/// The ways to change a sort key, not its expression.
edits<dsl::sort_key> edits_of(const dsl::sort_key& x);

} // namespace aura::evaluation
