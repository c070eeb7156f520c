#include "actors/net/connection.hpp"

#include "actors/net/tls.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>

#include <sys/socket.h>

#include <algorithm>

namespace aura::net {

namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

bool is_ended(const boost::system::error_code& problem) {
  return problem == asio::error::eof || problem == asio::error::connection_reset
         || problem == asio::error::broken_pipe
         || problem == asio::error::connection_aborted
         || problem == asio::ssl::error::stream_truncated
         || problem == http::error::end_of_stream
         || problem == http::error::partial_message;
}

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

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == 127;
  });
}

/// Whether `request` can be written without saying more than it means to.
bool is_sound(const http_request& request) {
  return !has_control(request.target)
         && request.target.find(' ') == std::string::npos
         && std::all_of(
           request.headers.begin(), request.headers.end(), [](const header& x) {
             return !x.name.empty()
                    && x.name.find_first_of(" \t:\r\n") == std::string::npos
                    && !has_control(x.name) && !has_control(x.value);
           });
}

} // namespace

connection::connection(asio::io_context& context, asio::ssl::context& security,
                       const https_options& options)
  : options_{options}, stream_{context, security}, resolver_{context},
    timer_{context}, buffer_{options.largest_header + (64 << 10)} {
}

template <class Function>
void connection::with_stream(Function function) {
  if (options_.server.secure)
    function(stream_);
  else
    function(stream_.next_layer());
}

std::uint64_t connection::begin(milliseconds limit, const char* name) {
  const auto number = ++step_;
  timer_.expires_after(limit);
  timer_.async_wait(
    [self = shared_from_this(), number, limit, name](const failure& problem) {
      // A timer that was moved or has lost the race says nothing.
      if (!problem && self->end(number))
        self->fail(trouble::stalled, std::string{name} + " took longer than "
                                       + std::to_string(limit.count()) + " ms");
    });
  return number;
}

bool connection::end(std::uint64_t number) {
  if (number != step_)
    return false;
  ++step_;
  return true;
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
      self->connect(addresses);
    });
}

