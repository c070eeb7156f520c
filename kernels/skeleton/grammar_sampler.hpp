#pragma once

#include "kernels/base/random.hpp"
#include "kernels/base/value.hpp"
#include "kernels/dsl/syntax.hpp"
#include "kernels/schema/schema.hpp"

#include <cstddef>
#include <map>
#include <string>

namespace aura::skeleton {

/// How queries are drawn that shall reach every corner of the language, not
/// look like somebody's questions.
struct grammar_options {
  /// Operators of the main pipeline, at most; those in parentheses and LETs
  /// have fewer.
  std::size_t max_operators = 6;
  /// Levels of an expression, at most.
  std::size_t max_depth = 3;
  /// LETs before the main pipeline, at most.
  std::size_t max_lets = 2;
  /// JOINs and set operators of one pipeline, at most. They multiply rows.
  std::size_t max_references = 2;
  /// How often an operator that cuts or numbers rows (LIMIT, TOP, ROW_NUMBER)
  /// finds them in a total order. Otherwise ties leave the answer open.
  double total_order = 0.95;
};

/// A query and the values of its `$name` parameters.
struct grammar_query {
  dsl::query query;
  std::map<std::string, datum> parameters;
};

/// Draws a query that uses any production of the language over `s`. A scope
/// with types is kept from stage to stage, so that every query resolves; it is
/// not in canonical form, and warnings are expected. Equal streams give equal
/// queries. @pre s has a table, and each table a column
grammar_query sample_grammar(const schema::schema& s,
                             const grammar_options& options,
                             random_stream& random);

} // namespace aura::skeleton
