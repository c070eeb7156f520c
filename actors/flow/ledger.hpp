#pragma once

#include "actors/flow/batch.hpp"
#include "actors/flow/tally.hpp"

#include <string>

namespace aura::flow {

/// The accounts of one stage, and the gate that a stage with a target is.
class ledger {
public:
  ledger() = default;

  /// A `target` of zero lets everything through.
  ledger(std::string stage, std::uint64_t target);

  /// Lets rows through in order until the target is reached, and drops the
  /// rest. True if it was reached just now.
  bool cut(batch& x);

  /// Writes the stage's name on rows that it rejected.
  void mark(batch& x);

  /// Counts rows that leave, sound and rejected.
  void count(const batch& x);

  /// Sound rows that were let through.
  std::uint64_t passed() const {
    return passed_;
  }

  /// Whether no more rows are wanted.
  bool full() const {
    return full_;
  }

  void close() {
    full_ = true;
  }

  tally& numbers() {
    return numbers_;
  }

  const tally& numbers() const {
    return numbers_;
  }

private:
  tally numbers_;
  std::uint64_t target_ = 0;
  std::uint64_t passed_ = 0; // sound rows that were let through
  bool full_ = false;
};

} // namespace aura::flow