void connection::connect(const tcp::resolver::results_type& addresses) {
  const auto number = begin(options_.timeouts.connect, "connecting");
  asio::async_connect(
    stream_.next_layer(), addresses,
    [self = shared_from_this(), number](const failure& problem,
                                        const tcp::endpoint&) {
      if (!self->end(number))
        return;
      const auto& options = self->options_;
      if (problem)
        return self->fail(
          trouble::connect,
          "cannot connect to "
            + (options.tunnel ? "the proxy" : options.server.authority()) + ": "
            + problem.message(),
          is_shortage(problem));
      auto ignored = failure{};
      self->stream_.next_layer().set_option(tcp::no_delay{true}, ignored);
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
  auto text = std::make_shared<std::string>(
    "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n");
  if (!options_.tunnel->authorization.empty())
    *text += "Proxy-Authorization: " + options_.tunnel->authorization + "\r\n";
  *text += "\r\n";
  const auto number = begin(options_.timeouts.proxy, "the proxy");
  parser_.emplace();
  parser_->skip(true); // a reply to CONNECT has no body
  parser_->header_limit(8 << 10);
  const auto finish
    = [self = shared_from_this(), number](const failure& problem, std::size_t) {
        if (!self->end(number))
          return;
        if (problem)
          return self->fail(trouble::proxy,
                            "the proxy did not answer: " + problem.message());
        const auto status = self->parser_->get().result_int();
        if (status < 200 || status > 299)
          return self->fail(trouble::proxy, "the proxy answered with status "
                                              + std::to_string(status));
        self->parser_.reset();
        if (self->buffer_.size() != 0)
          return self->fail(trouble::proxy,
                            "the proxy sent more than it was asked for");
        self->shake_hands();
      };
  asio::async_write(
    stream_.next_layer(), asio::buffer(*text),
    [self = shared_from_this(), text, number, finish](const failure& problem,
                                                      std::size_t) {
      if (number != self->step_)
        return;
      if (problem) {
        self->end(number);
        return self->fail(trouble::proxy,
                          "cannot ask the proxy: " + problem.message());
      }
      http::async_read_header(self->stream_.next_layer(), self->buffer_,
                              *self->parser_, finish);
    });
}

void connection::shake_hands() {
  const auto& host = options_.server.host;
  if (const auto named = expect_host(stream_.native_handle(), host); !named)
    return fail(trouble::tls, named.error().message);
  const auto number = begin(options_.timeouts.tls, "the TLS handshake");
  stream_.async_handshake(
    asio::ssl::stream_base::client,
    [self = shared_from_this(), number](const failure& problem) {
      if (!self->end(number))
        return;
      if (!problem)
        return self->finish_open();
      const auto authority = self->options_.server.authority();
      if (const auto why = verification_failure(self->stream_.native_handle());
          !why.empty())
        return self->fail(trouble::tls_verification,
                          "the certificate of " + authority
                            + " was refused: " + why);
      if (is_ended(problem))
        return self->fail(trouble::connect, authority
                                              + " hung up during the TLS "
                                                "handshake: "
                                              + problem.message());
      self->fail(trouble::tls,
                 "no TLS with " + authority + ": " + problem.message());
    });
}

void connection::finish_open() {
  timer_.cancel();
  auto done = std::exchange(opened_, nullptr);
  done(exchange{});
}

void connection::send(std::shared_ptr<const http_request> request,
                      answered done) {
  answered_ = std::move(done);
  content_ = std::move(request);
  const auto verb = http::string_to_verb(content_->method);
  if (verb == http::verb::unknown || !is_sound(*content_))
    return asio::post(stream_.get_executor(), [self = shared_from_this()] {
      self->fail(trouble::malformed, "a request with a control character");
    });
  request_.emplace(verb, options_.server.path + content_->target, 11);
  request_->set(http::field::host, options_.server.authority());
  request_->set(http::field::user_agent, options_.user_agent);
  for (const auto& x : content_->headers)
    request_->set(x.name, x.value);
  request_->body() = {content_->body.data(), content_->body.size()};
  request_->prepare_payload();
  write();
}

void connection::write() {
  const auto number = begin(options_.timeouts.write, "sending the request");
  const auto finish = [self = shared_from_this(),
                       number](const failure& problem, std::size_t) {
    if (!self->end(number))
      return;
    if (problem)
      return self->fail(trouble::reset, "the connection broke while sending: "
                                          + problem.message());
    self->read();
  };
  with_stream(
    [&](auto& stream) { http::async_write(stream, *request_, finish); });
}

void connection::read() {
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(options_.largest_header));
  parser_->body_limit(options_.largest_body);
  read_some(true);
}

void connection::read_some(bool first) {
  const auto number
    = first ? begin(options_.timeouts.first_byte, "the first byte of the reply")
            : begin(options_.timeouts.stall, "the next byte of the reply");
  const auto finish
    = [self = shared_from_this(), number](const failure& problem, std::size_t) {
        if (!self->end(number))
          return;
        if (problem)
          return self->fail_reading(problem);
        if (!self->parser_->is_done())
          return self->read_some(false);
        // Interim replies announce the real one.
        if (self->parser_->get().result_int() / 100 == 1)
          return self->read();
        self->finish_exchange();
      };
  with_stream([&](auto& stream) {
    http::async_read_some(stream, buffer_, *parser_, finish);
  });
}

void connection::fail_reading(const failure& problem) {
  const auto started = parser_->got_some();
  if (problem == http::error::body_limit || problem == http::error::header_limit
      || problem == http::error::buffer_overflow)
    return fail(trouble::too_large,
                "the reply is over the limit: " + problem.message());
  if (is_ended(problem))
    return started
             ? fail(trouble::truncated, "the connection ended inside the reply")
             : fail(trouble::reset, "the connection ended before the reply");
  if (problem.category() == asio::error::get_ssl_category())
    return fail(started ? trouble::truncated : trouble::reset,
                "TLS broke while reading: " + problem.message());
  if (problem.category() == asio::error::get_system_category())
    return fail(started ? trouble::truncated : trouble::reset,
                "the connection broke while reading: " + problem.message());
  fail(trouble::malformed, "not a reply of HTTP: " + problem.message());
}

void connection::finish_exchange() {
  timer_.cancel();
  auto result = exchange{};
  auto reply = parser_->release();
  const auto delimited = reply.has_content_length() || reply.chunked()
                         || reply.result() == http::status::no_content
                         || reply.result() == http::status::not_modified;
  const auto reusable = delimited && reply.keep_alive() && buffer_.size() == 0;
  parser_.reset();
  request_.reset();
  content_.reset();
  const auto encoding = reply.find(http::field::content_encoding);
  if (encoding != reply.end() && encoding->value() != "identity")
    return fail(trouble::malformed, "an encoding that was not asked for: "
                                      + std::string{encoding->value()});
  result.reply.status = reply.result_int();
  for (const auto& x : reply.base())
    result.reply.headers.push_back(
      {std::string{x.name_string()}, std::string{x.value()}});
  result.reply.body = std::move(reply.body());
  auto done = std::exchange(answered_, nullptr);
  done(std::move(result), reusable);
}

bool connection::alive() {
  auto byte = char{};
  const auto socket = stream_.next_layer().native_handle();
  const auto got = ::recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

void connection::close() {
  if (!options_.server.secure)
    return abort();
  const auto number = begin(options_.timeouts.shutdown, "leaving");
  stream_.async_shutdown([self = shared_from_this(), number](const failure&) {
    if (self->end(number))
      self->abort();
  });
}

void connection::abort() {
  ++step_; // whatever is under way is none of our business any more
  timer_.cancel();
  resolver_.cancel();
  auto ignored = failure{};
  stream_.next_layer().close(ignored);
}

} // namespace aura::net
