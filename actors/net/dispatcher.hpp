#pragma once

#include "actors/net/latency_gradient.hpp"
#include "actors/net/rate_budget.hpp"
#include "actors/net/spending.hpp"

#include <deque>
#include <map>
#include <set>
#include <unordered_map>

namespace aura::net {

struct dispatcher_options {
  /// Requests at the server at once, at most.
  std::size_t in_flight = 16;
  /// Tries of one request; being throttled does not count as one.
  unsigned attempts = 6;
  backoff_options backoff;
  retry_budget_options budget;
  breaker_options breaker;
  gradient_options gradient;
  /// What the server allows; zero: no limit.
  double requests_per_minute = 0.0;
  double tokens_per_minute = 0.0;
  /// In dollars; zero: no limit.
  double budget_of_money = 0.0;
  /// By earlier runs.
  double spent = 0.0;
  /// Of the jitter.
  std::uint64_t seed = 0;
};

/// What a request may use up, and what it did use.
struct consumption {
  double tokens = 0.0;
  double dollars = 0.0;
};

/// Decides which request goes out when, and what its outcome means: the one
/// retry loop of this program. Knows no clock, no socket and no content. Not
/// thread-safe.
class dispatcher {
public:
  using ticket = std::uint64_t;

  dispatcher(dispatcher_options options, instant now);

  /// Queues a request that uses up `most` at most. That is set aside while it
  /// is in flight, and what it does not use is given back.
  void submit(ticket who, consumption most = {});

  /// The requests to send now, which count as in flight from here on.
  std::vector<ticket> due(instant now);

  /// Takes back all that is not in flight, in no order.
  std::vector<ticket> withdraw();

  /// When `due` may have something to say again without anything else
  /// happening; nothing if it waits for no time.
  std::optional<instant> next_wake(instant now) const;

  enum class decision : std::uint8_t {
    deliver, // the reply is good
    again,   // the request stays here and comes back by `due`
    fail,    // this request is lost
    stop,    // all are; see `reason`
  };

  /// What became of `who`. `asked` is the server's Retry-After, `message` what
  /// a person may hear about it, `used` what a good reply cost. What came to
  /// nothing on its way back may have been charged for, and counts as if it had
  /// used up all that was set aside. @pre `who` is in flight
  decision report(ticket who, const symptom& seen,
                  std::optional<milliseconds> asked, const std::string& message,
                  instant now, consumption used = {});

  /// Whether what is next in line may cost more than is left of the money, and
  /// nothing in flight could bring any back. Then the run has to stop.
  bool broke() const;

  /// Why the run has to stop, after `stop` and once `broke`.
  fault reason() const;

  /// Queued, waiting for another try, and in flight.
  std::size_t size() const;
  std::size_t in_flight() const;

  /// How many may be in flight at the moment.
  std::size_t limit() const;

  const net::spending& money() const;

private:
  struct request {
    unsigned tries = 0;
    unsigned throttled = 0;
    bool tried_once_more = false;
    bool flying = false;
    instant sent;
    std::uint64_t number = 0; // of the sending
    consumption most;
    random_stream random;
  };

  bool probing() const;
  std::size_t room() const;
  std::optional<ticket> next_in_line(instant now) const;
  milliseconds allowance(const consumption& most, instant now) const;
  void settle(const request& x, const symptom& seen, consumption used);
  decision note_silence(ticket who, const symptom& seen,
                        const std::string& message, instant now);
  decision give_up(ticket who, const symptom& seen, const std::string& message);
  decision stop(errc code, std::string message);

  dispatcher_options options_;
  concurrency_limit limit_;
  latency_gradient gradient_;
  rate_budget requests_a_minute_;
  rate_budget tokens_a_minute_;
  spending money_;
  retry_budget budget_;
  breaker breaker_;
  std::unordered_map<ticket, request> requests_;
  std::deque<ticket> fresh_;
  std::set<std::pair<instant, ticket>> waiting_;
  std::size_t flying_ = 0;
  /// Whether the server has ever said anything. Until then, and after a first
  /// failure, one request at a time finds out whether it is there at all.
  bool heard_ = false;
  unsigned silences_ = 0;
  std::uint64_t sent_ = 0;
  std::uint64_t sent_before_silence_ = 0;
  instant probe_at_;
  random_stream probe_random_;
  fault reason_;
};

} // namespace aura::net
