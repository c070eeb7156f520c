#include "actors/flow/worker.hpp"

#include "actors/error.hpp"

#include <caf/actor_system.hpp>
#include <caf/stateful_actor.hpp>

#include <exception>
#include <new>

namespace aura::flow {

namespace {

struct worker_state {
  static constexpr const char* name = "worker";
  step run;
};

// Libraries below may throw where nobody looked; a worker reports it.
status guarded(worker_state& state, const step_factory& make, batch& input) {
  try {
    if (!state.run) {
      auto made = make();
      if (!made)
        return made.error();
      state.run = std::move(*made);
    }
    return state.run(input);
  } catch (const std::bad_alloc&) {
    return fault{errc::resource_limit, "out of memory"};
  } catch (const std::exception& e) {
    return fault{errc::internal, e.what()};
  }
}

worker_actor::behavior_type
step_worker(worker_actor::stateful_pointer<worker_state> self,
            const step_factory& make) {
  return {
    [self, make](batch& input) -> caf::result<batch> {
      if (auto done = guarded(self->state, make, input); !done)
        return to_caf(done.error());
      return std::move(input);
    },
  };
}

} // namespace

worker_actor spawn_worker(caf::actor_system& sys, step_factory make,
                          threading where) {
  if (where == threading::own)
    return sys.spawn<caf::detached>(step_worker, std::move(make));
  return sys.spawn(step_worker, std::move(make));
}

} // namespace aura::flow
