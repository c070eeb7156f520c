#pragma once

#include "actors/net/fault_plan.hpp"

#include <string>
#include <vector>

namespace aura::net {

/// A fault plan as a file says it.
struct fault_plan_options {
  std::uint64_t seed = 1;
  std::size_t latency = 0;
  std::size_t jitter = 0;
  std::size_t queue = 0;
  std::string certificate = "sound";
  std::vector<std::string> faults;
};

template <class Visitor>
void describe(Visitor& v, fault_plan_options& x) {
  v("seed", x.seed, "Of all that happens by chance.");
  v.number("latency", x.latency, 0, 86'400'000,
           "Milliseconds before each reply.");
  v.number("jitter", x.jitter, 0, 86'400'000,
           "Milliseconds that chance may add to it.");
  v.number("queue", x.queue, 0, 1'000'000,
           "Requests that are worked on at once, while all others wait in "
           "silence; 0: any number.");
  v.choice("certificate", x.certificate, {"sound", "expired", "wrong-host"},
           "What the server shows in the TLS handshake.");
  v("faults", x.faults,
    "What goes wrong: `429:20` first of all, `reset%5` with five in a hundred, "
    "`503@100-200` with those from number 100 on.");
}

/// Reads a plan: a file of YAML if `word` names one (`.yaml`, `.yml`), else the
/// words themselves. `seed` is that of inline plans. Fails with `missing_file`,
/// or with `invalid_option` and the place in the file.
expected<fault_plan> load_fault_plan(const std::string& word,
                                     std::uint64_t seed = 1);

} // namespace aura::net
