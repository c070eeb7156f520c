#include "actors/flow/live_numbers.hpp"

#include "actors/flow/batch.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace aura::flow {

std::string fixed(double x, const char* format) {
  auto buffer = std::array<char, 40>{};
  std::snprintf(buffer.data(), buffer.size(), format, x);
  return buffer.data();
}

std::uint64_t failures_at(const tally& x) {
  auto result = std::uint64_t{0};
  for (const auto& [by, n] : x.rejected)
    if (by.first == x.stage && is_failure(by.second))
      result += n;
  return result;
}

double rate_of(const tally& x) {
  // What it only holds is not done yet.
  const auto rows = x.in + x.made - std::min(x.held, x.in + x.made);
  return x.active < 0.05 || rows < 2 ? 0.0
                                     : static_cast<double>(rows) / x.active;
}

const char* state_of(const tally& x) {
  if (x.finished)
    return x.cancelled ? "cancelled" : "done";
  return x.batches > 0 ? "at work" : "waiting";
}

} // namespace aura::flow
