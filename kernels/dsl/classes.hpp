#pragma once

#include "kernels/dsl/syntax.hpp"
#include "kernels/schema/schema.hpp"

#include <optional>
#include <string_view>
#include <vector>

/// Rough types of expressions that are still being written. What is finished
/// is judged by the resolver; this only keeps a half-written query from going
/// where the resolver will not follow.
namespace aura::dsl {

/// A set of types that a value may have; empty for a value that has none.
using classes = std::uint8_t;

inline constexpr classes no_class = 0;
inline constexpr classes integer_class = 1;
inline constexpr classes real_class = 2;
inline constexpr classes text_class = 4;
inline constexpr classes boolean_class = 8;
inline constexpr classes date_class = 16;
inline constexpr classes timestamp_class = 32;
inline constexpr classes duration_class = 64;
inline constexpr classes number_classes = integer_class | real_class;
inline constexpr classes time_classes = date_class | timestamp_class;
inline constexpr classes value_classes
  = number_classes | text_class | boolean_class | time_classes;

classes class_of(schema::type x);

/// All types that compare with one of `x`: any number with any number, any
/// time with any time.
constexpr classes comparable(classes x) {
  return static_cast<classes>(x | ((x & number_classes) ? number_classes : 0)
                              | ((x & time_classes) ? time_classes : 0));
}

/// Whether a value of type `x` may stand where `wanted` is taken.
constexpr bool fits(classes x, classes wanted) {
  return (x & wanted) != 0 || ((x & integer_class) && (wanted & real_class));
}

/// What a function takes and gives, as letters: n number, i integer, t text,
/// r real, b boolean, d date or timestamp, D date, m timestamp, a anything, c
/// anything that has an order, e number or time, s like the first argument (of
/// IF the second), w width of a bin, L an integer literal, p a share from 0 to
/// 1, U the name of a unit, F a date format.
struct function_shape {
  enum class kind : std::uint8_t { scalar, aggregate, window };
  std::string_view name;
  kind what;
  std::string_view arguments;
  std::uint8_t least;
  char result;
  /// Takes any number of further arguments like the last.
  bool open = false;
};

/// Null if there is none of this (upper-case) name.
const function_shape* find_shape(std::string_view name);

const std::vector<function_shape>& function_shapes();

/// The letter of argument `index`; 0 if there is no such argument.
char argument_letter(const function_shape& f, std::size_t index);

/// What a column's path means.
struct column_meaning {
  classes type = no_class;
  const schema::column* origin = nullptr;
};

/// Knows the columns in scope.
class column_finder {
public:
  virtual ~column_finder() = default;
  virtual std::optional<column_meaning>
  find_column(const std::vector<name>& path) const = 0;
  /// The type of the only column of a pipeline that is a value.
  virtual classes find_query(const expr& x) const = 0;
};

/// The possible types of `x`; `no_class` if its parts do not go together.
classes class_of(const expr& x, const column_finder& columns);

/// The type of a binary operator's result.
classes class_of(std::string_view op, classes left, classes right);

/// The types that a call of `f` may give in a place that takes `wanted`.
classes class_of_call(const function_shape& f);

/// Whether the text of a literal could be read as a date, or as a moment.
bool is_date_text(std::string_view x);
bool is_timestamp_text(std::string_view x);

/// Whether a frame of WINDOW means something to a call in `x`.
bool may_have_frame(const expr& x);

/// Whether `x` holds an aggregate or window call outside of subqueries.
bool has_call_over_rows(const expr& x);

} // namespace aura::dsl
