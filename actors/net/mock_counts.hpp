#pragma once

#include "actors/net/mock_replies.hpp"

#include <mutex>
#include <unordered_set>
#include <utility>

namespace aura::net {

/// What a server of ours has seen, and so which of its requests meets which
/// mishap. Thread-safe.
class mock_counts {
public:
  /// `faults` has to outlive this.
  explicit mock_counts(const fault_plan& faults);

  void connect();
  void disconnect();

  /// A connection goes on with the TLS session of an earlier one.
  void resume();

  /// A request with `body` has come: what happens to it, and its number.
  std::pair<fault_plan::entry, std::uint64_t> arrive(std::string_view body);

  /// It has its reply, or nobody waits for one any more.
  void depart();

  /// `request` is answered by `reply`, if that is a completion.
  void complete(const scripted_reply& reply, const std::string& request);

  void call_batch();

  mock_llm_stats stats() const;

private:
  const fault_plan& faults_;
  mutable std::mutex mutex_;
  mock_llm_stats stats_;
  std::unordered_set<std::string> seen_;
};

} // namespace aura::net
