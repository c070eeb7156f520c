#pragma once

#include "kernels/base/expected.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace aura::flow {

/// Rows by (stage that rejected them, reason).
using rejections = std::map<std::pair<std::string, errc>, std::uint64_t>;

/// Where one stage stands: the numbers behind progress lines, the watchdog's
/// dump and the accounting.
struct tally {
  std::string stage;
  /// Rows that came in, that a source made, and that went out.
  std::uint64_t in = 0;
  std::uint64_t made = 0;
  std::uint64_t out = 0;
  /// Rows that came after the target was reached.
  std::uint64_t surplus = 0;
  /// Rejected rows that a collecting stage kept back.
  std::uint64_t dropped = 0;
  /// Rows inside: waiting, worked on, waiting for their turn, parked.
  std::uint64_t held = 0;
  /// Rows that an interrupted step gave up.
  std::uint64_t lost = 0;
  std::optional<std::uint64_t> oldest;

  /// Among the rows within the target: sound ones and rejected ones.
  std::uint64_t sound = 0;
  flow::rejections rejected;
  /// Rows that this very stage rejected, whether within the target or not.
  std::uint64_t rejected_here = 0;
  /// Whether this stage cuts the rows at a target.
  bool gate = false;
  /// Sound rows that it waits for; 0: all there are.
  std::uint64_t target = 0;

  /// The outgoing edge: rows and bytes sent but not answered, how many may be,
  /// and those that wait for credit.
  std::uint64_t owed_rows = 0;
  std::uint64_t owed_bytes = 0;
  std::uint64_t granted_rows = 0;
  std::uint64_t granted_bytes = 0;
  std::uint64_t parked_rows = 0;
  /// The most that was ever owed, and the largest batch that was sent: one
  /// batch is always allowed, however large.
  std::uint64_t peak_rows = 0;
  std::uint64_t peak_bytes = 0;
  std::uint64_t largest_rows = 0;
  std::uint64_t largest_bytes = 0;

  /// Seconds that steps ran, summed over workers, and seconds from the first
  /// batch to the last.
  double busy = 0;
  double active = 0;
  std::uint64_t batches = 0;
  bool finished = false;
  bool cancelled = false;
};

/// Where the rows of a whole run are.
struct accounts {
  std::uint64_t generated = 0;
  std::uint64_t accepted = 0;
  /// By reason, and by (stage, reason).
  std::map<errc, std::uint64_t> rejected;
  std::map<errc, std::uint64_t> failed;
  rejections by_stage;
  std::uint64_t pending = 0;
};

/// Adds up the stages of one run, in the order of the pipeline. Rows after the
/// target count nowhere.
accounts settle(const std::vector<tally>& stages);

/// Checks that no row appeared or vanished: within each stage, along each edge,
/// and for the run (generated = accepted + rejected + failed + pending); and
/// that no edge ever held more than its window. Fails with `accounting`, naming
/// the stage and the numbers. `complete` says that
/// the run ended by itself, so that nothing may be pending.
status check_accounts(const std::vector<tally>& stages, bool complete);

/// For each stage a line with what it holds and what it waits for.
std::string dump(const std::vector<tally>& stages);

} // namespace aura::flow
