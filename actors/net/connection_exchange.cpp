// The second half of a connection's life: requests and their replies.

#include "actors/net/connection.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/verb.hpp>

#include <algorithm>

namespace aura::net {

namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

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

void connection::send(std::shared_ptr<const http_request> request,
                      answered done) {
  answered_ = std::move(done);
  content_ = std::move(request);
  if (http::string_to_verb(content_->method) == http::verb::unknown
      || !is_sound(*content_))
    return asio::post(ground_.context, [self = shared_from_this()] {
      self->fail(trouble::malformed, "a request with a control character");
    });
  auto& bytes = ground_.leaving;
  bytes.clear();
  append_head(bytes, *content_);
  bytes += content_->body;
  write(begin(options_.timeouts.write, "sending the request"), bytes,
        &connection::read);
}

void connection::append_head(std::string& out,
                             const http_request& request) const {
  out += request.method;
  out += ' ';
  out += options_.server.path;
  out += request.target;
  out += " HTTP/1.1\r\n";
  const auto add = [&](std::string_view name, std::string_view value) {
    out += name;
    out += ": ";
    out += value;
    out += "\r\n";
  };
  add("Host", ground_.authority);
  add("User-Agent", options_.user_agent);
  for (const auto& x : request.headers)
    add(x.name, x.value);
  if (!request.body.empty() || request.method == "POST"
      || request.method == "PUT")
    add("Content-Length", std::to_string(request.body.size()));
  out += "\r\n";
}

// Tries at once and mostly succeeds. Trouble is told later: the caller is in
// the middle of handing the request over.
void connection::write(std::uint64_t number, std::string_view bytes,
                       void (connection::*next)(std::uint64_t)) {
  while (!bytes.empty()) {
    const auto x = wire_.write(bytes);
    bytes.remove_prefix(x.bytes);
    if (x.what == progress::want_read || x.what == progress::want_write)
      return wait(x.what, number,
                  [number, next, rest = std::string{bytes}](connection& self) {
                    self.write(number, rest, next);
                  });
    if (x.what != progress::done)
      return asio::post(ground_.context, [self = shared_from_this(), number,
                                          why = x.problem.message()] {
        if (number != self->step_)
          return;
        if (self->opened_)
          return self->fail(trouble::proxy, "cannot ask the proxy: " + why);
        self->fail(trouble::reset,
                   "the connection broke while sending: " + why);
      });
  }
  (this->*next)(number);
}

void connection::read(std::uint64_t) {
  expect_reply();
  await_bytes(progress::want_read, begin(options_.timeouts.first_byte,
                                         "the first byte of the reply"));
}

void connection::expect_reply() {
  parser_.emplace();
  parser_->eager(true);
  parser_->header_limit(static_cast<std::uint32_t>(options_.largest_header));
  parser_->body_limit(options_.largest_body);
}

void connection::await_bytes(progress::kind what, std::uint64_t number) {
  wait(what, number, [number](connection& self) { self.read_some(number); });
}

void connection::read_some(std::uint64_t number) {
  for (;;) {
    const auto x = wire_.read(ground_.arriving);
    if (x.what == progress::want_read || x.what == progress::want_write)
      return await_bytes(x.what, number);
    if (x.what != progress::done)
      return finish_reading(x.problem);
    auto problem = parse({ground_.arriving.data(), x.bytes});
    // Interim replies announce the real one.
    while (!problem && parser_->is_done()
           && parser_->get().result_int() / 100 == 1) {
      expect_reply();
      problem = parse({});
    }
    if (problem)
      return fail_reading(problem);
    if (parser_->is_done())
      return finish_exchange();
    number
      = parser_->got_some()
          ? begin(options_.timeouts.stall, "the next byte of the reply")
          : begin(options_.timeouts.first_byte, "the first byte of the reply");
  }
}

void connection::finish_reading(failure problem) {
  if (problem)
    return fail_reading(problem);
  if (!parser_->got_some())
    return fail_reading(http::error::end_of_stream);
  parser_->put_eof(problem);
  if (problem)
    return fail_reading(problem);
  finish_exchange();
}

connection::failure connection::parse(std::string_view bytes) {
  auto joined = std::string{};
  if (!rest_.empty()) {
    joined = std::exchange(rest_, {});
    joined += bytes;
    bytes = joined;
  }
  auto problem = failure{};
  while (!bytes.empty() && !parser_->is_done()) {
    const auto used = parser_->put(asio::buffer(bytes), problem);
    bytes.remove_prefix(used);
    if (problem == http::error::need_more) {
      problem = {};
      break;
    }
    if (problem)
      return problem;
  }
  if (bytes.size() > options_.largest_header + (64 << 10))
    return http::error::buffer_overflow;
  rest_ = bytes;
  return problem;
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
  end(step_);
  auto result = exchange{};
  auto reply = parser_->release();
  const auto delimited = reply.has_content_length() || reply.chunked()
                         || reply.result() == http::status::no_content
                         || reply.result() == http::status::not_modified;
  const auto reusable
    = delimited && reply.keep_alive() && rest_.empty() && !wire_.holds_more();
  parser_.reset();
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

} // namespace aura::net
