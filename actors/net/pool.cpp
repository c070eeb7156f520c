#include "actors/net/pool.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace aura::net {

pool::pool(pool_options options) : options_{options} {
  assert(options_.connections >= 1 && options_.opening >= 1);
}

pool::orders pool::acquire(ticket who, bool fresh, instant now) {
  waiting_.push_back({who, fresh});
  auto result = orders{};
  serve(result, now);
  return result;
}

void pool::forget(ticket who) {
  std::erase_if(waiting_, [&](const request& x) { return x.who == who; });
}

void pool::note_opened(connection& x) {
  if (std::exchange(x.opening, false))
    --opening_;
}

void pool::remove(connection_id id) {
  const auto found = connections_.find(id);
  if (found == connections_.end())
    return;
  note_opened(found->second);
  connections_.erase(found);
}

pool::orders pool::opened(connection_id id, instant now) {
  if (const auto found = connections_.find(id); found != connections_.end())
    note_opened(found->second);
  auto result = orders{};
  serve(result, now);
  return result;
}

pool::orders pool::release(connection_id id, instant now) {
  auto result = orders{};
  const auto found = connections_.find(id);
  assert(found != connections_.end() && found->second.busy);
  auto& x = found->second;
  note_opened(x);
  if (x.uses >= options_.uses || now - x.opened >= options_.age) {
    connections_.erase(found);
    result.push_back({order::close, id, 0});
  } else {
    x.busy = false;
    x.idle_since = now;
    idle_.push_back(id);
  }
  serve(result, now);
  return result;
}

pool::orders pool::lost(connection_id id, instant now) {
  remove(id);
  std::erase(idle_, id);
  auto result = orders{};
  serve(result, now);
  return result;
}

pool::orders pool::make_do(connection_id id, ticket who, instant now) {
  assert(connections_.size() > 1);
  remove(id);
  options_.connections = std::min(options_.connections, connections_.size());
  waiting_.push_front({who, false});
  auto result = orders{};
  serve(result, now);
  return result;
}

pool::orders pool::expire(instant now) {
  auto result = orders{};
  while (!idle_.empty()
         && now - connections_.at(idle_.front()).idle_since >= options_.idle) {
    result.push_back({order::close, idle_.front(), 0});
    connections_.erase(idle_.front());
    idle_.pop_front();
  }
  serve(result, now);
  return result;
}

std::optional<instant> pool::next_expiry() const {
  if (idle_.empty())
    return std::nullopt;
  return connections_.at(idle_.front()).idle_since + options_.idle;
}

std::size_t pool::size() const {
  return connections_.size();
}

std::size_t pool::idle() const {
  return idle_.size();
}

std::size_t pool::waiting() const {
  return waiting_.size();
}

void pool::serve(orders& out, instant now) {
  while (!waiting_.empty()) {
    const auto next = waiting_.front();
    if (!next.fresh && !idle_.empty()) {
      const auto id = idle_.back();
      idle_.pop_back();
      auto& x = connections_.at(id);
      x.busy = true;
      ++x.uses;
      out.push_back({order::use, id, next.who});
    } else {
      if (opening_ >= options_.opening)
        return;
      if (connections_.size() >= options_.connections) {
        // Only a request that wants a fresh connection finds idle ones here.
        if (idle_.empty())
          return;
        out.push_back({order::close, idle_.front(), 0});
        connections_.erase(idle_.front());
        idle_.pop_front();
      }
      const auto id = ++last_;
      connections_.emplace(id, connection{now, now, 1});
      ++opening_;
      out.push_back({order::open, id, next.who});
    }
    waiting_.pop_front();
  }
}

} // namespace aura::net
