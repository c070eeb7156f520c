#pragma once

#include "kernels/base/expected.hpp"
#include "kernels/base/value.hpp"
#include "kernels/sql/connection.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace aura::evaluation {

/// What became of a prediction. Append only: the names appear in reports.
enum class outcome : std::uint8_t {
  match,
  mismatch,
  parse_error,         // the prediction is not AuraDSL
  resolve_error,       // it is, but means nothing in its schema
  runtime_error,       // SQLite failed on it
  timeout,             // it took too long on some state
  resource_limit,      // it used or produced too much
  refusal,             // there is no prediction
  gold_invalid,        // the question cannot be scored: fails the run
  infrastructure_error // our fault or the machine's: retried, never scored
};

inline constexpr std::size_t outcomes = 10;

/// `match`, `mismatch`, … as reports spell it.
const char* to_string(outcome x);

/// The outcome of a prediction whose execution failed with `code`.
outcome outcome_of(errc code);

/// Equal as EX-strict has it: NULL is NULL, numbers by value whether INTEGER or
/// REAL, texts by bytes, and a REAL may be off by 1e-9 of the larger magnitude
/// (of 1 below 1).
bool same_cell(const datum& a, const datum& b);

/// How the answers to a gold query are to be read.
struct answer_shape {
  /// Columns of the query's own.
  std::size_t columns = 0;
  /// Sort keys, which gold rows carry behind them.
  std::size_t order_columns = 0;
};

/// The answers to one query, one for each state of a suite.
using answers = std::vector<expected<sql::result>>;

struct verdict {
  outcome strict = outcome::mismatch;
  /// Equal as sets of rows in every state, as BIRD judges. Never mixed with
  /// `strict`.
  bool set = false;
  /// Equal up to one order of columns for all states, as Spider's test suite
  /// judges.
  bool permuted = false;
  /// The first state where the answers differ, and how.
  std::size_t state = 0;
  std::string detail;
};

/// Whether `prediction` is the answer `gold` asks for, in one state. Rows of
/// `gold` that agree on their sort keys may come in any order among
/// themselves; without sort keys all rows may.
bool same_answer(const answer_shape& shape, std::span<const record> gold,
                 std::span<const record> prediction);

/// The verdict over all states. Empty answers are a match only if another state
/// has rows. @pre both have one answer for each state
verdict compare(const answer_shape& shape, const answers& gold,
                const answers& prediction);

} // namespace aura::evaluation
