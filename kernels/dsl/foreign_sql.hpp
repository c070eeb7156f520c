#pragma once

#include "kernels/dsl/foreign_queries.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The inside of rewrite_sql; see foreign_queries.hpp.
namespace aura::dsl::foreign {

/// One item of a SELECT list.
struct sql_item {
  words value;
  std::string alias;
  bool aggregates = false;
};

/// Rewrites one SELECT statement. What it cannot say makes `run` give up.
class sql_reader {
public:
  /// Statements inside of statements.
  static constexpr int deepest = 20;

  explicit sql_reader(const words& x, int depth = 0) : x_{x}, depth_{depth} {
    if (depth > deepest)
      fail();
  }

  std::optional<std::string> run();

private:
  // foreign_sql.cpp: clauses
  void fail();
  bool accept(std::string_view word);
  words clause();
  /// Text of ours for an expression: statements inside it are rewritten.
  std::string expression(const words& x);
  /// WITH a AS (SELECT …), …
  std::string with();
  /// A table, or a statement in parentheses, with its alias.
  std::string relation();
  std::string from();
  std::string statement();
  std::string limit(const std::string& top);
  bool is_set_word() const;
  std::string set_operation();

  // foreign_sql_lists.cpp: what is selected, grouped and sorted
  std::vector<sql_item> items(const words& list);
  static bool is_column(const words& x);
  /// What a column of the answer is called.
  static std::string name_of_item(const sql_item& x);
  std::string spelled(const sql_item& x);
  /// The item that `x` repeats, names or numbers; null if there is none.
  static sql_item* item_meant(const words& x, std::vector<sql_item>& items);
  /// `b DESC` as the value and what stands behind it.
  static std::pair<words, std::string> key_of(const words& x);
  std::string plain(std::vector<sql_item>& list,
                    const std::vector<words>& order, bool distinct);
  std::string grouped(std::vector<sql_item>& list,
                      const std::vector<words>& groups, const words& having,
                      const std::vector<words>& order, bool distinct);
  /// After AGGREGATE: aggregates are called by their names. Those that are not
  /// selected are added to `items`.
  std::string after_aggregate(const words& x, std::vector<sql_item>& items,
                              std::vector<sql_item>& hidden);

  words x_;
  std::size_t at_ = 0;
  int depth_;
  /// Of a set operator: what orders and cuts belongs to the whole.
  bool operand_ = false;
  bool failed_ = false;
  int made_names_ = 0;
};

} // namespace aura::dsl::foreign
