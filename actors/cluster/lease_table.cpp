#include "actors/cluster/lease_table.hpp"

#include <algorithm>

namespace aura::cluster {

lease_table::lease_table(std::chrono::milliseconds patience)
  : patience_{patience} {
}

void lease_table::join(epoch who, std::size_t slots) {
  workers_[who].slots = slots;
}

void lease_table::leave(epoch who) {
  auto node = workers_.extract(who);
  if (node.empty())
    return;
  for (auto what : node.mapped().held)
    take_back(what);
}

void lease_table::take_back(lease_id what) {
  const auto found = open_.find(what);
  if (found == open_.end())
    return;
  found->second.holder.reset();
  waiting_.insert(what);
}

void lease_table::submit(lease_id what) {
  open_.emplace(what, lease{});
  waiting_.insert(what);
}

bool lease_table::tried_by_all(const lease& x) const {
  return std::all_of(workers_.begin(), workers_.end(),
                     [&](const auto& y) { return x.tried.contains(y.first); });
}

std::vector<lease_table::grant> lease_table::due(instant now) {
  auto result = std::vector<grant>{};
  const auto room = [](const worker& x) {
    const auto busy = x.held.size() + x.overdue.size();
    return busy < x.slots ? static_cast<double>(x.slots - busy)
                              / static_cast<double>(x.slots)
                          : 0.0;
  };
  for (auto next = waiting_.begin(); next != waiting_.end();) {
    auto& wanted = open_.at(*next);
    auto best = workers_.end();
    auto anybody = false;
    for (auto x = workers_.begin(); x != workers_.end(); ++x) {
      if (room(x->second) <= 0.0)
        continue;
      anybody = true;
      if (wanted.tried.contains(x->first) && !tried_by_all(wanted))
        continue;
      if (best == workers_.end() || room(x->second) > room(best->second))
        best = x;
    }
    if (!anybody)
      break;
    if (best == workers_.end()) {
      ++next;
      continue;
    }
    wanted.holder = best->first;
    wanted.given = now;
    repeated_ += wanted.times++ > 0 ? 1 : 0;
    best->second.held.insert(*next);
    result.push_back({best->first, *next});
    next = waiting_.erase(next);
  }
  return result;
}

bool lease_table::finish(lease_id what) {
  for (auto& [who, x] : workers_) {
    x.held.erase(what);
    x.overdue.erase(what);
  }
  waiting_.erase(what);
  return open_.erase(what) > 0;
}

void lease_table::expire(instant now) {
  for (auto& [who, x] : workers_)
    for (auto held = x.held.begin(); held != x.held.end();) {
      auto& late = open_.at(*held);
      if (late.given + patience_ > now) {
        ++held;
        continue;
      }
      late.tried.insert(who);
      x.overdue.insert(*held);
      take_back(*held);
      held = x.held.erase(held);
    }
}

std::optional<instant> lease_table::next_expiry() const {
  auto result = std::optional<instant>{};
  for (const auto& [what, x] : open_)
    if (x.holder && (!result || x.given + patience_ < *result))
      result = x.given + patience_;
  return result;
}

std::size_t lease_table::slots() const noexcept {
  auto result = std::size_t{0};
  for (const auto& [who, x] : workers_)
    result += x.slots;
  return result;
}

} // namespace aura::cluster
