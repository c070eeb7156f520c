#pragma once

#include "kernels/base/expected.hpp"
#include "kernels/base/random.hpp"
#include "kernels/dsl/syntax.hpp"
#include "kernels/infill/verbaliser.hpp"
#include "kernels/schema/schema.hpp"

#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aura::infill {

/// What a column or expression holds, as far as wording depends on it.
enum class flavour : std::uint8_t { number, text, moment, flag };

/// Speaks about the parts of one query. Follows the columns from stage to
/// stage, and calls a thing by the same name all over a question. What it
/// cannot say becomes `trouble`, and what it returned is then worthless.
class narrator {
public:
  narrator(const schema::schema& s, register_kind style, random_stream& random);

  std::optional<fault> trouble;

  /// Notes the first trouble.
  void give_up(const std::string& what);

  // -- what is in scope ------------------------------------------------------

  /// The rows of a table; false if there is no such table.
  bool enter(const dsl::reference& source);

  /// From now on only the columns that `remember` adds are in scope.
  void forget_rows();

  /// A column that a stage made, and how to call it.
  void remember(const std::string& name, std::string noun, flavour kind);

  /// The rows in the plural: `energy readings`, or `results` once the rows of
  /// the table are gone.
  std::string rows() const;

  // -- expressions (expressions.cpp, aggregates.cpp) -------------------------

  /// `x` as a noun phrase without an article: `total kwh`.
  std::string noun(const dsl::expr& x);

  /// What to call `x` the second time, once its noun was `said`: without its
  /// conditions, or `that ratio`.
  std::string reference(const dsl::expr& x, const std::string& said);

  flavour flavour_of(const dsl::expr& x) const;

  // -- conditions (conditions.cpp) -------------------------------------------

  /// A condition on rows for the end of a sentence: `in March 2024 where the
  /// room is Kitchen`. With `word` instead of `where`.
  std::string restriction(const dsl::expr& predicate, const char* word);

  /// A condition as a clause: `room is Kitchen`.
  std::string clause(const dsl::expr& predicate);

  // -- choices ---------------------------------------------------------------

  const char* choose(std::initializer_list<const char*> options);
  bool chance(double probability);
  register_kind style() const;
  random_stream& random();

private:
  struct derived {
    std::string name;
    std::string noun;
    flavour kind;
  };

  // A column of the schema that a path leads to.
  struct found {
    const schema::table* table = nullptr;
    const schema::column* column = nullptr;
    std::vector<const schema::relation*> steps;
  };

  const derived* find_derived(const dsl::expr& x) const;
  found find_column(const dsl::expr& x) const;
  bool is_only_moment(const dsl::expr& x) const;

  std::string column_noun(const dsl::expr& x);
  std::string new_noun(const found& x);
  std::string value(const dsl::expr& x, const dsl::expr* beside);
  std::string binary_noun(const dsl::expr& x);
  std::string operand(const dsl::expr& x);
  std::string call_noun(const dsl::expr& x);
  std::optional<std::string> date_noun(const dsl::expr& x);
  std::optional<std::string> text_noun(const dsl::expr& x);
  std::string choice_noun(const dsl::expr& x);
  std::string aggregate_noun(const dsl::expr& x);
  std::string count_noun(const dsl::expr& x);

  std::string all_of(const std::vector<const dsl::expr*>& parts);
  std::string any_of(const dsl::expr& x);
  std::string negation(const dsl::expr& x);
  std::string comparison(const dsl::expr& x, bool negated);
  std::string flag_clause(const dsl::expr& x, bool negated);
  std::string list_clause(const dsl::expr& x);
  std::string between_clause(const dsl::expr& x);
  std::string during_clause(const dsl::expr& x);
  std::string text_clause(const dsl::expr& x, bool negated);
  std::string null_clause(const dsl::expr& x);
  std::string with_unit(const dsl::expr& value, const dsl::expr& beside);
  std::string subject(const dsl::expr& x);

  const schema::schema& s_;
  register_kind style_;
  random_stream& random_;
  const schema::table* table_ = nullptr;
  std::string alias_;
  std::string rows_ = "results";
  std::vector<derived> derived_;
  std::map<std::string, std::string> nouns_;
};

} // namespace aura::infill
