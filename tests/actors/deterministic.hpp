#pragma once

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <gtest/gtest.h>

namespace aura::testing {

/// An actor system in which nothing happens until `run`, and then everything
/// happens on the calling thread, in the order sent: no sleeps and no races.
class deterministic : public ::testing::Test {
protected:
  caf::scheduler::test_coordinator& scheduler() {
    return dynamic_cast<caf::scheduler::test_coordinator&>(sys.scheduler());
  }

  void run() {
    scheduler().run();
  }

  /// Lets the clock pass, and whatever was due happen.
  void pass(std::chrono::milliseconds time) {
    scheduler().advance_time(time);
    run();
  }

  /// The actor system waits for its actors, so stop every one a test spawned.
  template <class Handle>
  void stop(const Handle& handle) {
    if (handle) {
      self->send_exit(handle, caf::exit_reason::user_shutdown);
      run();
    }
  }

private:
  struct config : caf::actor_system_config {
    config() {
      set("scheduler.policy", caf::atom("testing"));
    }
  };

  config cfg_;

protected:
  caf::actor_system sys{cfg_};
  caf::scoped_actor self{sys};
};

} // namespace aura::testing
