#pragma once

#include "kernels/dsl/diagnostic.hpp"
#include "kernels/dsl/foreign_calls.hpp"
#include "kernels/dsl/foreign_queries.hpp"
#include "kernels/dsl/foreign_text.hpp"
#include "kernels/dsl/parser.hpp"
#include "kernels/dsl/syntax.hpp"
#include "kernels/dsl/tokens.hpp"
#include "kernels/dsl/watcher.hpp"
#include "kernels/dsl/words.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The inside of the parser: recursive descent over the tokens, expressions by
/// precedence climbing. Not for users of the language; see parser.hpp.
namespace aura::dsl {

// How tightly operators bind.
inline constexpr int binds_or = 1;
inline constexpr int binds_and = 2;
inline constexpr int binds_not = 3;
inline constexpr int binds_compare = 4;
inline constexpr int binds_coalesce = 5;
inline constexpr int binds_concat = 6;
inline constexpr int binds_add = 7;
inline constexpr int binds_multiply = 8;
inline constexpr int binds_unary = 9;

inline constexpr int max_nesting = 200;
inline constexpr int max_operators = 500;
/// Items of all lists together.
inline constexpr int max_items = 20'000;
/// The deepest tree, which long chains of operators reach without nesting.
inline constexpr int max_height = 600;

/// A binary operator of the language, as the source spells it.
struct binary_operator {
  int precedence = 0;
  std::string_view text; // as in expr::text
  /// What to write instead, if this is the spelling of another language.
  bool is_foreign = false;
  /// It becomes a call or something else that is no operator.
  bool is_rewritten = false;
};

/// Whether `word` is what another language calls an operator of ours.
bool is_foreign_operation(std::string_view word);

/// What the parser remembers where an operator of the main pipeline begins.
struct parser_mark {
  std::uint32_t at = 0;
  int operators = 0;
  int items = 0;
  /// The last two tokens before it.
  span earlier;
  span before;
};

/// Reads one source once.
class parser {
public:
  parser(std::string_view source, token_list tokens, watcher* watch = nullptr);

  /// Reads everything. What could not be read is in `problems`.
  query read_query();

  /// Lets the watcher see the rest of a query whose beginning another parser
  /// has read up to `mark`. @pre the tokens begin there
  void read_rest_of_query(const parser_mark& mark);

  /// The last operator of the main pipeline that the watcher let begin, unless
  /// the tokens begin there.
  const std::optional<parser_mark>& mark() const {
    return mark_;
  }

  diagnostics& problems() {
    return problems_;
  }

private:
  template <class T>
  using maybe = std::optional<T>;

  // parser.cpp: tokens
  const token& current() const {
    return tokens_[at_];
  }
  const token& ahead(std::size_t n = 1) const {
    return tokens_[std::min(at_ + n, tokens_.size() - 1)];
  }
  std::string_view text_of(const token& x) const {
    return raw(x, source_);
  }
  bool at_end() const {
    return current().kind == token_kind::end;
  }
  bool at(token_kind kind) {
    if (current().kind == kind)
      return true;
    if (watching_end())
      watch_->symbol(kind);
    return false;
  }
  bool accept(token_kind kind);
  bool at_word(std::string_view keyword) {
    if (says(current(), keyword))
      return true;
    if (watching_end())
      watch_->keyword(keyword);
    return false;
  }
  bool accept_word(std::string_view keyword);
  /// Whether `x` is the keyword; a strict watcher wants it in upper case.
  bool says(const token& x, std::string_view keyword) const {
    // Most words differ in length already.
    return x.kind == token_kind::word
           && x.where.end - x.where.start == keyword.size()
           && (strict_ ? text_of(x) == keyword
                       : is_keyword(text_of(x), keyword));
  }
  /// Whether the next word is `keyword` and an operand follows, so that it
  /// cannot be a column of that name.
  bool at_word_before_operand(std::string_view keyword);
  bool expect(token_kind kind, std::string_view where);
  bool expect_word(std::string_view keyword, std::string_view where);
  void advance();
  span from(std::uint32_t start) const;
  std::uint32_t here() const {
    return current().where.start;
  }

  // parser.cpp: trouble
  diagnostic& complain(const char* code, span where, std::string message);
  void expected(std::string_view what);
  std::string found() const;
  bool nest();
  /// Notes that the node at hand stands over one of height `below`.
  bool grow(int below);
  /// Asks the watcher whether `x` may be all that stands in its slot.
  bool finished(const expr& x);
  /// The same for a pipeline in parentheses.
  bool pipeline_finished();
  void unnest() {
    --nesting_;
  }
  bool watching_end() const {
    return watch_ && at_end() && !fatal_;
  }

  // parser_pipeline.cpp
  maybe<let> read_let();
  maybe<pipeline> read_pipeline(bool nested);
  bool read_stages(pipeline& to, bool nested);
  maybe<pipeline> read_nested_pipeline();
  bool count_operator();
  maybe<stage> read_stage();
  bool begins_pipeline();
  bool expect_source();
  maybe<reference> read_reference();
  void skip_to_next_stage(bool nested);
  bool separates_stages(bool nested);
  bool begin_stage();

  // parser_operators.cpp
  using operation = decltype(stage::what);
  maybe<operation> read_operation();
  maybe<operation> read_filter();
  maybe<operation> read_select();
  maybe<operation> read_extend();
  maybe<operation> read_drop();
  maybe<operation> read_rename();
  maybe<operation> read_set();
  maybe<operation> read_aggregate();
  maybe<operation> read_sort();
  maybe<operation> read_limit();
  maybe<operation> read_distinct();
  maybe<operation> read_top();
  maybe<operation> read_rename_rows();
  maybe<operation> read_window();
  maybe<operation> read_pivot();
  maybe<operation> read_unpivot();

