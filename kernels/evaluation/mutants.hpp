#pragma once

#include "kernels/dsl/compile.hpp"
#include "kernels/dsl/syntax.hpp"
#include "kernels/evaluation/suite.hpp"
#include "kernels/schema/schema.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aura::evaluation {

/// What one edit changed. Append only: the names appear in reports.
enum class mutation : std::uint8_t {
  aggregate,      // SUM for AVG, MIN for MAX, …
  count_form,     // COUNT() for COUNT(x) for COUNT(DISTINCT x)
  condition,      // SUM(x WHERE p) for SUM(x)
  comparison,     // == for !=, < for >
  boundary,       // < for <=, a half-open range for a closed one
  connective,     // AND for OR
  dropped_part,   // one side of AND or OR, a NOT, a FILTER, a value of IN
  negation,       // IN for NOT IN, IS NULL for IS NOT NULL, …
  literal,        // a number one up or down
  column,         // another column of the same type and table
  direction,      // ascending for descending, NULLs at the other end
  limit,          // one row more or less, OFFSET, WITH TIES
  distinct,       // with or without DISTINCT
  join,           // INNER for LEFT, SEMI for ANTI
  group_key,      // a key of BY or PER dropped or added
  operator_order, // two neighbours change places
  granularity,    // MONTH for YEAR, THIS for LAST, 7 DAYS for 6
  set_operation,  // UNION for INTERSECT, ALL
  arithmetic      // + for -, * for /
};

inline constexpr std::size_t mutations = 19;

/// `aggregate`, `count_form`, … as reports spell it.
const char* to_string(mutation x);

struct mutant {
  mutation kind = mutation::aggregate;
  dsl::query query;
};

/// All queries that differ from `x` by one edit, in a fixed order; many of them
/// do not resolve. Columns keep the names they have in `x`, so that later
/// operators still find them.
std::vector<mutant> make_mutants(const dsl::query& x, const schema::schema& s);

/// How many mutants a suite told from the gold they were made of.
struct kill_count {
  std::size_t made = 0; // that resolve to other SQL than the gold
  std::size_t killed = 0;
  std::size_t equivalent = 0; // survivors that no state could kill
};

struct survivor {
  mutation kind = mutation::aggregate;
  std::string gold;
  std::string mutant;
  /// Why no state could kill it; empty for a gap of the suite.
  std::string rule;
};

struct kill_report {
  std::array<kill_count, mutations> by_kind{};
  std::vector<survivor> survivors;

  kill_count total() const;

  /// Killed among those that are not known to be equivalent; 1 if there are
  /// none.
  double kill_rate() const;
};

/// Makes the mutants of `gold` and runs them on all states of `suite`. A
/// mutant is killed if it fails or its answer is no match; one whose SQL is
/// that of the gold or of an earlier mutant is not counted. Adds to `report`.
/// Fails if the gold does not resolve or run.
status kill_mutants(std::string_view gold, const schema::schema& s,
                    const state_suite& suite, dsl::compile_options options,
                    kill_report& report);

} // namespace aura::evaluation
