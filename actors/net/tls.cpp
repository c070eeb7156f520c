#include "actors/net/tls.hpp"

#include "actors/net/endpoint.hpp"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <filesystem>

namespace aura::net {

namespace ssl = boost::asio::ssl;

namespace {

// The place that OpenSSL offers by default is taken: by Asio.
int owner_index() {
  static const auto index
    = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

} // namespace

client_security::client_security() : context_{ssl::context::tls_client} {
  auto* native = context_.native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_ex_data(native, owner_index(), this);
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_CLIENT
                                           | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(native, keep);
}

// Returns 1 to keep the reference that comes with the call.
int client_security::keep(SSL* connection, SSL_SESSION* session) {
  auto* self = static_cast<client_security*>(
    SSL_CTX_get_ex_data(SSL_get_SSL_CTX(connection), owner_index()));
  self->session_.reset(session);
  return 1;
}

expected<std::unique_ptr<client_security>>
client_security::make(const std::string& ca_file) {
  auto result = std::unique_ptr<client_security>{};
  try {
    result.reset(new client_security);
  } catch (const std::exception& reason) {
    return fault{errc::internal,
                 std::string{"no TLS on this machine: "} + reason.what()};
  }
  auto& context = result->context_;
  auto problem = boost::system::error_code{};
  context.set_verify_mode(ssl::verify_peer, problem);
  if (problem)
    return fault{errc::internal, "cannot verify peers: " + problem.message()};
  if (ca_file.empty()) {
    context.set_default_verify_paths(problem);
    if (problem)
      return fault{errc::missing_file,
                   "no certificate authorities: " + problem.message()};
    return result;
  }
  auto ignored = std::error_code{};
  if (!std::filesystem::is_regular_file(ca_file, ignored))
    return fault{errc::missing_file,
                 "no file of certificate authorities '" + ca_file + "'"};
  context.load_verify_file(ca_file, problem);
  if (problem)
    return fault{errc::invalid_option, "cannot read certificate authorities "
                                       "from '"
                                         + ca_file + "': " + problem.message()};
  return result;
}

status expect_host(SSL* connection, const std::string& host) {
  auto* parameters = SSL_get0_param(connection);
  if (is_address(host)) {
    if (X509_VERIFY_PARAM_set1_ip_asc(parameters, host.c_str()) != 1)
      return fault{errc::internal, "cannot expect the address '" + host + "'"};
    return ok;
  }
  X509_VERIFY_PARAM_set_hostflags(parameters,
                                  X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS
                                    | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  if (SSL_set1_host(connection, host.c_str()) != 1
      || SSL_set_tlsext_host_name(connection, host.c_str()) != 1)
    return fault{errc::internal, "cannot expect the host '" + host + "'"};
  return ok;
}

std::string verification_failure(SSL* connection) {
  const auto result = SSL_get_verify_result(connection);
  return result == X509_V_OK ? "" : X509_verify_cert_error_string(result);
}

} // namespace aura::net
