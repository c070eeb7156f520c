#pragma once

#include "kernels/dsl/plan.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aura::dsl {

enum class function_group : std::uint8_t { scalar, aggregate, window };

/// One function of the language.
struct function_entry {
  std::string_view name; // upper case
  plan::op what;
  function_group group;
  std::uint8_t least;
  std::uint8_t most; // 255: any number
  std::string_view signature;
};

/// Null if there is none of this (upper-case) name.
const function_entry* find_function(std::string_view name);

/// All functions, sorted by name.
const std::vector<function_entry>& functions();

/// The name of a function or the spelling of an operator, for messages.
std::string_view to_string(plan::op x);

} // namespace aura::dsl
