#pragma once

#include "kernels/dsl/syntax.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace aura::dsl {

/// What another language's function is here.
struct translated_call {
  /// The same in our words, where that can be said.
  std::optional<expr> ours;
  /// What else to do.
  std::string hint;
};

/// Translates a call of a function that SQL, PRQL, KQL or pandas have under
/// another name. Nothing if it is not known.
std::optional<translated_call> translate_call(const expr& call);

/// Our type for the name of another language's, such as `INTEGER` for `bigint`;
/// empty if it is not known.
std::string our_type(std::string_view name);

} // namespace aura::dsl
