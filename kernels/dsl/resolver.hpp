#pragma once

#include "kernels/dsl/compile.hpp"
#include "kernels/dsl/functions.hpp"
#include "kernels/dsl/plan.hpp"
#include "kernels/dsl/scope.hpp"
#include "kernels/dsl/spelling.hpp"
#include "kernels/schema/schema.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aura::dsl {

/// Turns syntax into a plan, one stage after the other. Behind resolve.hpp;
/// spread over resolve*.cpp, one file per kind of thing that is resolved.
class resolver {
public:
  resolver(const schema::schema& s, const compile_options& options,
           plan::query& out, dsl::diagnostics& found,
           resolve_notes* notes = nullptr);

  /// The whole query; its main pipeline becomes the last of the plan.
  void run(const query& x);

  /// Notes in `x` how names might be written; see spelling.hpp.
  void note_spellings(spelling_notes& x) {
    spellings_ = &x;
  }

  /// The LETs and the stages of `x.main` without the checks of its end.
  scope run_open(const query& x);

private:
  /// The pipeline that is being built.
  struct building {
    std::vector<plan::step> steps;
    dsl::scope scope;
  };

  struct let_entry {
    std::string name;
    std::uint32_t pipeline;
    span where;
    bool used = false;
  };

  /// Where an expression stands, hence what it may contain.
  struct context {
    building* rows = nullptr;
    /// The operator, for messages.
    const char* place = "";
    /// Where aggregate or window calls go; null where there may be none.
    std::vector<plan::function_call>* calls = nullptr;
    /// Of AGGREGATE: outside of calls only keys may be named.
    const std::vector<plan::definition>* keys = nullptr;
    const std::vector<plan::output>* key_names = nullptr;
    bool over = false;    // calls are window calls
    bool in_call = false; // inside the arguments of such a call
    bool paths = true;    // whether a path may stand here
  };

  // resolve.cpp: pipelines.
  std::uint32_t add_pipeline(const pipeline& x, std::string name);
  void run_stages(const pipeline& x, building& b);
  void check_duplicates(const dsl::scope& s, const char* place, span where,
                        const std::vector<const item*>& items = {});
  void check_end(const dsl::scope& s, span where);
  void add_step(building& b, decltype(plan::step::what) what, span where);

  // resolve_sources.cpp: where rows come from
  void begin(const reference& x, building& b);
  /// What is known of the rows of an operand: see `scope`.
  struct uniqueness {
    std::vector<std::vector<plan::column_id>> keys;
    std::vector<std::vector<plan::column_id>> loose_keys;
    bool one_row = false;
  };

  std::variant<plan::scan, plan::derived> open(const reference& x, building& b,
                                               uniqueness& known);
  bool complain_about_later_let(const name& wanted);
  std::uint32_t add_alias(const std::string& name, std::uint32_t instance,
                          span where, building& b);

