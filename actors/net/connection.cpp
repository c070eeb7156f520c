#include "actors/net/connection.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/verb.hpp>

#include <sys/socket.h>

#include <algorithm>

namespace aura::net {

namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

// As long as other clients believe it.
constexpr auto believed_for = std::chrono::seconds{10};

bool is_temporary(const boost::system::error_code& problem) {
  return problem == asio::error::host_not_found_try_again
         || problem == asio::error::no_recovery
         || problem == asio::error::no_memory
         // Out of descriptors, and the like.
         || problem.category() == asio::error::get_system_category()
         || problem == asio::error::try_again;
}

/// Whether this process or this machine has no descriptor left.
bool is_shortage(const boost::system::error_code& problem) {
  return problem == boost::system::errc::too_many_files_open
         || problem == boost::system::errc::too_many_files_open_in_system;
}

} // namespace

bool connection::is_ended(const failure& problem) {
  return problem == asio::error::eof || problem == asio::error::connection_reset
         || problem == asio::error::broken_pipe
         || problem == asio::error::connection_aborted
         || problem == asio::ssl::error::stream_truncated
         || problem == http::error::end_of_stream
         || problem == http::error::partial_message;
}

connection::connection(common_ground& ground)
  : ground_{ground}, options_{ground.options}, wire_{ground.context},
    resolver_{ground.context}, timer_{ground.context} {
}

std::uint64_t connection::begin(milliseconds limit, const char* name) {
  limit_ = limit;
  doing_ = name;
  deadline_ = std::chrono::steady_clock::now() + limit;
  if (!rings_ || *deadline_ < *rings_)
    watch();
  return ++step_;
}

bool connection::end(std::uint64_t number) {
  if (number != step_)
    return false;
  ++step_;
  deadline_.reset();
  return true;
}

void connection::watch() {
  rings_ = deadline_;
  timer_.expires_at(*rings_);
  timer_.async_wait([self = shared_from_this()](const failure& problem) {
    const auto now = std::chrono::steady_clock::now();
    // A timer that was moved says nothing.
    if (problem || self->timer_.expiry() > now)
      return;
    self->rings_.reset();
    if (!self->deadline_)
      return;
    if (*self->deadline_ > now)
      return self->watch();
    self->fail(trouble::stalled,
               std::string{self->doing_} + " took longer than "
                 + std::to_string(self->limit_.count()) + " ms");
  });
}

void connection::fail(trouble kind, std::string message,
                      bool out_of_descriptors) {
  abort();
  auto result = exchange{};
  result.out_of_descriptors = out_of_descriptors;
  result.kind = kind;
  result.message = std::move(message);
  // A proxy's refusal is the one trouble with a status.
  if (kind == trouble::proxy && parser_ && parser_->is_header_done())
    result.reply.status = parser_->get().result_int();
  if (auto done = std::exchange(opened_, nullptr)) {
    done(std::move(result));
    return;
  }
  if (auto done = std::exchange(answered_, nullptr))
    done(std::move(result), false);
}

void connection::open(opened done) {
  opened_ = std::move(done);
  if (std::chrono::steady_clock::now() < ground_.believed_until)
    return connect(ground_.addresses);
  const auto& proxy = options_.tunnel;
  const auto& host = proxy ? proxy->host : options_.server.host;
  const auto port = proxy ? proxy->port : options_.server.port;
  const auto number = begin(options_.timeouts.resolve, "looking up the host");
  resolver_.async_resolve(
    host, std::to_string(port), tcp::resolver::numeric_service,
    [self = shared_from_this(), number, host](
      const failure& problem, const tcp::resolver::results_type& addresses) {
      if (!self->end(number))
        return;
      if (problem)
        return self->fail(is_temporary(problem) ? trouble::resolve_temporary
                                                : trouble::resolve,
                          "cannot look up '" + host + "': " + problem.message(),
                          is_shortage(problem));
      self->ground_.addresses = addresses;
      self->ground_.believed_until
        = std::chrono::steady_clock::now() + believed_for;
      self->connect(addresses);
    });
}

