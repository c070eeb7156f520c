#pragma once

#include "kernels/dsl/classes.hpp"
#include "kernels/dsl/watcher.hpp"

namespace aura::dsl {

/// A watcher that knows which types fit at the place where the parser is: what
/// a constraint allows, and what an editor proposes first.
class expecting : public watcher, public column_finder {
protected:
  /// The innermost slot, or null.
  const frame_of_parse* top() const;
  /// What the expression in the innermost slot may be when it is finished.
  classes wanted() const;
  /// The same for an enclosing slot.
  classes wanted(std::size_t frame) const;
  /// What the next operand may be, since a comparison may follow it.
  classes wanted_operand() const;
  /// Whether `op` may follow an operand of type `left`.
  bool operator_fits(std::string_view op, classes left, int least) const;
  /// Whether a duration and `+` may begin an operand that has one of `types`.
  bool may_move(classes types) const;
  /// Whether a call of `f` may begin here.
  bool function_fits(const function_shape& f) const;
  /// Whether nothing but a literal may stand here.
  bool takes_literal() const;
  bool inside_call_over_rows() const;

  /// Whether there is a number literal to be written, whole or of any kind.
  virtual bool has_number(bool /*whole*/) const {
    return true;
  }
  /// Whether there is one from 0 to 1.
  virtual bool has_share() const {
    return true;
  }

  /// Where the slots of the innermost pipeline begin.
  virtual std::size_t first_frame() const = 0;

private:
  classes wanted_argument(const frame_of_parse& f, std::size_t frame) const;
};

} // namespace aura::dsl
