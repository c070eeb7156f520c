#pragma once

#include "actors/flow/stage.hpp"

#include <caf/actor.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace aura::flow {

/// How a run ended.
struct outcome {
  /// The first abnormal reason; absent if there was none.
  std::optional<fault> failure;
  /// The stage that failed.
  std::string failed_stage;
  /// The run was interrupted and drained.
  bool cancelled = false;
  std::vector<tally> stages;
};

/// Who watches a run. Called on the runner's thread; must not block for long.
struct observer {
  std::function<void(const std::vector<tally>&)> on_progress
    = [](const std::vector<tally>&) {};
  std::function<void(const note&)> on_note = [](const note&) {};
  std::function<void(const tally&)> on_finished = [](const tally&) {};
};

struct run_setting {
  std::size_t batch_rows = 64;
  flow::window window;
  flow::threading threading = flow::threading::own;
  std::stop_source stop;
  /// Told once a stage with a target has all the rows that it wants.
  std::stop_source enough;
  /// How often stages are measured.
  std::chrono::milliseconds tick{500};
  /// A run in which nothing moves for so long is stopped. Zero: never.
  std::chrono::milliseconds patience{600'000};
  flow::observer observer;
};

} // namespace aura::flow

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aura::flow::outcome)

namespace aura::flow {

using runner_actor = caf::typed_actor<
  // Starts the stages, first to last, and answers when all have ended.
  caf::replies_to<atom::start>::with<outcome>,
  // Interrupts the run: what is under way drains, and nothing is begun.
  caf::reacts_to<atom::halt>, caf::reacts_to<atom::enough>,
  caf::reacts_to<tally>, caf::reacts_to<note>, caf::reacts_to<atom::tick>>;

/// Runs a pipeline. Monitors every stage, stops all on the first abnormal
/// reason, and is alone to send exits.
runner_actor spawn_runner(caf::actor_system& sys,
                          std::vector<stage_spec> stages, run_setting setting);

} // namespace aura::flow
