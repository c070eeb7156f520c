#pragma once

#include "kernels/base/expected.hpp"

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>

#include <cstdint>
#include <memory>
#include <string>

/// The one place that knows how CAF's middleman is set up.
namespace aura::cluster {

/// `host:port`, `[address]:port`.
struct address {
  std::string host;
  std::uint16_t port = 0;
};

/// Fails with `invalid_option`. A port of 0 lets the system choose.
expected<address> parse_address(const std::string& text);

/// PEM files. All three or none.
struct certificates {
  std::string certificate;
  std::string key;
  /// Who must have signed the certificate of the other side.
  std::string authority;

  bool empty() const noexcept {
    return certificate.empty() && key.empty() && authority.empty();
  }
};

/// All three or none, and files that can be read; without them nothing but
/// this machine may be listened on, since the protocol itself asks nobody who
/// he is. Fails with `invalid_option` or `missing_file`.
status check(const address& where, const certificates& papers);

/// An actor system of its own with a middleman, apart from the engine's. Peers
/// that say nothing for two seconds are given up.
class remote_system {
public:
  explicit remote_system(const certificates& papers);
  ~remote_system();
  remote_system(const remote_system&) = delete;
  remote_system& operator=(const remote_system&) = delete;

  caf::actor_system& system();

  /// Lets others reach `who`; the port. Fails with `network`.
  expected<std::uint16_t> publish(const caf::actor& who, const address& where);

  /// Fails with `network`, also where certificates do not fit.
  expected<caf::actor> connect(const address& where);

private:
  struct state;
  std::unique_ptr<state> state_;
};

} // namespace aura::cluster
