#pragma once

#include "kernels/dsl/syntax.hpp"
#include "kernels/dsl/tokens.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace aura::dsl {

/// Where an expression stands while it is being read.
enum class slot : std::uint8_t {
  filter,       // FILTER …
  item,         // an item of SELECT
  extended,     // an item of EXTEND
  aggregate,    // an item of AGGREGATE
  window,       // an item of WINDOW
  key,          // BY …
  per,          // PER …
  sort_key,     // SORT …, TOP n BY …
  column,       // DROP, RENAME, UNPIVOT: a column and nothing else
  assigned,     // SET c = …
  join_on,      // JOIN … ON …
  pivoted,      // PIVOT … FOR
  pivot_column, // FOR … IN
  pivot_cell,   // a value of PIVOT
  group,        // ( … )
  operand,      // right of a binary operator
  negated,      // right of NOT
  minus,        // right of a unary -
  member,       // of a list after IN
  low,          // of BETWEEN
  high,         // of BETWEEN
  pattern,      // of LIKE
  argument,     // of a call
  condition,    // WHERE inside a call
  call_sort,    // SORT inside a call
  when,         // CASE WHEN …
  then,         // THEN …, ELSE …
  shared,       // USING ( …
  cast          // CAST( …
};

/// What encloses the place where the parser is.
struct frame_of_parse {
  slot what = slot::filter;
  /// Left of the operator: of operand, member, low, high and pattern.
  const expr* left = nullptr;
  /// The binary operator, or the function.
  std::string_view word;
  /// What is already read beside this place: arguments of the call, THEN values
  /// of the CASE.
  const std::vector<expr>* before = nullptr;
};

/// Looks over the parser's shoulder. Wherever the input ends, the parser tells
/// what it would accept there; wherever it goes on, it asks whether the way it
/// takes leads anywhere. That makes the parser itself the judge of unfinished
/// queries. Every question defaults to yes.
class watcher {
public:
  virtual ~watcher() = default;

  /// Whether only the canonical spelling counts, and the first mistake ends the
  /// reading. Otherwise the parser forgives and recovers as it does without a
  /// watcher.
  virtual bool is_strict() const {
    return true;
  }

  // What would be accepted at the end of the input.
  virtual void keyword(std::string_view) {
  }
  virtual void symbol(token_kind) {
  }
  virtual void count() {
  }
  virtual void signed_count() {
  }
  virtual void fresh_name() {
  }
  virtual void table() {
  }
  /// Operands, and NOT where `least` allows.
  virtual void operand(int /*least*/) {
  }
  virtual void period() {
  }
  virtual void unit() {
  }
  virtual void name_after(const std::vector<name>&) {
  }
  /// The text after DATE (true) or TIMESTAMP.
  virtual void date_text(bool) {
  }
  /// A unit after a number that is an operand.
  virtual void unit_after(std::string_view /*number*/) {
  }
  /// The `(` of a call.
  virtual void paren_after(std::string_view /*word*/) {
  }
  virtual void dot_after(const std::vector<name>&) {
  }
  /// What may follow the `(` of a call that is not an operand.
  virtual void first_argument(std::string_view /*function*/) {
  }
  /// Binary operators after `left` that bind at least `least` and at most
  /// `most`.
  virtual void operator_after(const expr& /*left*/, int /*least*/,
                              int /*most*/) {
  }

  // Whether a finished piece may stand where it does.
  virtual bool takes_table(const name&) {
    return true;
  }
  virtual bool takes_fresh_name(const name&) {
    return true;
  }
  virtual bool takes_operand(const expr&) {
    return true;
  }
  virtual bool takes_call(std::string_view /*function*/) {
    return true;
  }
  /// Whether one more argument may follow those of the call.
  virtual bool takes_argument(const expr& /*call*/) {
    return true;
  }
  /// Whether WHERE or SORT may follow the arguments of the call.
  virtual bool takes_clause(std::string_view, const expr& /*call*/) {
    return true;
  }
  /// Whether the call has arguments enough.
  virtual bool may_close(const expr& /*call*/) {
    return true;
  }
  virtual bool takes_cast(const expr& /*value*/, std::string_view /*type*/) {
    return true;
  }
  virtual bool takes_operator(std::string_view, const expr& /*left*/,
                              int /*least*/) {
    return true;
  }
  /// A frame of ROWS that begins here, and may not end before.
  virtual void frame_begins(std::int64_t /*from*/) {
  }
  /// Whether ROLLING n may go by time.
  virtual bool takes_frame_unit() {
    return true;
  }
  virtual bool takes_count(std::string_view) {
    return true;
  }
  virtual bool takes_period(const dsl::period&) {
    return true;
  }
  /// The expression in the innermost slot is finished.
  virtual bool ends(const expr&) {
    return true;
  }
  /// An item is finished; `items` holds it last.
  virtual bool ends_items(slot, const std::vector<item>& /*items*/) {
    return true;
  }

  // Where pipelines and their operators are.
  virtual void pipeline_begins(std::size_t /*at*/) {
  }
  /// A JOIN whose sides are read; whether ON or USING may follow.
  virtual bool joins(const join&) {
    return true;
  }
  /// A `|>` at this byte: what precedes must mean something.
  virtual bool stage_begins(std::size_t /*at*/) {
    return true;
  }
  virtual bool pipeline_ends(std::size_t /*at*/) {
    return true;
  }
  /// The pipeline that ended last is an operand: a value or the right of IN.
  virtual bool operand_pipeline_ends() {
    return true;
  }
  virtual void let_ends(const let&, std::size_t /*at*/) {
  }

  /// The enclosing slots, innermost last. Kept by the parser.
  std::vector<frame_of_parse> frames;
};

} // namespace aura::dsl