  // resolve_stages.cpp: one function per operator.
  /// What is in view, to be remembered once an operator has ended it.
  static former_names names_before(const building& b, const char* place,
                                   span where);
  static void forget(building& b, former_names before);
  void apply(const stage& x, building& b);
  void apply(const filter& x, building& b, span where);
  void apply(const select& x, building& b, span where);
  void apply(const extend& x, building& b, span where);
  void apply(const drop& x, building& b, span where);
  void apply(const rename& x, building& b, span where);
  void apply(const set& x, building& b, span where);
  void apply(const distinct& x, building& b, span where);
  void apply(const rename_rows& x, building& b, span where);
  plan::column_id define(plan::value x, std::string name,
                         std::vector<plan::definition>& definitions);
  void emit(std::vector<plan::definition> definitions, building& b, span where);
  void project(building& b, span where);
  std::string name_of(const item& x, const context& c);
  std::string spelling_of(const expr& column, const context& c);
  // resolve_order.cpp
  void apply(const sort& x, building& b, span where);
  void apply(const limit& x, building& b, span where);
  void apply(const top& x, building& b, span where);
  std::vector<plan::order_key> order_keys(const std::vector<sort_key>& keys,
                                          building& b, const char* place,
                                          span where);
  std::vector<plan::column_id> columns_of(const std::vector<expr>& keys,
                                          building& b, const char* place,
                                          span where);
  std::vector<plan::order_key> made_total(std::vector<plan::order_key> order,
                                          const building& b) const;
  std::string spelled_key(const dsl::scope& s) const;
  // resolve_aggregate.cpp
  void apply(const aggregate& x, building& b, span where);
  void warn_of_fan_out(const std::vector<plan::function_call>& calls,
                       const building& b);
  // resolve_pivot.cpp
  void apply(const pivot& x, building& b, span where);
  void apply(const unpivot& x, building& b, span where);
  // resolve_window.cpp
  void apply(const window& x, building& b, span where);
  bool check_frame(const window& x, const plan::window& made, span where);
  // resolve_join.cpp
  static void join_keys(dsl::scope& s, uniqueness right, join::kind how,
                        bool to_one, bool from_one);
  void apply(const join& x, building& b, span where);
  std::vector<plan::value> join_condition(const join& x, building& both,
                                          std::size_t aliases,
                                          std::size_t columns, span where);
  void join_using(const join& x, building& both, std::size_t columns,
                  std::vector<plan::value>& on, span where);
  // resolve_sets.cpp
  void apply(const set_operation& x, building& b, span where);
  void match_types(plan::output& left, building& b, std::uint32_t other,
                   std::size_t index, span where);
  plan::column_id converted(plan::column_id id, plan::data_type type,
                            std::vector<plan::step>& steps, span where);

  // resolve_names.cpp
  bool has_column(const dsl::scope& s, std::string_view name) const;
  void note(span where, std::string text);
  void note_date(const expr& x, const plan::value& beside);
  plan::column_id find(const expr& x, const context& c);
  std::optional<std::size_t> find_editable(const expr& x, const context& c);
  plan::column_id find_visible(const expr& x, const context& c);
  plan::column_id find_path(const expr& x, const context& c);
  plan::column_id follow(std::uint32_t instance, const expr& x,
                         std::size_t from);
  plan::column_id instance_column(std::uint32_t instance, std::size_t index);
  std::uint32_t step_along(std::uint32_t instance,
                           const schema::relation& relation);
  plan::column_id new_column(std::string name, const plan::value& from);

  // resolve_unknown.cpp: names that mean nothing
  bool complain_about_a_table(const expr& x, const dsl::scope& s);
  void unknown_column(const expr& x, const context& c);
  std::vector<std::string> reachable(const dsl::scope& s,
                                     std::string_view column) const;

  // resolve_spelling.cpp: only if spellings_
  std::vector<std::string> spelled_path(std::uint32_t instance, const expr& x,
                                        std::size_t from) const;
  bool is_bare(const dsl::scope& s, std::string_view relation,
               std::uint32_t instance, std::uint32_t without) const;
  void note_column(const expr& x, const context& c);
  void note_join(const join& x, const plan::join& step, const dsl::scope& both,
                 std::size_t aliases, const building& before, span where);
  void note_end(const std::vector<scope_alias>& ended);
  void note_date(const plan::value& column, const expr& literal);

  // resolve_expressions.cpp
  plan::value resolve(const expr& x, const context& c);
  plan::value resolve_predicate(const expr& x, const context& c);
  bool complain_about_added_text(const expr& x, const context& c);
  plan::value resolve_column(const expr& x, const context& c);
  bool has_relation(const dsl::scope& s, const expr& x) const;
  plan::value resolve_literal(const expr& x);
  plan::value resolve_parameter(const expr& x);
  plan::value resolve_unary(const expr& x, const context& c);
  plan::value resolve_binary(const expr& x, const context& c);
  plan::value resolve_arithmetic(const expr& x, plan::op what, plan::value a,
                                 plan::value b);
  plan::value resolve_comparison(const expr& x, plan::op what, plan::value a,
                                 plan::value b);
  plan::value resolve_in(const expr& x, const context& c);
  plan::value resolve_between(const expr& x, const context& c);
  plan::value resolve_like(const expr& x, const context& c);
  plan::value resolve_case(const expr& x, const context& c);
  plan::value resolve_cast(const expr& x, const context& c);
  plan::value resolve_subquery(const expr& x, const context& c);
  plan::value column_value(plan::column_id id, span where) const;

