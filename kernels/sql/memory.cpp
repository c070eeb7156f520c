#include "kernels/sql/memory.hpp"

#include <algorithm>

namespace aura::sql {

namespace {

thread_local memory_budget* innermost = nullptr;

} // namespace

memory_budget::memory_budget(std::size_t bytes) noexcept
  : limit_{static_cast<std::int64_t>(bytes)}, outer_{innermost} {
  innermost = this;
}

memory_budget::~memory_budget() {
  innermost = outer_;
}

bool memory_budget::take(std::int64_t bytes) noexcept {
  auto allowed = true;
  for (auto* x = innermost; x; x = x->outer_) {
    ++x->allocations_;
    if (x->allocations_ == x->fail_at_ || x->used_ + bytes > x->limit_)
      allowed = false;
  }
  if (!allowed)
    return false;
  for (auto* x = innermost; x; x = x->outer_) {
    x->used_ += bytes;
    x->peak_ = std::max(x->peak_, x->used_);
  }
  return true;
}

void memory_budget::give(std::int64_t bytes) noexcept {
  for (auto* x = innermost; x; x = x->outer_)
    x->used_ -= bytes;
}

} // namespace aura::sql
