#include "actors/net/mock_counts.hpp"

#include "kernels/base/hash.hpp"

#include <algorithm>

namespace aura::net {

mock_counts::mock_counts(const fault_plan& faults) : faults_{faults} {
}

void mock_counts::connect() {
  const auto guard = std::lock_guard{mutex_};
  ++stats_.connections;
  ++stats_.connected;
}

void mock_counts::disconnect() {
  const auto guard = std::lock_guard{mutex_};
  --stats_.connected;
}

void mock_counts::resume() {
  const auto guard = std::lock_guard{mutex_};
  ++stats_.resumed;
}

std::pair<fault_plan::entry, std::uint64_t>
mock_counts::arrive(std::string_view body) {
  const auto guard = std::lock_guard{mutex_};
  const auto number = stats_.requests++;
  const auto result = faults_.at(number, body);
  if (result.what != mishap::none)
    ++stats_.mishaps[to_string(result.what)];
  ++stats_.open;
  stats_.most_in_flight = std::max(stats_.most_in_flight, stats_.open);
  return {result, number};
}

void mock_counts::depart() {
  const auto guard = std::lock_guard{mutex_};
  --stats_.open;
}

void mock_counts::complete(const scripted_reply& reply,
                           const std::string& request) {
  if (!reply.completion)
    return;
  const auto guard = std::lock_guard{mutex_};
  ++stats_.completions;
  stats_.prompt_tokens += reply.prompt_tokens;
  stats_.completion_tokens += reply.completion_tokens;
  seen_.insert(sha256_hex(request));
  stats_.distinct = seen_.size();
}

void mock_counts::call_batch() {
  const auto guard = std::lock_guard{mutex_};
  ++stats_.batch_calls;
}

mock_llm_stats mock_counts::stats() const {
  const auto guard = std::lock_guard{mutex_};
  return stats_;
}

} // namespace aura::net