  // resolve_types.cpp
  plan::value broken(span where) const;
  plan::value call(plan::op what, plan::data_type type, span where,
                   std::vector<plan::value> arguments) const;
  plan::value literal(datum x, plan::data_type type, span where) const;
  /// Makes two sides comparable or says why they are not.
  bool align(plan::value& a, plan::value& b, const expr& whole,
             const expr& left, const expr& right);
  /// Gives all branches one type; false after an error.
  bool unify(std::vector<plan::value*> branches,
             const std::vector<const expr*>& sources, plan::data_type& type,
             const char* place);
  bool coerce_text_literal(plan::value& x, plan::data_type type,
                           schema::date_format format);
  void to_real(plan::value& x) const;
  void to_timestamp(plan::value& x) const;
  void store_as(plan::value& x, schema::date_format format) const;
  void normalise(plan::value& x) const;
  bool expect(const plan::value& x, const expr& source, plan::data_type type,
              std::string_view place);
  bool expect_number(const plan::value& x, const expr& source,
                     std::string_view place);
  bool expect_text(const plan::value& x, const expr& source,
                   std::string_view place);
  bool expect_time(plan::value& x, const expr& source, std::string_view place);
  std::string described(const plan::value& x, const expr& source) const;

  // resolve_functions.cpp
  plan::value resolve_call(const expr& x, const context& c);
  plan::value resolve_scalar(const expr& x, const function_entry& f,
                             const context& c);
  plan::value resolve_text_function(const expr& x, plan::op what,
                                    std::vector<plan::value> arguments);
  plan::value resolve_number_function(const expr& x, plan::op what,
                                      std::vector<plan::value> arguments);
  bool complain_about_foreign_call(const expr& x);
  bool check_modifiers(const expr& x, const function_entry& f);

  // resolve_dates.cpp
  plan::value resolve_time_function(const expr& x, plan::op what,
                                    const context& c);
  plan::value resolve_shift(const expr& x, plan::value time, std::int64_t sign,
                            const expr& duration);
  plan::value resolve_during(const expr& x, const context& c);
  plan::value resolve_bin(const expr& x, const context& c);
  plan::value resolve_format(const expr& x, plan::value time);
  bool literal_unit(const expr& x, unit& result);
  std::int64_t now(span where);

  // resolve_calls.cpp: aggregates and window functions.
  plan::value resolve_aggregate_call(const expr& x, const function_entry& f,
                                     const context& c);
  plan::value resolve_window_call(const expr& x, const function_entry& f,
                                  const context& c);
  plan::value finish_call(plan::function_call made, plan::value shape,
                          const expr& x, const context& c);

  // Diagnostics, at most 100.
  diagnostic& error(const char* code, span where, std::string message);
  diagnostic& warn(const char* code, span where, std::string message);
  diagnostic& report(const char* code, severity how, span where,
                     std::string message);

  const schema::schema& schema_;
  const compile_options& options_;
  plan::query& out_;
  dsl::diagnostics& diagnostics_;
  resolve_notes* notes_;                // null if nobody asks
  spelling_notes* spellings_ = nullptr; // for spelling.hpp
  diagnostic spare_;
  std::vector<let_entry> lets_;
  /// The names of all LETs, those further down included.
  std::vector<name> all_lets_;
  /// The scopes at the ends of the plan's pipelines.
  std::vector<dsl::scope> ends_;
  /// Around the subquery that is being resolved.
  std::vector<const dsl::scope*> outer_;
  bool now_missing_ = false;
};

} // namespace aura::dsl
