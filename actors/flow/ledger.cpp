#include "actors/flow/ledger.hpp"

#include <utility>

namespace aura::flow {

ledger::ledger(std::string stage, std::uint64_t target) : target_{target} {
  numbers_.stage = std::move(stage);
  numbers_.gate = target > 0;
  numbers_.target = target;
}

bool ledger::cut(batch& x) {
  if (target_ == 0)
    return false;
  std::size_t keep = 0;
  while (keep < x.samples.size() && passed_ < target_) {
    if (x.samples[keep].rejected == errc::none)
      ++passed_;
    ++keep;
  }
  numbers_.surplus += x.samples.size() - keep;
  x.samples.resize(keep);
  return passed_ == target_ && !std::exchange(full_, true);
}

void ledger::mark(batch& x) {
  for (auto& row : x.samples)
    if (row.rejected != errc::none && row.rejected_by.empty()) {
      row.rejected_by = numbers_.stage;
      ++numbers_.rejected_here;
    }
}

void ledger::count(const batch& x) {
  for (const auto& row : x.samples) {
    if (row.rejected == errc::none)
      ++numbers_.sound;
    else
      ++numbers_.rejected[{row.rejected_by, row.rejected}];
  }
}

} // namespace aura::flow
