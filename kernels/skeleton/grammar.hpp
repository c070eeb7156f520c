#pragma once

#include "kernels/skeleton/build.hpp"
#include "kernels/skeleton/grammar_sampler.hpp"

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

/// What the parts of the grammar sampler share.
namespace aura::skeleton {

/// A column in view.
struct known_column {
  std::string name;
  schema::type type = schema::type::text;
  /// Index into `known_rows::aliases`.
  std::optional<std::size_t> alias = std::nullopt;
  /// What is declared of it, for literals that some row has.
  const schema::column* declared = nullptr;
};

/// A name for some of the rows; paths start at it if it is a table's.
struct known_alias {
  std::string name;
  const schema::table* table = nullptr;
};

/// What is in view after some stages.
struct known_rows {
  std::vector<known_column> columns;
  std::vector<known_alias> aliases;
  /// Names of columns of which no two rows agree; empty if none are known.
  std::vector<std::string> key;
  /// Whether there is one row at most.
  bool one_row = false;
  /// Whether the order in force leaves no ties.
  bool total = false;

  bool has(std::string_view name) const;
  /// How many columns have this name.
  std::size_t count(std::string_view name) const;
  /// Whether its name alone or behind its alias means no other column.
  bool can_name(const known_column& c) const {
    return c.alias || count(c.name) == 1;
  }
  bool has_alias(std::string_view name) const;
  bool has_duplicates() const;
  /// Ends aliases, the order and what is known of keys.
  void close();
};

/// Draws one query. A value for one use; spread over grammar_*.cpp.
class grammar {
public:
  grammar(const schema::schema& s, const grammar_options& options,
          random_stream& random)
    : schema_{s}, options_{options}, random_{random} {
  }

  grammar_query run();

private:
  using type = schema::type;
  using maybe = std::optional<dsl::expr>;

  struct let_rows {
    std::string name;
    known_rows rows;
  };

  /// A pipeline that is being drawn.
  struct line {
    dsl::pipeline text;
    known_rows rows;
    std::size_t references = 0; // JOINs and set operators so far
    std::size_t level = 0;      // how many parentheses are around it
  };

  // grammar_sampler.cpp: pipelines and where rows come from.
  line pipeline(std::size_t operators, std::size_t level);
  dsl::reference source(known_rows& into, std::size_t level, bool only_tables);
  void open_table(const schema::table& t, std::string alias, known_rows& into);
  void close(line& x);
  std::string fresh(const known_rows& in, const char* base = "n");
  std::string fresh_alias(const known_rows& in);
  std::size_t choose(std::initializer_list<double> weights) {
    return random_.weighted(std::span{weights.begin(), weights.size()});
  }
  type any_type();

  // grammar_stages.cpp: one function per operator; false if it does not suit.
  void stage(line& x);
  bool filter(line& x);
  bool select(line& x);
  bool extend(line& x);
  bool drop(line& x);
  bool rename(line& x);
  bool set(line& x);
  bool aggregate(line& x);
  bool sort(line& x);
  bool limit(line& x);
  bool distinct(line& x);
  bool top(line& x);
  bool rename_rows(line& x);
  // grammar_shapes.cpp
  bool window(line& x);
  bool pivot(line& x);
  bool unpivot(line& x);
  dsl::frame frame(std::optional<type> by_time);
  // grammar_joins.cpp
  bool join(line& x);
  bool join_using(line& x, dsl::join& made, known_rows& other);
  maybe join_condition(const known_rows& left, const known_rows& other);
  bool join_relation(const line& x, const known_rows& other) const;
  void join_rows(line& x, dsl::join made, known_rows other);
  bool set_operation(line& x);

  std::vector<dsl::sort_key> sort_keys(const known_rows& in, bool& total);
  dsl::sort_key sort_key(dsl::expr value);
  std::vector<dsl::expr> per_keys(const known_rows& in);
  std::vector<dsl::item> keys(const known_rows& in, known_rows& out);
  void make_total(const known_rows& in, std::vector<dsl::sort_key>& keys);

