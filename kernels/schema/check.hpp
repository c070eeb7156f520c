#pragma once

#include "kernels/schema/schema.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace aura::schema {

/// What a schema says about itself that cannot be true.
struct problem {
  /// Which part of the schema, by position: see `place_of`. Empty for the
  /// whole.
  std::string place;
  std::string message;
};

/// The name of a part: `place_of(2)` is the third table, `place_of(2,
/// "column", 0)` its first column, `place_of(2, "column", 0, "range")` the
/// range of that.
std::string place_of(std::size_t table, const char* part = nullptr,
                     std::size_t index = 0, const char* detail = nullptr);

/// The first contradiction in `s`: equal names, keys and relations that point
/// nowhere, a relation whose right side is no key, values and ranges of
/// another type than their column. Nothing if `s` holds together.
std::optional<problem> find_problem(const schema& s);

} // namespace aura::schema
