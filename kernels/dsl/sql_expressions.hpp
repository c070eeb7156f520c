#pragma once

#include "kernels/dsl/compile.hpp"
#include "kernels/dsl/plan.hpp"
#include "kernels/dsl/sql_dialect.hpp"

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace aura::dsl {

/// `"a ""b"""`.
std::string quoted_name(std::string_view name);

/// `t1`, `t2`, …
std::string table_alias(std::uint32_t number);

/// Writes plan expressions as SQL of one dialect. Columns stand for whatever
/// the current SELECT block says they are; literals become numbered parameters.
class expression_writer {
public:
  expression_writer(const plan::query& plan, const compile_options& options);

  const sql_dialect& dialect() const {
    return dialect_;
  }

  /// What stands for a column in the current block.
  struct meaning {
    std::string text;
    binding strength = binding::atom;
    /// Of a column of a table whose text nobody has asked for.
    std::uint32_t alias = 0;
    const std::string* name = nullptr;
  };

  const meaning& of(plan::column_id id) const;
  void mean(plan::column_id id, std::string text,
            binding strength = binding::atom);
  /// The same for `alias."name"`, which is spelled out once somebody asks: most
  /// columns of a table stay unread. @pre `name` outlives the writer
  void mean_column(plan::column_id id, std::uint32_t alias,
                   const std::string& name);
  /// A column that only the SQL knows.
  plan::column_id invent();

  /// Appends `x` to `out` and says how tightly the text binds. A `plain` number
  /// takes its type from what stands beside it.
  binding write(std::string& out, const plan::value& x, bool plain = false);
  /// Appends `x`, in parentheses unless it binds at least as `least` does.
  void operand(std::string& out, const plan::value& x, binding least,
               bool plain = false);
  std::string text(const plan::value& x);

  /// Appends `name(arguments)`.
  void function(std::string& out, std::string_view name,
                const std::vector<plan::value>& arguments);
  /// Appends ` FILTER (WHERE …)` if the call has a condition.
  void filter(std::string& out, const plan::function_call& x);
  /// Appends two operands of a left-associative operator and it between them.
  binding write_binary(std::string& out, const plan::value& x,
                       std::string_view symbol, binding strength);
  /// Appends `pattern` with `$1`, `$2` … replaced by the parts and `$$` by
  /// a dollar.
  binding expand(std::string& out, std::string_view pattern,
                 std::initializer_list<std::string_view> parts,
                 binding strength = binding::atom);

  /// A literal of this type, bound or in place.
  std::string literal(const datum& x, plan::data_type type);
  /// TRUE or FALSE. SQLite takes these words for columns where there are such,
  /// hence 1 and 0 then.
  std::string_view truth(bool x) const;
  /// The number of a LIMIT, bound or in place.
  std::string count(std::int64_t x);

  std::vector<datum> take_parameters();

  /// The text of a subquery, set by whoever can write pipelines.
  std::vector<std::string> subqueries;

  /// Whether the text outgrew what is sensible; it is cut short then.
  bool too_long() const;

private:
  binding write_operator(std::string& out, const plan::value& x);
  binding write_case(std::string& out, const plan::value& x);
  std::string bound(const datum& x);

  const sql_dialect& dialect_;
  bool in_place_ = false;
  bool truth_is_named_ = false;
  mutable std::vector<meaning> meanings_;
  std::vector<datum> parameters_;
  std::size_t written_ = 0;
};

} // namespace aura::dsl