  // grammar_values.cpp: expressions of a type.
  dsl::expr value(const known_rows& in, type t, std::size_t depth);
  dsl::expr leaf(const known_rows& in, type t);
  dsl::expr literal(type t, const schema::column* like = nullptr);
  dsl::expr integer_literal(const schema::column* like);
  dsl::expr real_literal(const schema::column* like);
  dsl::expr text_literal(const schema::column* like);
  dsl::expr moment_literal(type t, bool plain);
  dsl::expr number(std::int64_t x);
  // These choose after their arguments are drawn: C++ does not say which of
  // two draws among the arguments of one call comes first.
  dsl::expr one_call(std::initializer_list<const char*> names,
                     std::vector<dsl::expr> arguments);
  dsl::expr one_operation(std::initializer_list<const char*> symbols,
                          dsl::expr left, dsl::expr right);
  maybe parameter(type t);
  dsl::expr reference(const known_rows& in, const known_column& c);
  maybe column(const known_rows& in, std::function<bool(type)> suits,
               const schema::column** declared = nullptr);
  maybe column(const known_rows& in, type t,
               const schema::column** declared = nullptr);
  maybe path(const known_rows& in, const std::function<bool(type)>& suits,
             const schema::column** declared);
  dsl::expr conditional(const known_rows& in, type t, std::size_t depth);
  dsl::expr cast(const known_rows& in, type t, std::size_t depth);
  maybe scalar_query(type t);
  /// An expression that is no constant, for SORT and BY.
  maybe varying(const known_rows& in, type t, std::size_t depth);
  maybe any_varying(const known_rows& in);

  // grammar_functions.cpp
  dsl::expr integer_value(const known_rows& in, std::size_t depth);
  dsl::expr real_value(const known_rows& in, std::size_t depth);
  dsl::expr text_value(const known_rows& in, std::size_t depth);
  dsl::expr date_value(const known_rows& in, std::size_t depth);
  dsl::expr timestamp_value(const known_rows& in, std::size_t depth);
  dsl::expr moment(const known_rows& in, std::size_t depth);
  dsl::expr numeric(const known_rows& in, std::size_t depth);
  dsl::expr duration(dsl::unit least, dsl::unit most);
  dsl::expr unit_name(dsl::unit least, dsl::unit most);

  // grammar_predicates.cpp
  dsl::expr predicate(const known_rows& in, std::size_t depth);
  dsl::expr condition(const known_rows& in, std::size_t depth);
  dsl::expr comparison(const known_rows& in, std::size_t depth);
  dsl::expr membership(const known_rows& in, std::size_t depth);
  dsl::expr between(const known_rows& in, std::size_t depth);
  dsl::expr match(const known_rows& in, std::size_t depth);
  dsl::expr during(const known_rows& in, std::size_t depth);
  dsl::period period();
  dsl::period simple_period();

  // grammar_calls.cpp: aggregates and window functions.
  struct typed_call {
    dsl::expr value;
    schema::type type;
  };
  typed_call aggregate_call(const known_rows& in);
  typed_call window_call(const known_rows& in, bool framed);
  typed_call wrapped(typed_call x, const known_rows& beside);

  const schema::schema& schema_;
  const grammar_options& options_;
  random_stream& random_;
  std::vector<let_rows> lets_;
  std::map<std::string, datum> parameters_;
  std::size_t names_ = 0;
  std::size_t queries_ = 0; // subqueries so far
  std::size_t level_ = 0;   // of the pipeline being drawn
  bool paths_ = true;       // whether a path may stand here
};

inline dsl::expr null_literal() {
  return make(dsl::expr_kind::null, "");
}

inline dsl::expr boolean(bool x) {
  return make(dsl::expr_kind::boolean, x ? "TRUE" : "FALSE");
}

/// Whether a column stands anywhere in `x`, outside of subqueries.
bool mentions_column(const dsl::expr& x);

} // namespace aura::skeleton
