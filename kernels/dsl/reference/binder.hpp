#pragma once

#include "kernels/dsl/reference/relation.hpp"
#include "kernels/dsl/syntax.hpp"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

/// From an expression to a function of a row: names are looked up and types
/// settled once, values are worked out row by row.
namespace aura::dsl::interpreter {

/// One row's place among the rows of its window.
struct place {
  std::vector<const row*> partition;    // in the order of SORT
  std::vector<interpreter::cells> keys; // of SORT, row by row
  std::size_t at = 0;                   // this row
  std::vector<const row*> frame;        // what aggregates, FIRST and LAST see
};

/// Where an expression is worked out.
struct moment {
  const interpreter::row* row = nullptr;
  /// What aggregate functions see, if any.
  const std::vector<const interpreter::row*>* group = nullptr;
  const interpreter::place* place = nullptr; // in WINDOW
};

using function = std::function<value(const moment&)>;

struct bound {
  /// Nothing for NULL, which gives way to any type.
  std::optional<schema::type> type;
  function run;
  /// Whether it is a text literal or a text parameter, which a date beside it
  /// reads as a date.
  bool plain_text = false;
  std::string text;
};

/// A key of AGGREGATE that its items may name.
struct named_key {
  std::string name;
  bound what;
};

enum class calls : std::uint8_t {
  scalar,     // neither aggregates nor window functions
  aggregates, // in AGGREGATE and PIVOT
  windows     // in WINDOW
};

/// Binds expressions to the columns of `over`. Trouble goes to the context,
/// and what is returned then gives NULL.
class binder {
public:
  binder(context& shared, const relation& over, calls allowed = calls::scalar)
    : context_{shared}, over_{over}, calls_{allowed} {
  }

  /// Lets items of AGGREGATE name its keys.
  void know(const std::vector<named_key>& keys) {
    keys_ = &keys;
  }

  bound bind(const expr& x) const;

  /// Binds what must be BOOLEAN.
  function condition(const expr& x) const;

  /// The index of the column that a path names; nothing if it is not a column
  /// as it stands.
  std::optional<std::size_t> find_column(std::span<const name> path) const;

  /// What `x` is called where no AS says so; empty if it needs one.
  std::string default_name(const expr& x) const;

private:
  bound column(const expr& x) const;
  std::optional<bound> path(const expr& x) const;
  bound walk(std::size_t origin, std::span<const name> steps,
             std::string* found_name) const;
  bound literal(const expr& x) const;
  bound parameter(const expr& x) const;
  bound unary(const expr& x) const;
  bound binary(const expr& x) const;
  bound arithmetic(const std::string& what, bound a, bound b) const;
  bound logic(bool is_and, bound a, bound b) const;
  bound comparison(const std::string& what, bound a, bound b) const;
  bound shifted(const expr& moved, const expr& by, int sign) const;
  bound membership(const expr& x) const;
  bound membership_in_query(const expr& x) const;
  bound between(const expr& x) const;
  bound like(const expr& x) const;
  bound during(const expr& x) const;
  bound case_when(const expr& x) const;
  bound scalar_query(const expr& x) const;
  bound call(const expr& x) const;
  std::optional<bound> number_call(const expr& x) const;
  std::optional<bound> text_call(const expr& x) const;
  std::optional<bound> time_call(const expr& x) const;
  std::optional<bound> choice_call(const expr& x) const;
  std::optional<bound> aggregate_call(const expr& x) const;
  std::optional<bound> window_call(const expr& x) const;
  std::vector<bound> bind_all(const std::vector<expr>& all) const;

  bound broken(std::string message) const;

  context& context_;
  const relation& over_;
  calls calls_;
  const std::vector<named_key>* keys_ = nullptr;
};

/// CAST to `type`, by the spelling of the language.
bound cast(context& shared, bound x, const std::string& type);

/// Makes `x` a `type`: INTEGER becomes REAL, DATE becomes TIMESTAMP, NULL
/// becomes anything, and plain text beside a date is read as one.
bound coerce(context& shared, bound x, schema::type type);

/// The one type that all of `all` become, each of them made so. NULLs alone
/// are TEXT.
schema::type unify(context& shared, std::vector<bound*> all);

/// A value that is the same for every row.
bound constant(std::optional<schema::type> type, value x);

/// A unit by its name in a literal: 'day'.
std::optional<unit> unit_of(const expr& x);

/// The date or timestamp `x` moved by n units, as a `kind`. @pre not NULL
value moved(context& shared, const value& x, std::int64_t n, unit by,
            schema::type kind);

/// The rows of a pipeline, worked out at once. In interpret.cpp.
relation run_pipeline(context& shared, const pipeline& x);

} // namespace aura::dsl::interpreter
