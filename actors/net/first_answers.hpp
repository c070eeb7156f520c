#pragma once

#include "actors/flow/place_table.hpp"
#include "kernels/base/hash.hpp"

#include <string_view>

namespace aura::net {

/// Which keys have been answered in this run.
class first_answers {
public:
  /// Whether `key` is answered for the first time in this run. Its usage is
  /// told then and only then, so that a run's sum is what its answers cost,
  /// however often it was interrupted.
  bool is_first(std::string_view key) {
    const auto hash = hash64(key);
    if (seen_.find(hash, [](std::uint64_t) { return true; }))
      return false;
    seen_.add(hash, 1);
    return true;
  }

private:
  flow::place_table seen_;
};

} // namespace aura::net
