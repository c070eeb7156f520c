#pragma once

#include "actors/cluster/listen_options.hpp"
#include "actors/cluster/middleman.hpp"
#include "actors/cluster/wire.hpp"
#include "actors/net/language_model.hpp"

#include <functional>
#include <memory>
#include <string>

namespace aura::cluster {

/// What the coordinator's side of remote work needs.
struct hub_options {
  address where;
  certificates papers;
  setup work;
  /// Takes what no worker has room for; empty: it waits for one.
  net::transport local;
  /// Requests that `local` takes at once.
  std::size_t local_slots = 0;
  /// How long a worker may keep one request before another gets it. After twice
  /// as long without an answer it comes back with `trouble::deadline`.
  std::chrono::milliseconds patience{190'000};
  /// Hears of workers that come and go.
  std::function<void(const std::string&)> tell;
};

/// Address and certificates of `options`. Fails with `invalid_option`.
expected<hub_options> read_listen_options(const listen_options& options);

struct hub_counts {
  std::uint64_t joined = 0;   // registrations; a worker that comes back is two
  std::uint64_t lost = 0;     // workers that went without a word
  std::uint64_t refused = 0;  // of another build
  std::uint64_t answered = 0; // by workers
  std::uint64_t repeated = 0; // leases handed out again
  std::uint64_t late = 0;     // answers to what was answered already
  std::uint64_t broken = 0;   // messages that made no sense
};

/// Where workers of other processes and machines register. To the engine it is
/// a way for requests to travel: whoever asks keeps the journal, the budget and
/// the order, and does not notice who carried a request. Leases are handed out
/// at least once; an answer has an effect once.
class hub {
public:
  /// Listens. Fails with `invalid_option`, `missing_file` or `network`.
  static expected<hub> start(hub_options options);

  hub(hub&&) noexcept;
  hub& operator=(hub&&) noexcept;
  /// Tells the workers that there is no more to do.
  ~hub();

  std::uint16_t port() const noexcept;

  /// For any thread. The callback comes on a thread of the hub.
  void send(net::http_request request,
            std::function<void(net::exchange)> done) const;

  hub_counts counts() const;

private:
  struct state;
  explicit hub(std::unique_ptr<state> x);
  std::unique_ptr<state> state_;
};

} // namespace aura::cluster
