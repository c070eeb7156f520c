#pragma once

#include "kernels/dsl/plan.hpp"
#include "kernels/dsl/sql_expressions.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace aura::dsl {

/// One SELECT in the making. Its clauses happen in SQL's order, whatever the
/// order in which they are filled:
/// FROM < WHERE < GROUP < HAVING < window < SELECT < DISTINCT < ORDER < LIMIT.
struct sql_block {
  std::string from;
  std::string where;
  std::string group;
  std::string having;
  std::string limit;
  /// Of a LIMIT: which rows are the first.
  std::vector<plan::order_key> order;
  /// What the block can give a name to.
  std::vector<plan::column_id> defined;
  /// Those of its columns that are made of its own aggregates.
  std::vector<plan::column_id> aggregates;
  bool grouped = false;
  bool windowed = false;
  bool distinct = false;
  bool limited = false;
  /// Whether the ON of an inner join tests something besides columns.
  bool constant_on = false;
  /// Whether some column is more than one of the tables'.
  bool computed = false;

  /// Whether this column is made of the block's aggregates.
  bool aggregates_in(plan::column_id id) const {
    return std::find(aggregates.begin(), aggregates.end(), id)
           != aggregates.end();
  }

  /// Whether WHERE is still open.
  bool filters() const {
    return !grouped && !windowed && !distinct && !limited;
  }
};

struct sql_column {
  std::string name;
  std::string text;
  plan::column_id id = plan::no_column;
};

/// What a column `x` is called within the statement. SQLite gives no name to a
/// column of a subquery that is called true or false.
std::string inner_name(std::string_view x);

/// ` ORDER BY …` by what the keys mean in the current block, or nothing.
std::string order_by(const std::vector<plan::order_key>& keys,
                     const expression_writer& expressions);

/// The keys of an ORDER BY without these words.
std::string order_list(const std::vector<plan::order_key>& keys,
                       const expression_writer& expressions);

/// The whole SELECT with the given columns; `order` is its ORDER BY clause.
std::string select_text(const sql_block& x,
                        const std::vector<sql_column>& columns,
                        const std::string& order);

} // namespace aura::dsl
