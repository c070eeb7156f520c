#pragma once

#include "kernels/base/expected.hpp"

#include <boost/asio/ssl/context.hpp>

#include <memory>
#include <string>

namespace aura::net {

/// Rules for the connections of a client: TLS 1.2 or later, the peer's
/// certificate verified against `ca_file`, SSL_CERT_FILE or the system.
expected<std::unique_ptr<boost::asio::ssl::context>>
make_client_context(const std::string& ca_file);

/// Expects the peer to prove that it is `host`, and asks for it by name.
/// Without this call a certificate of anybody would do.
status expect_host(SSL* connection, const std::string& host);

/// Why the certificate of the peer was refused; empty if it was not.
std::string verification_failure(SSL* connection);

} // namespace aura::net
