#pragma once

#include "actors/flow/outlet.hpp"
#include "actors/flow/worker.hpp"

#include <caf/fwd.hpp>

#include <stop_token>

namespace aura::flow {

/// What all stages of a run share.
struct stage_setting {
  /// Rows a batch.
  std::size_t batch_rows = 64;
  flow::threading threading = flow::threading::own;
  /// Requested when the run is interrupted.
  std::stop_token stop;
  /// Gets a `tally` when a stage ends, and `atom::enough` when a gate is full.
  caf::actor_addr runner;
};

/// Starts the actor of a stage: it hands batches to its workers, puts their
/// results back into order, and keeps the accounts. It never computes itself,
/// so that it always answers.
stage_actor spawn_stage(caf::actor_system& sys, stage_spec spec,
                        stage_setting setting, edge downstream);

} // namespace aura::flow
