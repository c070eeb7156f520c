#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace aura::cluster {

using instant = std::chrono::steady_clock::time_point;

/// Numbers one piece of work for as long as the coordinator lives.
using lease_id = std::uint64_t;

/// Numbers one registration of a worker: one that comes back is another one.
using epoch = std::uint64_t;

/// Who works on what: leases are handed out at least once, and each has an
/// effect once, with the first answer that comes, from whomever. No clock, no
/// thread, no network; all times are given.
class lease_table {
public:
  struct grant {
    epoch to = 0;
    lease_id what = 0;

    bool operator==(const grant&) const = default;
  };

  /// A lease that is not answered within `patience` is handed to another.
  explicit lease_table(std::chrono::milliseconds patience);

  /// A worker that takes `slots` leases at once.
  void join(epoch who, std::size_t slots);

  /// A worker that is gone: what it held waits again, before all else.
  void leave(epoch who);

  void submit(lease_id what);

  /// What is to be sent now: the oldest work first, to the worker with the
  /// largest share of free slots.
  std::vector<grant> due(instant now);

  /// True if `what` was still open: this answer counts. A late answer of a
  /// worker that was given up is as good as any.
  bool finish(lease_id what);

  /// Takes leases back that have been out too long; what they were will be
  /// handed out again, but not to the same worker while there is another.
  void expire(instant now);

  /// When `expire` has something to do.
  std::optional<instant> next_expiry() const;

  std::size_t workers() const noexcept {
    return workers_.size();
  }

  std::size_t slots() const noexcept;

  /// Work that nobody has.
  std::size_t waiting() const noexcept {
    return waiting_.size();
  }

  /// Leases that were handed out more than once.
  std::uint64_t repeated() const noexcept {
    return repeated_;
  }

private:
  struct worker {
    std::size_t slots = 0;
    std::set<lease_id> held;
    /// What it did not answer in time, and may still be busy with.
    std::set<lease_id> overdue;
  };

  struct lease {
    std::optional<epoch> holder;
    instant given;
    std::uint32_t times = 0;
    std::set<epoch> tried;
  };

  bool tried_by_all(const lease& x) const;
  void take_back(lease_id what);

  std::chrono::milliseconds patience_;
  std::map<epoch, worker> workers_;
  std::map<lease_id, lease> open_;
  std::set<lease_id> waiting_; // in the order of their numbers
  std::uint64_t repeated_ = 0;
};

} // namespace aura::cluster
