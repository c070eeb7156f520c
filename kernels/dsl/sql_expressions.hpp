#pragma once

#include "kernels/dsl/compile.hpp"
#include "kernels/dsl/plan.hpp"

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace aura::dsl {

/// How tightly SQLite binds, low to high.
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

/// `"a ""b"""`.
std::string quoted_name(std::string_view name);

/// Writes plan expressions as SQL. Columns stand for whatever the current
/// SELECT block says they are; literals become numbered parameters.
class expression_writer {
public:
  expression_writer(const plan::query& plan, const compile_options& options);

  /// What stands for a column in the current block.
  struct meaning {
    std::string text;
    binding strength = binding::atom;
  };

  const meaning& of(plan::column_id id) const;
  void mean(plan::column_id id, std::string text,
            binding strength = binding::atom);
  /// A column that only the SQL knows.
  plan::column_id invent();

  /// Appends `x` to `out` and says how tightly the text binds.
  binding write(std::string& out, const plan::value& x);
  /// Appends `x`, in parentheses unless it binds at least as `least` does.
  void operand(std::string& out, const plan::value& x, binding least);
  std::string text(const plan::value& x);

  /// Appends an aggregate or window call; `over` is its OVER clause or empty.
  binding write_call(std::string& out, const plan::function_call& x,
                     std::string_view over = {});

  /// A literal, bound or in place.
  std::string literal(const datum& x);

  /// The column as ISO text, whatever way it is stored.
  std::string readable(plan::column_id id);

  std::vector<datum> take_parameters();

  /// The text of a subquery, set by whoever can write pipelines.
  std::vector<std::string> subqueries;

  /// Whether the text outgrew what is sensible; it is cut short then.
  bool too_long() const;

private:
  binding write_binary(std::string& out, const plan::value& x,
                       std::string_view symbol, binding strength);
  binding write_operator(std::string& out, const plan::value& x);
  binding write_case(std::string& out, const plan::value& x);
  binding write_cast(std::string& out, const plan::value& x);
  binding write_function(std::string& out, const plan::value& x);
  binding write_round(std::string& out, const plan::value& x);
  binding write_match(std::string& out, const plan::value& x);
  binding write_time(std::string& out, const plan::value& x);
  binding write_trunc(std::string& out, const plan::value& x);
  binding write_bin(std::string& out, const plan::value& x);
  binding write_date_add(std::string& out, const plan::value& x);
  binding write_date_diff(std::string& out, const plan::value& x);
  binding write_format_date(std::string& out, const plan::value& x);
  /// `x` as the first arguments of a date function of SQLite.
  std::string moment(const plan::value& x);
  void function(std::string& out, std::string_view name,
                const std::vector<plan::value>& arguments);
  /// Appends `pattern` with `$1`, `$2` … replaced by the parts.
  binding expand(std::string& out, std::string_view pattern,
                 std::initializer_list<std::string_view> parts,
                 binding strength = binding::atom);

  const plan::query& plan_;
  const compile_options& options_;
  std::vector<meaning> meanings_;
  std::vector<datum> parameters_;
  std::size_t written_ = 0;
};

} // namespace aura::dsl
