#pragma once

#include "actors/cluster/middleman.hpp"
#include "actors/cluster/wire.hpp"

#include <atomic>
#include <functional>
#include <string>

namespace aura::cluster {

struct worker_options {
  address coordinator;
  certificates papers;
  /// How the coordinator shall call it.
  std::string name = "worker";
  /// Requests at once.
  std::uint32_t slots = 16;
  /// The only language model that it may be sent to; empty: whatever the
  /// coordinator says.
  std::string base_url;
  /// A PEM file of certificate authorities for the language model.
  std::string ca_file;
  /// Seconds without a coordinator after which it gives up.
  double patience = 60.0;
  /// Whether it looks for the next coordinator when one says that there is no
  /// more to do.
  bool stays = false;
  std::function<void(const std::string&)> tell;
};

/// Carries requests to a language model for a coordinator, until that says bye
/// or `stop` becomes true. Comes back after a lost connection, with the answers
/// that were not confirmed. Fails with `network` where nobody was found in
/// time, with `invalid_option` if the coordinator is of another build or its
/// language model another one than allowed, and with `authentication` without a
/// key.
status run_worker(const worker_options& options, const std::atomic<bool>& stop);

} // namespace aura::cluster
