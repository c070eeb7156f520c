#include "actors/net/mock_llm.hpp"

#include "actors/net/descriptors.hpp"
#include "actors/net/listener.hpp"
#include "actors/net/mock_batches.hpp"
#include "actors/net/mock_counts.hpp"
#include "actors/net/mock_slots.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include <algorithm>
#include <thread>

namespace aura::net {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;
using failure = boost::system::error_code;

class mock_llm::server {
public:
  explicit server(mock_llm_options options) : options_{std::move(options)} {
    if (options_.canned == 0)
      return;
    options_.answer = [size = options_.canned](const std::string&) {
      return expected<std::string>{std::string(size, 'x')};
    };
    canned_ = reply_to_chat(options_, R"({"messages":[]})", {});
  }

  status listen();

  void start() {
    accept();
    thread_ = std::thread{[this] { context_.run(); }};
  }

  void stop() {
    context_.stop();
    if (thread_.joinable())
      thread_.join();
    // Sessions that die with the context must not wake others.
    slots_.close();
  }

  void hold() {
    slots_.hold();
  }

  void go_on() {
    asio::post(context_, [this] { slots_.go_on(); });
  }

  std::uint16_t port() const {
    return listener_.port();
  }

  mock_llm_stats stats() const {
    auto result = counts_.stats();
    result.waiting = slots_.waiting();
    return result;
  }

private:
  class session;

  void accept();

  std::optional<scripted_reply> answer_batch(std::string_view method,
                                             std::string_view target,
                                             std::string_view body,
                                             const fault_plan::entry& x) {
    auto reply = batches_.handle(method, target, body, x);
    if (reply)
      counts_.call_batch();
    return reply;
  }

  mock_llm_options options_;
  std::optional<scripted_reply> canned_;
  mock_counts counts_{options_.faults};
  mock_batches batches_{
    options_, [this](const scripted_reply& reply, const std::string& request) {
      counts_.complete(reply, request);
    }};
  mock_slots slots_{options_.faults.slots};
  // The sessions die with the context, and count until they do.
  asio::io_context context_{1};
  asio::ssl::context security_{asio::ssl::context::tls_server};
  listener listener_{context_};
  std::thread thread_;
};

/// One connection: reads a request, writes what the plan says, and so on.
class mock_llm::server::session : public std::enable_shared_from_this<session> {
public:
  session(server& owner, tcp::socket socket)
    : owner_{owner}, stream_{std::move(socket), owner.security_},
      timer_{owner.context_} {
    owner_.counts_.connect();
  }

  // A client that left in the middle is not in flight any more.
  ~session() {
    land();
    owner_.counts_.disconnect();
  }

  void start() {
    auto ignored = failure{};
    stream_.next_layer().set_option(tcp::no_delay{true}, ignored);
    if (!owner_.options_.identity)
      return read();
    stream_.async_handshake(
      asio::ssl::stream_base::server,
      [self = shared_from_this()](const failure& x) {
        if (x)
          return;
        if (SSL_session_reused(self->stream_.native_handle()) == 1)
          self->owner_.counts_.resume();
        self->read();
      });
  }

private:
  template <class Function>
  void with_stream(Function function) {
    if (owner_.options_.identity)
      function(stream_);
    else
      function(stream_.next_layer());
  }

  void read() {
    land();
    parser_.emplace();
    parser_->body_limit(64 << 20);
    const auto finish
      = [self = shared_from_this()](const failure& problem, std::size_t) {
          if (!problem)
            self->answer();
        };
    with_stream([&](auto& stream) {
      http::async_read(stream, buffer_, *parser_, finish);
    });
  }

  void answer() {
    const auto& request = parser_->get();
    const auto target = std::string_view{request.target()};
    if (request.method() == http::verb::get && target == "/stats") {
      reply_ = make_reply(200, owner_.stats().to_json());
      return write(0, reply_.bytes.size(), [this] { read(); });
    }
    const auto [mishap, number] = owner_.counts_.arrive(request.body());
    x_ = mishap;
    under_way_ = true;
    owner_.slots_.enter([self = shared_from_this(), this, number = number] {
      in_slot_ = true;
      after(owner_.options_.faults.delay(number), [this] {
        reply_ = make_answer();
        carry_out();
      });
    });
  }

  scripted_reply make_answer() {
    const auto& request = parser_->get();
    const auto target = std::string_view{request.target()};
    if (!owner_.options_.key.empty()
        && request[http::field::authorization]
             != "Bearer " + owner_.options_.key)
      return make_reply(
        401, R"({"error":{"message":"wrong key","code":"invalid_api_key"}})");
    const auto is_chat = target.ends_with("/chat/completions");
    if (is_chat && owner_.canned_ && x_.what == mishap::none)
      return *owner_.canned_;
    if (is_chat)
      return reply_to_chat(owner_.options_, request.body(), x_);
    // A page whose reply never leaves was never turned either.
    const auto unheard = x_.what == mishap::reset || x_.what == mishap::hang;
    if (auto wrong = error_reply(x_))
      return *std::move(wrong);
    if (!unheard)
      if (auto page = owner_.answer_batch(request.method_string(), target,
                                          request.body(), x_))
        return *std::move(page);
    return make_reply(404, R"({"error":{"message":"no such page"}})");
  }

