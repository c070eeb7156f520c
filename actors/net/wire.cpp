#include "actors/net/wire.hpp"

#include "actors/net/tls.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <openssl/err.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdint>

namespace aura::net {

namespace {

namespace asio = boost::asio;

constexpr auto flags = MSG_DONTWAIT | MSG_NOSIGNAL;

bool is_busy(int number) {
  return number == EAGAIN || number == EWOULDBLOCK;
}

ssize_t receive(int socket, void* into, std::size_t size) {
  auto got = ssize_t{};
  do
    got = ::recv(socket, into, size, flags);
  while (got < 0 && errno == EINTR);
  return got;
}

ssize_t transmit(int socket, const void* bytes, std::size_t size) {
  auto sent = ssize_t{};
  do
    sent = ::send(socket, bytes, size, flags);
  while (sent < 0 && errno == EINTR);
  return sent;
}

int socket_of(BIO* x) {
  return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(x)));
}

// OpenSSL's own socket BIO would raise SIGPIPE.
int read_bio(BIO* x, char* into, int size) {
  BIO_clear_retry_flags(x);
  const auto got = receive(socket_of(x), into, static_cast<std::size_t>(size));
  if (got < 0 && is_busy(errno))
    BIO_set_retry_read(x);
  if (got == 0)
    BIO_set_flags(x, BIO_FLAGS_IN_EOF);
  return static_cast<int>(got);
}

int write_bio(BIO* x, const char* bytes, int size) {
  BIO_clear_retry_flags(x);
  const auto sent
    = transmit(socket_of(x), bytes, static_cast<std::size_t>(size));
  if (sent < 0 && is_busy(errno))
    BIO_set_retry_write(x);
  return static_cast<int>(sent);
}

long control_bio(BIO* x, int what, long, void*) {
  if (what == BIO_CTRL_EOF)
    return BIO_test_flags(x, BIO_FLAGS_IN_EOF) != 0;
  return what == BIO_CTRL_FLUSH;
}

BIO_METHOD* make_method() {
  auto* result = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK
                                | BIO_TYPE_DESCRIPTOR,
                              "aura socket");
  BIO_meth_set_read(result, read_bio);
  BIO_meth_set_write(result, write_bio);
  BIO_meth_set_ctrl(result, control_bio);
  return result;
}

BIO* make_bio(int socket) {
  static auto* const method = make_method();
  auto* result = BIO_new(method);
  if (!result)
    return nullptr;
  BIO_set_data(result,
               reinterpret_cast<void*>(static_cast<std::intptr_t>(socket)));
  BIO_set_init(result, 1);
  return result;
}

progress system_failure() {
  return {progress::failed, 0, {errno, asio::error::get_system_category()}};
}

} // namespace

wire::wire(asio::io_context& context) : socket_{context} {
}

status wire::secure(SSL_CTX* security, const std::string& host,
                    SSL_SESSION* known) {
  ssl_.reset(SSL_new(security));
  auto* bio = ssl_ ? make_bio(socket_.native_handle()) : nullptr;
  if (!bio)
    return fault{errc::resource_limit, "no memory for TLS"};
  SSL_set_bio(ssl_.get(), bio, bio);
  // Buffers that are empty are given back, and what is written may have moved.
  SSL_set_mode(ssl_.get(),
               SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_set_read_ahead(ssl_.get(), 1);
  SSL_set_connect_state(ssl_.get());
  if (known)
    SSL_set_session(ssl_.get(), known);
  return expect_host(ssl_.get(), host);
}

progress wire::judge(int result) const {
  switch (SSL_get_error(ssl_.get(), result)) {
  case SSL_ERROR_WANT_READ:
    return {progress::want_read};
  case SSL_ERROR_WANT_WRITE:
    return {progress::want_write};
  case SSL_ERROR_ZERO_RETURN:
    return {progress::ended};
  case SSL_ERROR_SYSCALL:
    if (errno != 0)
      return system_failure();
    return {progress::failed, 0, asio::ssl::error::stream_truncated};
  default:
    break;
  }
  const auto code = ERR_get_error();
  if (ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING)
    return {progress::failed, 0, asio::ssl::error::stream_truncated};
  return {progress::failed,
          0,
          {static_cast<int>(code), asio::error::get_ssl_category()}};
}

progress wire::shake_hands() {
  ERR_clear_error();
  errno = 0;
  const auto result = SSL_do_handshake(ssl_.get());
  return result == 1 ? progress{} : judge(result);
}

progress wire::read(std::span<char> into) {
  if (ssl_) {
    ERR_clear_error();
    errno = 0;
    auto got = std::size_t{0};
    const auto result = SSL_read_ex(ssl_.get(), into.data(), into.size(), &got);
    return result == 1 ? progress{progress::done, got} : judge(result);
  }
  const auto got = receive(socket_.native_handle(), into.data(), into.size());
  if (got > 0)
    return {progress::done, static_cast<std::size_t>(got)};
  if (got == 0)
    return {progress::ended};
  return is_busy(errno) ? progress{progress::want_read} : system_failure();
}

progress wire::write(std::string_view bytes) {
  if (ssl_) {
    ERR_clear_error();
    errno = 0;
    auto sent = std::size_t{0};
    const auto result
      = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &sent);
    return result == 1 ? progress{progress::done, sent} : judge(result);
  }
  const auto sent
    = transmit(socket_.native_handle(), bytes.data(), bytes.size());
  if (sent >= 0)
    return {progress::done, static_cast<std::size_t>(sent)};
  return is_busy(errno) ? progress{progress::want_write} : system_failure();
}

void wire::take_leave() {
  if (!ssl_)
    return;
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
}

} // namespace aura::net
