#pragma once

#include "kernels/dsl/syntax.hpp"

#include <functional>

namespace aura::evaluation {

/// What to do at each place of a query. Empty functions are skipped.
struct visitor {
  std::function<void(dsl::expr&)> expression = {};
  std::function<void(dsl::item&)> item = {};
  std::function<void(dsl::sort_key&)> key = {};
  /// Also for the pipelines of LETs, operands and subqueries.
  std::function<void(dsl::pipeline&)> pipeline = {};
};

/// Calls `f` at every place of `x`, in the order of the text, outer places
/// before those within. What a call adds is visited, too.
void walk(dsl::query& x, const visitor& f);

/// The same below one expression, which is visited first.
void walk(dsl::expr& x, const visitor& f);

} // namespace aura::evaluation
