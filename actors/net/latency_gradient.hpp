#pragma once

#include "actors/net/limits.hpp"

#include <optional>
#include <vector>

namespace aura::net {

struct gradient_options {
  /// Replies that one judgement looks at, at least.
  std::size_t least_replies = 256;
  /// A usual reply may take this many times as long as the quickest
  /// before anything looks like a queue.
  double tolerance = 1.2;
  /// Judgements between two tries of a higher limit; doubled, up to 64, by each
  /// one that brings nothing.
  unsigned patience = 4;
};

/// How many requests may be in flight at a server that never refuses and queues
/// instead. Looks at whole windows of replies: when p50 (or the mean) has
/// risen, it tries three quarters of the limit, and stays there if throughput
/// does not suffer; from time to time it tries a quarter more, and stays there
/// if throughput gains. What "gains" means is the elasticity of throughput by
/// concurrency, log(X1/X0) / log(L1/L0): 1 while nothing queues, 0 where
/// everything does, and 1/2 at the knee of a server whose throughput is
/// L/(a + bL). A limit that is not used up proves nothing and is left alone.
/// Knows no clock.
class latency_gradient {
public:
  /// Starts at the top. @pre most >= 1
  explicit latency_gradient(std::size_t most, gradient_options options = {});

  std::size_t value() const;

  /// A good reply came at `now` to what was sent at `sent`; `in_flight` counts
  /// it. Moments never go back.
  void on_reply(instant sent, instant now, std::size_t in_flight);

private:
  /// What a window of replies at one limit showed.
  struct window {
    double limit = 0.0;
    /// In seconds, of the middle or of the mean: a server of an even pace hides
    /// half a queue from the middle.
    double latency = 0.0;
    double throughput = 0.0; // replies a second
  };

  window close_window();
  void judge(const window& seen);
  void conclude(const window& before, const window& seen);
  void try_less(const window& seen);
  void try_more(const window& seen);
  void move(double limit);

  double most_;
  gradient_options options_;
  double limit_;
  /// The window before the limit was moved to try another one.
  std::optional<window> trial_;
  double quickest_ = 0.0;
  /// The latency at which the present limit was found worth its while.
  double settled_ = 0.0;
  unsigned judged_ = 0;
  unsigned patience_;

  /// Replies that belong to the limit before, or to the first burst.
  double skip_;
  std::vector<double> latencies_;
  double in_flight_ = 0.0;
};

} // namespace aura::net
