#pragma once

#include "kernels/dsl/syntax.hpp"

#include <optional>
#include <string>
#include <string_view>

/// What functions, methods and types of SQL dialects, KQL, PRQL and pandas are
/// in our words.
namespace aura::dsl::foreign {

/// One of our expressions that says what was meant.
struct rewriting {
  expr ours;
  /// As in dsl::fix. Below 0.8 where the meaning is not quite the same.
  double confidence = 0.9;
  /// What to mind; empty if nothing.
  std::string hint;
};

/// What the call `x` of a function that is not ours is. Nothing if it is
/// unknown, or takes other arguments.
std::optional<rewriting> rewrite_call(const expr& x);

/// What `receiver.method(arguments)` of pandas is: `room.str.lower()`.
std::optional<rewriting> rewrite_method(const expr& x);

/// Our name of a function that takes the same arguments; empty if there is
/// none.
std::string_view our_function(std::string_view foreign);

/// The type that a function of one argument gives it: `TOINT` is `INTEGER`;
/// empty if it is none of these.
std::string_view cast_of(std::string_view foreign);

/// What to do in place of a call that rewrite_call does not know, or knows with
/// other arguments; empty if the function is unknown. @pre `name` is upper-case
std::string_view advice_on_call(std::string_view name);

/// Our type for one of other languages: `VARCHAR` is `TEXT`; empty if there is
/// none.
std::string_view our_type(std::string_view foreign);

/// What a word is that other languages keep for a value: `CURRENT_DATE` is
/// `TODAY()`, `None` is `NULL`; empty if it is none of these.
std::string_view our_value(std::string_view foreign);

/// A letter or two behind a number that stand for a unit: `7d`, `30min`.
std::optional<unit> abbreviated_unit(std::string_view letters);

} // namespace aura::dsl::foreign