  // parser_joins.cpp
  maybe<operation> read_join();
  maybe<operation> read_union();
  maybe<operation> read_intersect();
  maybe<operation> read_except();
  maybe<operation> read_set_operation(set_operation::kind how);

  // parser_clauses.cpp: what several operators are made of
  maybe<std::vector<item>> read_items(slot where);
  maybe<std::vector<expr>> read_columns(slot where);
  maybe<std::vector<expr>> read_per();
  maybe<std::vector<sort_key>> read_sort_keys(slot where, bool directed);
  maybe<std::int64_t> read_count(std::string_view what);
  maybe<std::int64_t> read_signed_count();
  maybe<name> read_fresh_name(std::string_view what);
  maybe<name> read_table();
  maybe<dsl::frame> read_frame();
  maybe<dsl::unit> read_unit();
  maybe<expr> read_slot(slot where);

  // parser_expressions.cpp
  maybe<expr> read_expression(int least = binds_or);
  maybe<expr> read_prefix(int least, int& most);
  maybe<binary_operator> operator_here();
  maybe<expr> read_rest(expr&& left, binary_operator op);
  maybe<expr> joined(expr&& left, std::string_view op, expr&& right);
  maybe<expr> read_comparison_tail(expr&& left);
  maybe<expr> read_is_null(expr&& left);
  maybe<expr> read_in(expr&& left, bool negated);
  maybe<expr> read_between(expr&& left, bool negated);
  maybe<expr> read_like(expr&& left, bool negated);
  maybe<expr> read_during(expr&& left, bool negated);
  maybe<period> read_period();
  maybe<period> read_simple_period();

  // parser_operands.cpp
  maybe<expr> read_operand();
  maybe<expr> read_word_operand();
  maybe<expr> read_number();
  maybe<expr> read_group();
  maybe<expr> read_path();
  bool read_names(std::vector<name>& path);
  maybe<expr> read_call();
  bool read_arguments(expr& call);
  bool accept_argument_comma(const expr& call);
  bool accept_call_clause(std::string_view keyword, const expr& call);
  maybe<expr> read_case();
  maybe<expr> read_cast();
  maybe<expr> literal(expr_kind kind);
  bool takes(const expr& x);

  // parser_foreign.cpp: what other languages write here
  bool foreign_source();
  bool foreign_query();
  bool foreign_stage();
  std::size_t stage_end() const;
  bool begins_line(std::size_t i) const;
  std::string_view foreign_operation();

  // parser_complaints.cpp: small things that other languages write otherwise
  maybe<name> read_assigned_name();
  void complain_about_assignment(const name& n, const expr& value);
  bool complain_about_missing_as(span before);
  void complain_about_distinct(std::uint32_t start, span items);
  void skip_needless_words();
  bool complain_about_star();
  void complain_about_null(const expr& comparison);
  void complain_about_chain(const expr& left);

  // parser_foreign_operators.cpp
  maybe<binary_operator> foreign_operator();
  void complain_about_foreign_operator(const binary_operator& op);
  maybe<expr> read_foreign_rest(expr left, binary_operator op);
  maybe<expr> read_ternary(expr condition);
  maybe<expr> read_foreign_is(expr left, bool negated);
  bool read_foreign_bounds(expr& between);
  bool read_foreign_list(expr& in_list);
  maybe<expr> read_ilike(expr left, bool negated);
  void skip_escape();

  // parser_foreign_operands.cpp
  static void offer(diagnostic& d, span where, foreign::query_rewriting ours);
  bool complain_about_foreign_operand();
  bool complain_about_literal_rows();
  bool read_foreign_operand(maybe<expr>& out);
  maybe<expr> read_extract();
  maybe<expr> read_interval();
  maybe<expr> read_format_string();
  maybe<expr> read_type_suffix(expr x);
  void complain_rewritten(const char* code, expr& x, foreign::rewriting ours,
                          const std::string& what);
  bool stands_alone(span where) const;

  // parser_foreign_calls.cpp
  maybe<expr> read_method(expr receiver);
  bool read_call_suffix(expr& call);
  void complain_about_over(const expr& call);
  void mend_call(expr& call);

  class entered;
  entered enter(slot what, const expr* left = nullptr,
                std::string_view word = {},
                const std::vector<expr>* before = nullptr);

  std::string_view source_;
  std::vector<token> tokens_;
  std::vector<comment> comments_;
  watcher* watch_;
  /// Somebody watches who forgives nothing.
  bool strict_;
  std::size_t at_ = 0;
  int nesting_ = 0;
  int operators_ = -1; // the SOURCE that every query has is not counted
  int items_ = 0;
  bool in_main_ = false;
  maybe<parser_mark> mark_;
  /// Of the expression read last.
  int height_ = 0;
  int tallest_ = 0;
  /// A limit is exceeded: nothing more is worth reading.
  bool fatal_ = false;
  diagnostics problems_;
  diagnostic scrap_;
};

/// Leaves the slot that `parser::enter` entered.
class [[nodiscard]] parser::entered {
public:
  explicit entered(watcher* watch) : watch_{watch} {
  }
  entered(const entered&) = delete;
  entered& operator=(const entered&) = delete;
  // Leaving is what it is for.
  ~entered() {
    if (watch_)
      watch_->frames.pop_back();
  }

private:
  watcher* watch_;
};

} // namespace aura::dsl
