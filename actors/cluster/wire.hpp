#pragma once

#include "actors/net/message.hpp"
#include "kernels/base/expected.hpp"

#include <caf/atom.hpp>

#include <string>
#include <string_view>

/// What coordinator and workers say to each other. Every message is a tuple of
/// CAF's own types; what has structure travels as MessagePack and is checked
/// when it arrives, since a peer may be broken or hostile.
namespace aura::cluster {

// worker → coordinator: (hello, identity, name, slots) → (welcome, epoch,
// setup)
using hello_atom = caf::atom_constant<caf::atom("hello")>;
using welcome_atom = caf::atom_constant<caf::atom("welcome")>;
// coordinator → worker: (lease, epoch, id, request)
using lease_atom = caf::atom_constant<caf::atom("lease")>;
// worker → coordinator: (done, id, exchange) → (done, id): what is not
// confirmed is said again after the next welcome.
using done_atom = caf::atom_constant<caf::atom("done")>;
// coordinator → worker: there will be no more.
using bye_atom = caf::atom_constant<caf::atom("bye")>;

/// Which programs understand each other: version, protocol and the libraries
/// that write messages. A worker of another identity is refused.
std::string identity();

/// How a worker is to reach the language model.
struct setup {
  std::string base_url;
  /// The variable of the worker's own environment that holds the key; keys
  /// never travel.
  std::string key_variable;
  double first_byte_timeout = 120.0;
  double request_timeout = 180.0;

  bool operator==(const setup&) const = default;
};

/// Longest piece of either direction, in bytes.
inline constexpr std::size_t largest_message = 16u << 20;

std::string to_bytes(const setup& x);
std::string to_bytes(const net::http_request& x);
std::string to_bytes(const net::exchange& x);

/// Fail with `invalid_reply` for anything that `to_bytes` would not have
/// written: too long, another layout, a header with a line break.
expected<setup> setup_from(std::string_view bytes);
expected<net::http_request> request_from(std::string_view bytes);
expected<net::exchange> exchange_from(std::string_view bytes);

} // namespace aura::cluster
