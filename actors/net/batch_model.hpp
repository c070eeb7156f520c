#pragma once

#include "actors/net/language_model.hpp"

namespace aura::net {

/// The same as `spawn_language_model`, by way of the server's Batch API:
/// cheaper and slower. Questions are gathered, uploaded as a file, worked on
/// within a day, and fetched. Keeps a log of its batches beside the journal
/// (`….batches`), so that whatever ends the process, the next one finds its
/// batches again, fetches what they have brought, and asks only for the rest.
language_model_actor spawn_batch_model(caf::actor_system& sys,
                                       language_model_setting setting,
                                       bool detached = true);

} // namespace aura::net
