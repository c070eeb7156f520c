#pragma once

#include <cstddef>
#include <cstdint>

namespace aura::sql {

/// A ceiling on what SQLite allocates on this thread while the object lives:
/// beyond it allocations fail, which SQLite survives. Budgets nest; each one
/// of them must have room. Create and destroy on one thread, in stack order.
class memory_budget {
public:
  explicit memory_budget(std::size_t bytes) noexcept;
  memory_budget(const memory_budget&) = delete;
  memory_budget& operator=(const memory_budget&) = delete;
  ~memory_budget(); // takes the budget off the thread

  /// Bytes allocated less bytes freed; below 0 if older memory was freed.
  std::int64_t used() const noexcept {
    return used_;
  }

  std::int64_t peak() const noexcept {
    return peak_;
  }

  std::uint64_t allocations() const noexcept {
    return allocations_;
  }

  /// Lets the n-th allocation from now fail, counted from 1; 0 lets none. For
  /// tests that out of memory is survived everywhere.
  void fail_at(std::uint64_t n) noexcept {
    fail_at_ = n == 0 ? 0 : allocations_ + n;
  }

  /// Whether `bytes` more are allowed by all budgets of this thread; counts
  /// them if so. For the allocator alone.
  static bool take(std::int64_t bytes) noexcept;
  static void give(std::int64_t bytes) noexcept;

private:
  std::int64_t limit_;
  std::int64_t used_ = 0;
  std::int64_t peak_ = 0;
  std::uint64_t allocations_ = 0;
  std::uint64_t fail_at_ = 0;
  memory_budget* outer_;
};

} // namespace aura::sql
