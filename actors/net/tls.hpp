#pragma once

#include "kernels/base/expected.hpp"

#include <boost/asio/ssl/context.hpp>

#include <memory>
#include <string>

namespace aura::net {

/// Rules for the connections of a client to one server: TLS 1.2 or later, the
/// peer's certificate verified against `ca_file`, SSL_CERT_FILE or the system.
/// Not thread-safe.
class client_security {
public:
  static expected<std::unique_ptr<client_security>>
  make(const std::string& ca_file);

  client_security(const client_security&) = delete;
  client_security& operator=(const client_security&) = delete;

  SSL_CTX* native() {
    return context_.native_handle();
  }

  /// The newest session that the server has granted, null before. Another
  /// connection that offers it need not verify the certificate again, which is
  /// most of the work of shaking hands.
  SSL_SESSION* session() const {
    return session_.get();
  }

private:
  struct freeing {
    void operator()(SSL_SESSION* x) const {
      SSL_SESSION_free(x);
    }
  };

  client_security();

  static int keep(SSL* connection, SSL_SESSION* session);

  boost::asio::ssl::context context_;
  std::unique_ptr<SSL_SESSION, freeing> session_;
};

/// Expects the peer to prove that it is `host`, and asks for it by name.
/// Without this call a certificate of anybody would do.
status expect_host(SSL* connection, const std::string& host);

/// Why the certificate of the peer was refused; empty if it was not.
std::string verification_failure(SSL* connection);

} // namespace aura::net
