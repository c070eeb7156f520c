#include "actors/net/web_server.hpp"

#include "actors/net/endpoint.hpp"
#include "actors/net/listener.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <chrono>
#include <optional>
#include <thread>

namespace aura::net {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;
using failure = boost::system::error_code;

namespace {

/// A browser keeps connections it may never use again.
constexpr auto idle = std::chrono::seconds{30};

} // namespace

class web_server::server {
public:
  explicit server(finder find) : find_{std::move(find)} {
  }

  status listen(std::uint16_t port) {
    const auto at = tcp::endpoint{asio::ip::address_v4::loopback(), port};
    if (const auto problem = listener_.open(at))
      return fault{errc::network, "cannot listen on port "
                                    + std::to_string(port) + ": "
                                    + problem.message()};
    return ok;
  }

  void start() {
    accept();
    thread_ = std::thread{[this] { context_.run(); }};
  }

  void stop() {
    context_.stop();
    if (thread_.joinable())
      thread_.join();
  }

  std::uint16_t port() const {
    return listener_.port();
  }

private:
  class session;

  void accept();

  finder find_;
  asio::io_context context_{1};
  listener listener_{context_};
  std::thread thread_;
};

/// One connection: a request, its reply, and so on.
class web_server::server::session
  : public std::enable_shared_from_this<session> {
public:
  session(server& owner, tcp::socket socket)
    : owner_{owner}, socket_{std::move(socket)}, timer_{owner.context_} {
  }

  void read() {
    timer_.expires_after(idle);
    timer_.async_wait([self = weak_from_this()](const failure& x) {
      auto strong = self.lock();
      auto ignored = failure{};
      if (!x && strong)
        strong->socket_.close(ignored);
    });
    parser_.emplace();
    parser_->header_limit(16 << 10);
    parser_->body_limit(0);
    http::async_read(
      socket_, buffer_, *parser_,
      [self = shared_from_this()](const failure& problem, std::size_t) {
        if (!problem)
          self->answer();
      });
  }

private:
  void answer() {
    const auto& request = parser_->get();
    const auto asks = request.method() == http::verb::get
                      || request.method() == http::verb::head;
    if (!asks)
      return reply(http::status::method_not_allowed,
                   {"text/plain", "only GET and HEAD\n"});
    if (!names_this_machine(std::string_view{request[http::field::host]}))
      return reply(http::status::forbidden,
                   {"text/plain", "this server is for this machine only\n"});
    const auto target = std::string_view{request.target()};
    auto page = owner_.find_(std::string{target.substr(0, target.find('?'))});
    if (!page)
      return reply(page.error().code == errc::missing_file
                     ? http::status::not_found
                     : http::status::internal_server_error,
                   {"text/plain", page.error().message + "\n"});
    reply(http::status::ok, std::move(*page));
  }

  void reply(http::status code, web_page page) {
    reply_ = {code, 11};
    reply_.set(http::field::content_type, page.type);
    reply_.set(http::field::cache_control, "no-store");
    reply_.set("X-Content-Type-Options", "nosniff");
    reply_.set("Content-Security-Policy",
               "default-src 'none'; style-src 'unsafe-inline'; script-src "
               "'unsafe-inline'; connect-src 'self'; img-src 'self' data:; "
               "frame-ancestors 'none'");
    reply_.keep_alive(parser_->get().keep_alive());
    reply_.body() = std::move(page.content);
    reply_.prepare_payload();
    if (parser_->get().method() == http::verb::head)
      reply_.body().clear();
    http::async_write(
      socket_, reply_,
      [self = shared_from_this()](const failure& problem, std::size_t) {
        if (!problem && self->reply_.keep_alive())
          self->read();
      });
  }

  server& owner_;
  tcp::socket socket_;
  asio::steady_timer timer_;
  boost::beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::empty_body>> parser_;
  http::response<http::string_body> reply_;
};

void web_server::server::accept() {
  listener_.accept([this](tcp::socket socket) {
    std::make_shared<session>(*this, std::move(socket))->read();
  });
}

expected<web_server> web_server::start(std::uint16_t port, finder find) {
  auto x = std::make_unique<server>(std::move(find));
  if (const auto listening = x->listen(port); !listening)
    return listening.error();
  x->start();
  return web_server{std::move(x)};
}

web_server::web_server(std::unique_ptr<server> x) : server_{std::move(x)} {
}

web_server::~web_server() {
  if (server_)
    server_->stop();
}

web_server::web_server(web_server&&) noexcept = default;

web_server& web_server::operator=(web_server&& other) noexcept {
  std::swap(server_, other.server_);
  return *this;
}

std::uint16_t web_server::port() const {
  return server_->port();
}

} // namespace aura::net
