#pragma once

#include "kernels/base/random.hpp"
#include "kernels/dsl/syntax.hpp"
#include "kernels/schema/schema.hpp"

#include <cstdint>
#include <string>

namespace aura::skeleton {

/// How queries are sampled.
struct sampler_options {
  /// Operators after SOURCE, at most.
  std::size_t max_operators = 4;
  /// The most that a query may ask for at once, as `effort` counts it; a query
  /// above is drawn again. Longer ones say nothing new, but each is a long
  /// chain in which a model errs once.
  double max_effort = 4.5;
  /// The moment NOW() will mean, `2024-12-31 12:00:00`. Periods relative to it
  /// (`LAST 7 DAYS`) are drawn for columns whose declared range holds it; empty
  /// means never.
  std::string now = {};
  /// How often a SORT that LIMIT or TOP cuts gets further keys that make its
  /// order total: the other columns of the result after AGGREGATE or DISTINCT,
  /// the primary key (of at most two columns) before. Without them a tie at
  /// the cut is open, and the answer is stable only when queries are compiled
  /// with `compile_options::deterministic`.
  double total_order = 0.25;
};

/// Draws one query from the grammar over `s`: near-uniform over structures,
/// then tables, columns, and values that the schema declares. Every query
/// parses, resolves, and is in canonical form.
///
/// Names follow fixed rules, so that a question tells the whole text: AS only
/// where the language demands it or a name is taken, with the alias that
/// `alias_of` derives; SELECT comes last, or right before DISTINCT; an OR of
/// equalities is an IN; days of a period are DURING, not BETWEEN.
/// @pre s has a table, and each table a column
dsl::query sample(const schema::schema& s, const sampler_options& options,
                  random_stream& random);

/// The structure of `x` with tables, columns and literals anonymised: what two
/// queries share that differ only in what they talk about. Splits are made by
/// this key. A column keeps the length of its path, a literal its kind, a
/// period its form; operators, functions and units stay; aliases and how many
/// values an IN lists go.
std::string structure(const dsl::query& x);

} // namespace aura::skeleton
