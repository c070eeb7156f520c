#pragma once

#include "kernels/base/value.hpp"
#include "kernels/dsl/compile.hpp"
#include "kernels/dsl/plan.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace aura::dsl {

class expression_writer;

/// How tightly an operator binds, low to high; the same in every dialect.
enum class binding : std::uint8_t {
  disjunction,
  conjunction,
  negation,
  equality,
  inequality,
  sum,
  product,
  joint, // ||
  sign,
  atom
};

/// What a database spells in its own way. What SQL spells alike everywhere is
/// in expression_writer and pipeline_writer. Has no state: one object serves
/// all threads.
class sql_dialect {
public:
  virtual ~sql_dialect() = default; // for the classes that derive from it

  /// A literal in the text, neither NULL nor a truth value, that has exactly
  /// this type.
  virtual std::string literal(const datum& x, plan::data_type type) const = 0;

  /// Appends a call whose spelling differs between databases: division,
  /// remainder, casts and all functions.
  virtual binding call(expression_writer& w, std::string& out,
                       const plan::value& x) const = 0;

  /// Appends an aggregate or window call; `over` is its OVER clause or empty.
  virtual binding aggregate(expression_writer& w, std::string& out,
                            const plan::function_call& x,
                            std::string_view over) const = 0;

  /// A column as the result shows it; `text` is what stands for the column.
  virtual std::string readable(const plan::column& x,
                               std::string_view text) const = 0;

  /// A moment as a number of seconds, which a RANGE frame counts in.
  virtual std::string seconds(const plan::column& x,
                              std::string_view text) const = 0;

  /// The same in the seconds of a clock whose months have 31 days, so that a
  /// month before is always as far away: (year * 12 + month) * 31 days, plus
  /// the day of the month and the second of the day.
  virtual std::string calendar(const plan::column& x,
                               std::string_view text) const = 0;

  /// Whether a RANGE frame may sort by this text rather than by a column.
  virtual bool ranges_by(std::string_view text) const = 0;

  /// What follows a sort key: its direction and the place of NULL.
  virtual std::string_view direction(bool descending,
                                     bool nulls_first) const = 0;

  /// A text that GROUP BY or ORDER BY do not take for something else, such as
  /// a number for a column's place.
  virtual std::string group_key(const std::string& text) const = 0;
  virtual std::string sort_key(const std::string& text) const = 0;

  /// Whether INTERSECT ALL and EXCEPT ALL exist.
  virtual bool has_multisets() const = 0;
};

/// The dialect of a target; it lives as long as the program.
const sql_dialect& dialect_of(sql_target x);

} // namespace aura::dsl
