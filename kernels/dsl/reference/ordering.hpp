#pragma once

#include "kernels/dsl/reference/relation.hpp"
#include "kernels/dsl/syntax.hpp"

#include <vector>

/// SORT: NULLs last in both directions unless the key says otherwise.
namespace aura::dsl::interpreter {

struct direction {
  bool descending = false;
  bool nulls_first = false;
};

direction direction_of(const sort_key& x);

/// Below, equal to or above 0, key by key.
int compare_keys(const cells& a, const cells& b,
                 const std::vector<direction>& directions);

} // namespace aura::dsl::interpreter
