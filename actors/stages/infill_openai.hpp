#pragma once

#include "actors/cluster/listen_options.hpp"
#include "actors/flow/step.hpp"
#include "actors/net/language_model_options.hpp"

#include <string>
#include <vector>

namespace aura::stages {

/// Whether the options can work, as far as that shows without a socket.
status check_openai(const net::language_model_options& options);

/// Asks a language model a question for each query, in one of `styles`; a reply
/// that will not do gets one chance of repair. `in_batches`: by way of its
/// Batch API. Opens no socket before the first row, unless workers are to
/// register (`remote`). Fails as `check_openai`, for a file of certificates
/// that cannot be read, or for an address that cannot be listened on.
expected<flow::stage_spec>
make_openai_infill(const net::language_model_options& options,
                   const cluster::listen_options& remote,
                   std::vector<std::string> styles, bool in_batches,
                   const flow::environment& at);

} // namespace aura::stages
