#pragma once

#include "actors/net/endpoint.hpp"
#include "actors/net/message.hpp"
#include "actors/net/pool.hpp"

#include <functional>
#include <memory>

namespace aura::net {

/// How long each step of an exchange may take.
struct timeouts {
  milliseconds pool{60'000}; // waiting for a connection
  milliseconds resolve{5'000};
  milliseconds connect{5'000};
  milliseconds proxy{5'000};
  milliseconds tls{10'000};
  milliseconds write{30'000};
  milliseconds first_byte{120'000}; // from the request to the reply's header
  milliseconds stall{60'000};       // between bytes of the reply
  milliseconds shutdown{2'000};
  milliseconds request{180'000}; // everything
};

struct https_options {
  endpoint server;
  std::optional<proxy> tunnel;
  /// A PEM file of certificate authorities. Empty: SSL_CERT_FILE, else those of
  /// the system.
  std::string ca_file;
  net::timeouts timeouts;
  pool_options pool;
  std::size_t largest_header = 64 << 10;
  std::size_t largest_body = 8 << 20;
  std::string user_agent = "aura";
};

/// Sends requests to one server and keeps its connections alive. Verifies the
/// server's certificate and name, always; TLS 1.2 or later. Retries nothing but
/// a request that met an idle connection which the server had just closed.
/// Thread-safe.
class https_client {
public:
  /// Called once for each request, on the thread of the client. Must not block.
  using callback = std::function<void(exchange)>;

  /// Starts a thread and opens no socket yet. Fails with `invalid_option` or
  /// `missing_file` for a certificate file that cannot be used.
  static expected<https_client> start(https_options options);

  // Joins the thread. Requests still open are dropped without a call.
  ~https_client();
  https_client(https_client&&) noexcept;
  https_client& operator=(https_client&&) noexcept;

  void send(http_request request, callback done);

private:
  class engine;

  explicit https_client(std::shared_ptr<engine> x);

  std::shared_ptr<engine> engine_;
};

/// Sends one request and waits for what becomes of it. For tools and tests.
exchange send_and_wait(https_client& client, http_request request);

} // namespace aura::net
