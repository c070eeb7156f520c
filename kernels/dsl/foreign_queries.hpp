#pragma once

#include "kernels/dsl/foreign_text.hpp"

#include <optional>
#include <string>

/// Whole operators and queries of other languages in ours. What stands inside
/// of them is passed on word by word: reading the result finds what else is
/// foreign there.
namespace aura::dsl::foreign {

struct query_rewriting {
  std::string text;
  /// As in dsl::fix.
  double confidence = 0.9;
  /// What to mind; empty if nothing.
  std::string hint;
};

/// What an operator of PRQL, KQL or SQL is, its word first, where another word
/// in its place would not do: `group {k} (aggregate {n = count this})` is
/// `AGGREGATE COUNT() AS n BY k`.
std::optional<query_rewriting> rewrite_stage(const words& x);

/// What `SELECT … FROM … WHERE …`, perhaps behind WITH, is. Nothing if a part
/// of it has no equivalent.
std::optional<query_rewriting> rewrite_sql(const words& x);

/// What `SELECT a, RANK() OVER (…) AS r` is in a pipeline, or EXTEND with such
/// calls: WINDOW, and what is left of the operator.
std::optional<query_rewriting> rewrite_over(const words& x);

/// What `t.query('a > 1').groupby('b')['c'].sum()` and the like are.
std::optional<query_rewriting> rewrite_pandas(const words& x);

} // namespace aura::dsl::foreign
