#pragma once

#include "kernels/base/expected.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace aura {

/// What the rows of a run have in common and what grows as it proceeds: the
/// schema, the database states, the model. Defined by the stages; the flow only
/// hands it on.
struct domain;

/// One question and its query on their way through the pipeline. A stage fills
/// in its own fields and leaves the others alone.
struct sample {
  /// The number of the row: the key of its randomness, and what decides between
  /// rows wherever there is a choice.
  std::uint64_t id = 0;
  /// Rows of one family are phrasings of one query.
  std::uint64_t family = 0;
  /// Which schema of the run the row belongs to.
  std::uint32_t schema = 0;
  /// AuraDSL in canonical form.
  std::string query;
  /// A key that queries share which differ only in tables, columns and
  /// literals.
  std::string structure;
  std::string question;
  /// How the question sounds.
  std::string style;
  /// The tables that the prompt shows.
  std::vector<std::string> tables;
  /// `train`, `eval`, `L0`, `L1`.
  std::string split;

  /// Why this row is of no further use; `errc::none` while it is sound. A bad
  /// row is data and travels on, so that the report can count it.
  errc rejected = errc::none;
  std::string reason;
  /// The stage that rejected it. Filled in by the flow.
  std::string rejected_by;

  void reject(errc code, std::string why) {
    rejected = code;
    reason = std::move(why);
  }
};

/// Roughly what `x` takes in memory.
inline std::size_t bytes(const sample& x) {
  auto total = sizeof(sample) + x.query.size() + x.structure.size()
               + x.question.size() + x.style.size() + x.reason.size();
  for (const auto& table : x.tables)
    total += sizeof(table) + table.size();
  return total;
}

/// What travels along an edge.
struct batch {
  std::uint64_t sequence = 0;
  std::vector<sample> samples;
  std::shared_ptr<const domain> context;
};

inline std::size_t bytes(const batch& x) {
  auto total = sizeof(batch);
  for (const auto& row : x.samples)
    total += bytes(row);
  return total;
}

/// Whether `code` says that the machinery failed a row (a server, the network)
/// rather than that the row is bad.
constexpr bool is_failure(errc code) {
  return code == errc::network || code == errc::tls_verification
         || code == errc::http_status || code == errc::authentication
         || code == errc::io_error || code == errc::internal
         || code == errc::budget_exhausted || code == errc::cancelled;
}

/// Whether a wanted row that was rejected with `code` ends the run: something
/// that had to be there is not, and the rest would only look complete.
constexpr bool is_fatal(errc code) {
  return code == errc::missing_file;
}

} // namespace aura
