#pragma once

#include "kernels/dsl/foreign_queries.hpp"

#include <cstddef>
#include <functional>
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
  /// What is selected instead of `value`, where calls with OVER were taken out.
  std::string text;
};

/// One WINDOW: the calls that share an OVER, and what follows them.
struct sql_window {
  std::string calls;
  std::string tail;
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

  /// The same of the items of one SELECT, or of an EXTEND.
  std::optional<std::string> run_items(bool extends);

  /// Whether an ORDER BY without a frame became RUNNING, which takes rows with
  /// equal keys one after the other.
  bool runs() const {
    return runs_;
  }

private:
  using speller = std::function<std::string(const words&)>;

  // foreign_sql.cpp: clauses
  void fail();
  bool accept(std::string_view word);
  words clause();
  /// Text of ours for an expression: statements inside it are rewritten, and
  /// with `windows` a name takes the place of each call with OVER.
  std::string expression(const words& x, bool windows = false);
  /// A statement in parentheses, rewritten.
  std::string nested(const words& x);
  /// WITH a AS (SELECT …), …
  std::string with();
  /// A table, or a statement in parentheses, with its alias.
  std::string relation();
  std::string from();
  std::string statement();
  std::string limit(const std::string& top);
  bool is_set_word() const;
  std::string set_operation();

  // foreign_sql_exists.cpp: WHERE
  /// FILTER, and a SEMI or ANTI JOIN for each EXISTS among the conditions.
  std::string where(const words& x);
  std::string exists(const words& x, bool negated);

  // foreign_sql_windows.cpp: calls with OVER
  /// WINDOW w AS (…), …
  void named_windows();
  /// Takes the calls with OVER out of an item of SELECT.
  void take_windows(sql_item& x);
  /// Names the call with OVER that ends before `end`; `name` may be empty.
  std::string window_call(const words& x, std::string name,
                          const speller& spell);
  std::string window_tail(const words& over, bool framed, const speller& spell);
  std::string frame_of(const words& x);
  std::string window_stages() const;

  // foreign_sql_lists.cpp: what is selected, grouped and sorted
  std::vector<sql_item> items(const words& list);
  static bool is_column(const words& x);
  bool is_everything(const words& x) const;
  /// What a column of the answer is called.
  static std::string name_of_item(const sql_item& x);
  std::string spelled(const sql_item& x);
  /// The item that `x` repeats, names or numbers; null if there is none.
  static sql_item* item_meant(const words& x, std::vector<sql_item>& items);
  /// `b DESC` as the value and what stands behind it.
  static std::pair<words, std::string> key_of(const words& x);
  std::string plain(std::vector<sql_item>& list, const words& qualify,
                    const std::vector<words>& order, bool distinct);
  std::string grouped(std::vector<sql_item>& list,
                      const std::vector<words>& groups, const words& having,
                      const words& qualify, const std::vector<words>& order,
                      bool distinct);
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
  /// Whether there is more than one table.
  bool joined_ = false;
  bool runs_ = false;
  /// Items are added to the columns that there are.
  bool extends_ = false;
  int made_names_ = 0;
  std::vector<sql_window> windows_;
  /// The name and the parentheses of each WINDOW w AS (…).
  std::vector<std::pair<std::string, words>> named_;
};

/// Behind the OVER of a call that begins at `i`; `i` if there is no such call.
std::size_t behind_over(const words& x, std::size_t i);

/// Whether a call with OVER is anywhere in `x`.
bool has_over(const words& x);

} // namespace aura::dsl::foreign