void connection::connect(const tcp::resolver::results_type& addresses) {
  const auto number = begin(options_.timeouts.connect, "connecting");
  asio::async_connect(
    wire_.socket(), addresses,
    [self = shared_from_this(), number](const failure& problem,
                                        const tcp::endpoint&) {
      if (!self->end(number))
        return;
      const auto& options = self->options_;
      if (problem) {
        self->ground_.believed_until = {};
        return self->fail(
          trouble::connect,
          "cannot connect to "
            + (options.tunnel ? "the proxy" : options.server.authority()) + ": "
            + problem.message(),
          is_shortage(problem));
      }
      auto ignored = failure{};
      self->wire_.socket().set_option(tcp::no_delay{true}, ignored);
      if (options.tunnel)
        return self->ask_proxy();
      if (options.server.secure)
        return self->shake_hands();
      self->finish_open();
    });
}

void connection::ask_proxy() {
  const auto& server = options_.server;
  const auto target
    = (server.host.find(':') == std::string::npos ? server.host
                                                  : "[" + server.host + "]")
      + ":" + std::to_string(server.port);
  auto text = "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n";
  if (!options_.tunnel->authorization.empty())
    text += "Proxy-Authorization: " + options_.tunnel->authorization + "\r\n";
  text += "\r\n";
  parser_.emplace();
  parser_->skip(true); // a reply to CONNECT has no body
  parser_->header_limit(8 << 10);
  write(begin(options_.timeouts.proxy, "the proxy"), text,
        &connection::hear_proxy);
}

void connection::hear_proxy(std::uint64_t number) {
  while (!parser_->is_header_done()) {
    const auto x = wire_.read(ground_.arriving);
    if (x.what == progress::want_read)
      return wait(x.what, number,
                  [number](connection& self) { self.hear_proxy(number); });
    auto problem = x.problem;
    if (x.what == progress::ended)
      problem = http::error::end_of_stream;
    if (x.what == progress::done)
      problem = parse({ground_.arriving.data(), x.bytes});
    if (problem)
      return fail(trouble::proxy,
                  "the proxy did not answer: " + problem.message());
  }
  const auto status = parser_->get().result_int();
  if (status < 200 || status > 299)
    return fail(trouble::proxy,
                "the proxy answered with status " + std::to_string(status));
  parser_.reset();
  if (!rest_.empty())
    return fail(trouble::proxy, "the proxy sent more than it was asked for");
  shake_hands();
}

void connection::shake_hands() {
  const auto& host = options_.server.host;
  if (const auto named = wire_.secure(ground_.security.native(), host,
                                      ground_.security.session());
      !named)
    return fail(trouble::tls, named.error().message);
  go_on_shaking(begin(options_.timeouts.tls, "the TLS handshake"));
}

void connection::go_on_shaking(std::uint64_t number) {
  const auto x = wire_.shake_hands();
  if (x.what == progress::want_read || x.what == progress::want_write)
    return wait(x.what, number,
                [number](connection& self) { self.go_on_shaking(number); });
  if (x.what == progress::done)
    return finish_open();
  const auto problem
    = x.problem ? x.problem : failure{asio::ssl::error::stream_truncated};
  const auto authority = options_.server.authority();
  if (const auto why = verification_failure(wire_.security()); !why.empty())
    return fail(trouble::tls_verification,
                "the certificate of " + authority + " was refused: " + why);
  if (is_ended(problem))
    return fail(trouble::connect,
                authority
                  + " hung up during the TLS handshake: " + problem.message());
  fail(trouble::tls, "no TLS with " + authority + ": " + problem.message());
}

void connection::finish_open() {
  end(step_);
  auto done = std::exchange(opened_, nullptr);
  done(exchange{});
}

bool connection::alive() {
  auto byte = char{};
  const auto socket = wire_.socket().native_handle();
  const auto got = ::recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

void connection::close() {
  wire_.take_leave();
  abort();
}

void connection::abort() {
  ++step_; // whatever is under way is none of our business any more
  deadline_.reset();
  timer_.cancel();
  resolver_.cancel();
  auto ignored = failure{};
  wire_.socket().close(ignored);
}

} // namespace aura::net
