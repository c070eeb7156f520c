#pragma once

#include "kernels/base/expected.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace aura::net {

/// Where a server is: the parts of a base URL.
struct endpoint {
  bool secure = true;
  /// A name or an address, without the brackets of an IPv6 literal.
  std::string host;
  std::uint16_t port = 443;
  /// The path without a slash at its end: `/v1`, or empty.
  std::string path;

  bool operator==(const endpoint&) const = default;

  /// As the Host header wants it: the port only where it is not the default.
  std::string authority() const;
};

/// Reads `https://host[:port][/path]`. Fails with `invalid_option` for anything
/// else: user info, a query, another scheme, or `http` to a host that is not
/// this machine, since a key would travel in the clear.
expected<endpoint> parse_endpoint(std::string_view url);

/// Whether `host` can only be this machine: localhost, 127.0.0.0/8, ::1.
bool is_loopback(std::string_view host);

/// Whether the Host header that a server of this machine was sent calls it so,
/// with a port or without. Another name that leads here is one that a page of
/// the web has chosen (DNS rebinding).
bool names_this_machine(std::string_view authority);

/// Whether `host` is an address rather than a name.
bool is_address(std::string_view host);

/// A proxy that opens tunnels for us.
struct proxy {
  std::string host;
  std::uint16_t port = 3128;
  /// The value of Proxy-Authorization, or empty. A credential.
  std::string authorization;
};

/// Looks a variable of the environment up; absent and empty are the same.
using environment = std::function<std::string(const char*)>;

/// The environment of this process.
environment process_environment();

/// The proxy for `to` by HTTPS_PROXY and NO_PROXY (lower case first), or none.
/// This machine is never asked through a proxy. Fails with `invalid_option` if
/// the variable is no `http://[user:password@]host[:port]`; the message does
/// not repeat it, since it may hold a password.
expected<std::optional<proxy>> choose_proxy(const endpoint& to,
                                            const environment& variable);

std::string base64(std::string_view bytes);

} // namespace aura::net
