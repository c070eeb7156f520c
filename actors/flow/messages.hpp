#pragma once

#include "actors/flow/batch.hpp"
#include "actors/flow/step.hpp"
#include "actors/flow/tally.hpp"

#include <caf/actor_addr.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/atom.hpp>
#include <caf/replies_to.hpp>
#include <caf/result.hpp>
#include <caf/type_id.hpp>
#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

CAF_BEGIN_TYPE_ID_BLOCK(aura, caf::first_custom_type_id)
  CAF_ADD_ATOM(aura, aura::atom, done, "done")
  CAF_ADD_ATOM(aura, aura::atom, cancel, "cancel")
  CAF_ADD_ATOM(aura, aura::atom, enough, "enough")
  CAF_ADD_ATOM(aura, aura::atom, halt, "halt")
  CAF_ADD_ATOM(aura, aura::atom, measure, "measure")
  CAF_ADD_ATOM(aura, aura::atom, tick, "tick")
  CAF_ADD_ATOM(aura, aura::atom, start, "start")
CAF_END_TYPE_ID_BLOCK(aura)

// Batches never leave the process: they share the frozen context by pointer.
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aura::batch)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aura::flow::tally)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aura::flow::note)

namespace aura {

/// The one interface all stages share.
using stage_actor = caf::typed_actor<
  // Takes over a batch. The reply permits the sender to send another one.
  caf::replies_to<batch>::with<caf::ok_atom>,
  // Announces that no batch follows. The reply confirms that every batch has
  // left this stage and all stages behind it.
  caf::replies_to<atom::done>::with<caf::ok_atom>,
  // The same, but the rows are not all there are: the run was interrupted.
  caf::replies_to<atom::cancel>::with<caf::ok_atom>,
  // Where the stage stands.
  caf::replies_to<atom::measure>::with<flow::tally>,
  // To a source: enough rows were accepted; to all others: nothing.
  caf::reacts_to<atom::enough>,
  // Stop making rows, let those under way drain, and then cancel downstream.
  caf::reacts_to<atom::halt>>;

/// What does the work of a stage: gives each batch back, changed. Answers in
/// any order; the stage restores it. An error as the answer stops the run.
using worker_actor = caf::typed_actor<caf::replies_to<batch>::with<batch>>;

/// What the handlers of a stage return: now, later (a promise), or an error.
using accepted = caf::result<caf::ok_atom>;

} // namespace aura
