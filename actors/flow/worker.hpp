#pragma once

#include "actors/flow/messages.hpp"

#include <caf/fwd.hpp>

namespace aura::flow {

/// Starts workers that are actors of their own kind, for work that waits
/// instead of computing.
struct worker_spawner {
  virtual ~worker_spawner() = default; // deleted through this base

  virtual worker_actor spawn(caf::actor_system& sys) = 0;

  /// Batches that one such worker holds at once.
  virtual std::size_t in_flight() const {
    return 1;
  }
};

/// Whether a worker has a thread of its own. Tests say no, so that everything
/// happens in the order sent.
enum class threading : bool { shared, own };

/// Starts a worker that runs one step. What the step throws becomes `internal`.
worker_actor spawn_worker(caf::actor_system& sys, step_factory make,
                          threading where);

} // namespace aura::flow
