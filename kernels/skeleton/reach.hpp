#pragma once

#include "kernels/schema/schema.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace aura::skeleton {

/// What a column is good for in a question.
enum class role : std::uint8_t {
  identifier, // a key or part of one
  category,   // text with declared values
  label,      // other text
  measure,    // a number to add up or compare
  level,      // an integer of few values: a floor, a score from 1 to 5
  flag,       // a boolean
  moment,     // a date or timestamp
};

/// A column that a query over one table may mention, itself or by a path.
struct reachable {
  /// `{"kwh"}` or `{"device", "room"}`.
  std::vector<std::string> path;
  const schema::column* column = nullptr;
  skeleton::role role = role::label;
  /// Whether NULL is possible here: its own, or a path that finds no row.
  bool nullable = false;
  /// Whether no two rows of the query's table share a value: its single key.
  bool unique = false;

  bool own() const {
    return path.size() == 1;
  }
};

/// The role of `c` in `t`.
role role_of(const schema::table& t, const schema::column& c);

/// The columns of `t`, then those of its declared paths of at most `steps`
/// relations, in the order of the schema. The columns that a path merely
/// repeats (the right side of its match) are left out. A path comes back to no
/// table that it has passed.
std::vector<reachable> reach(const schema::schema& s, const schema::table& t,
                             std::size_t steps = 2);

} // namespace aura::skeleton