  void carry_out() {
    const auto half = reply_.body + (reply_.bytes.size() - reply_.body) / 2;
    switch (x_.what) {
    case mishap::hang:
      return wait_for_end();
    case mishap::stall:
      return write(0, half, [this] { wait_for_end(); });
    case mishap::truncate:
      return write(0, half, [this] { hang_up(false); });
    case mishap::reset:
      return hang_up(true);
    case mishap::drop_idle:
      count();
      return write(0, reply_.bytes.size(), [this] { hang_up(false); });
    case mishap::slow:
      count();
      return write_slowly(0);
    default:
      count();
      return write(0, reply_.bytes.size(), [this] { read(); });
    }
  }

  /// Before the reply is written, so that whoever has read it finds it in the
  /// statistics.
  void count() {
    owner_.counts_.complete(reply_, parser_->get().body());
  }

  void land() {
    if (std::exchange(under_way_, false))
      owner_.counts_.depart();
    if (std::exchange(in_slot_, false))
      owner_.slots_.leave();
  }

  void write_slowly(std::size_t from) {
    const auto size = reply_.bytes.size();
    const auto count = std::min(size / 10 + 1, size - from);
    write(from, count, [this, from, count, size] {
      if (from + count == size)
        return read();
      after(milliseconds{x_.amount < 0 ? 100 : x_.amount},
            [this, from, count] { write_slowly(from + count); });
    });
  }

  /// A server that has stopped talking still notices when the client leaves.
  void wait_for_end() {
    const auto finish
      = [self = shared_from_this()](const failure&, std::size_t) {
          self->hang_up(false);
        };
    with_stream([&](auto& stream) {
      stream.async_read_some(asio::buffer(&byte_, 1), finish);
    });
  }

  void hang_up(bool rudely) {
    land();
    auto ignored = failure{};
    if (rudely)
      stream_.next_layer().set_option(asio::socket_base::linger{true, 0},
                                      ignored);
    stream_.next_layer().close(ignored);
  }

  /// Both run `next` while a handler keeps the session alive.
  template <class Next>
  void after(milliseconds delay, Next next) {
    if (delay.count() == 0)
      return next();
    timer_.expires_after(delay);
    timer_.async_wait([self = shared_from_this(), next](const failure& x) {
      if (!x)
        next();
    });
  }

  template <class Next>
  void write(std::size_t from, std::size_t count, Next next) {
    const auto finish
      = [self = shared_from_this(), next](const failure& x, std::size_t) {
          if (!x)
            next();
        };
    with_stream([&](auto& stream) {
      asio::async_write(stream, asio::buffer(reply_.bytes.data() + from, count),
                        finish);
    });
  }

  server& owner_;
  asio::ssl::stream<tcp::socket> stream_;
  asio::steady_timer timer_;
  boost::beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  fault_plan::entry x_;
  scripted_reply reply_;
  bool under_way_ = false;
  bool in_slot_ = false;
  char byte_ = 0;
};

void mock_llm::server::accept() {
  listener_.accept([this](tcp::socket socket) {
    std::make_shared<session>(*this, std::move(socket))->start();
  });
}

status mock_llm::server::listen() {
  auto problem = failure{};
  if (options_.identity) {
    const auto& x = *options_.identity;
    security_.use_certificate(asio::buffer(x.certificate),
                              asio::ssl::context::pem, problem);
    if (!problem)
      security_.use_private_key(asio::buffer(x.key), asio::ssl::context::pem,
                                problem);
    SSL_CTX_set_min_proto_version(security_.native_handle(), TLS1_2_VERSION);
    if (problem)
      return fault{errc::invalid_option,
                   "cannot use the certificate: " + problem.message()};
  }
  const auto at
    = tcp::endpoint{asio::ip::address_v4::loopback(), options_.port};
  problem = listener_.open(at);
  if (problem)
    return fault{errc::network, "cannot listen on port "
                                  + std::to_string(options_.port) + ": "
                                  + problem.message()};
  return ok;
}

expected<mock_llm> mock_llm::start(mock_llm_options options) {
  (void)allow_sockets(8192);
  auto x = std::make_unique<server>(std::move(options));
  if (const auto listening = x->listen(); !listening)
    return listening.error();
  x->start();
  return mock_llm{std::move(x)};
}

mock_llm::mock_llm(std::unique_ptr<server> x) : server_{std::move(x)} {
}

mock_llm::~mock_llm() {
  if (server_)
    server_->stop();
}

mock_llm::mock_llm(mock_llm&&) noexcept = default;

mock_llm& mock_llm::operator=(mock_llm&& other) noexcept {
  std::swap(server_, other.server_);
  return *this;
}

std::uint16_t mock_llm::port() const {
  return server_->port();
}

mock_llm_stats mock_llm::stats() const {
  return server_->stats();
}

void mock_llm::hold() {
  server_->hold();
}

void mock_llm::go_on() {
  server_->go_on();
}

} // namespace aura::net
