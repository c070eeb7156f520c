#pragma once

#include "actors/net/policy.hpp"

#include <string>

namespace aura::net {

/// A moment of a clock that only the caller reads.
using instant = std::chrono::steady_clock::time_point;

struct retry_budget_options {
  double per_request = 0.2;
  double per_second = 3.0;
  /// Unused allowance is kept up to this many retries.
  double most = 100.0;
};

/// Keeps retries from becoming the load: a fifth of the requests, and three a
/// second, may be retries. A retry beyond that waits; none is dropped.
class retry_budget {
public:
  retry_budget(retry_budget_options options, instant now);

  /// Notes that a first attempt was made.
  void count_request();

  /// Takes one retry; returns how long it has to wait for the allowance.
  milliseconds take(instant now);

private:
  retry_budget_options options_;
  instant updated_;
  double tokens_;
};

/// How many requests may be in flight: one more per 25 successes, three
/// quarters on a refusal (additive increase, multiplicative decrease).
class concurrency_limit {
public:
  /// @pre most >= 1
  explicit concurrency_limit(std::size_t most);

  std::size_t value() const;

  void on_success();

  /// Only the first refusal of a burst counts: one of a request that was sent
  /// before the last decrease tells nothing new.
  void on_refusal(instant sent, instant now);

private:
  double most_;
  double limit_;
  unsigned successes_ = 0;
  std::optional<instant> decreased_;
};

struct breaker_options {
  /// This many requests failing for good, one after another.
  unsigned failures = 16;
  /// Refusals alone, without any success, for this long.
  milliseconds patience{300'000};
};

/// Notices that a server is not worth asking any more.
class breaker {
public:
  explicit breaker(breaker_options options);

  void on_success();
  void on_failure();
  void on_refusal(instant now);

  /// Once open, it stays open.
  bool open() const;

private:
  breaker_options options_;
  unsigned failures_ = 0;
  std::optional<instant> refused_since_;
  bool open_ = false;
};

} // namespace aura::net
