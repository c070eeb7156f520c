#pragma once

#include "actors/flow/messages.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace aura::testing {

using release = caf::atom_constant<caf::atom("release")>;

using slow_sink_actor
  = stage_actor::extend<caf::reacts_to<release, std::uint64_t>>;

/// What a slow sink got.
struct received {
  std::vector<batch> batches;
  std::size_t unanswered_rows = 0;
  std::size_t unanswered_batches = 0;
  std::size_t peak_rows = 0;
  bool done = false;
  bool cancelled = false;
};

struct slow_sink_state {
  static constexpr const char* name = "slow-sink";
  std::vector<std::pair<caf::typed_response_promise<caf::ok_atom>, std::size_t>>
    unanswered;
};

/// Records what it gets; answers a batch only when told to release it.
inline slow_sink_actor::behavior_type
slow_sink(slow_sink_actor::stateful_pointer<slow_sink_state> self,
          received* log) {
  return {
    [=](const batch& input) -> accepted {
      log->batches.push_back(input);
      log->unanswered_rows += input.samples.size();
      ++log->unanswered_batches;
      log->peak_rows = std::max(log->peak_rows, log->unanswered_rows);
      auto promise = self->make_response_promise<caf::ok_atom>();
      self->state.unanswered.emplace_back(promise, input.samples.size());
      return promise;
    },
    [=](atom::done) -> accepted {
      log->done = true;
      return caf::ok_atom_v;
    },
    [=](atom::cancel) -> accepted {
      log->cancelled = true;
      return caf::ok_atom_v;
    },
    [=](atom::measure) { return flow::tally{}; },
    [=](atom::enough) {},
    [=](atom::halt) {},
    [=](release, std::uint64_t count) {
      auto& waiting = self->state.unanswered;
      while (count-- > 0 && !waiting.empty()) {
        auto [promise, rows] = std::move(waiting.front());
        waiting.erase(waiting.begin());
        log->unanswered_rows -= rows;
        --log->unanswered_batches;
        promise.deliver(caf::ok_atom_v);
      }
    },
  };
}

} // namespace aura::testing
