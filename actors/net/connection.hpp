#pragma once

#include "actors/net/https_client.hpp"
#include "actors/net/tls.hpp"
#include "actors/net/wire.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <array>

namespace aura::net {

/// What the connections of one client share; they all live on its thread.
struct common_ground {
  boost::asio::io_context& context;
  client_security& security;
  const https_options& options;
  std::string authority = options.server.authority();
  /// What the host's name stands for, and until when that is believed.
  boost::asio::ip::tcp::resolver::results_type addresses{};
  instant believed_until{};
  /// Where bytes arrive before they are parsed and are put together before they
  /// leave, so that no connection needs a buffer while it waits.
  std::array<char, 16 << 10> arriving{};
  std::string leaving{};
};

/// One connection to the server of `https_options`, and one request on it at a
/// time. Every step has a deadline that closes the socket. After any trouble
/// the connection is closed for good. Lives on one thread, that of its context;
/// keeps itself alive while an operation is under way.
class connection : public std::enable_shared_from_this<connection> {
public:
  /// `ground` outlives the connection.
  explicit connection(common_ground& ground);

  using opened = std::function<void(exchange)>;
  using answered = std::function<void(exchange, bool reusable)>;

  /// Resolves, connects, asks the proxy for a tunnel, and shakes hands.
  void open(opened done);

  /// Sends `request` and reads the reply. @pre open, and nothing under way
  void send(std::shared_ptr<const http_request> request, answered done);

  /// Whether an idle connection is still good: nothing to read, no end.
  bool alive();

  /// Takes leave of the server and closes.
  void close();

  /// Closes at once. What is under way is dropped without a call.
  void abort();

private:
  using tcp = boost::asio::ip::tcp;
  using failure = boost::system::error_code;

  void connect(const tcp::resolver::results_type& addresses);
  void ask_proxy();
  void hear_proxy(std::uint64_t number);
  void shake_hands();
  void go_on_shaking(std::uint64_t number);
  void finish_open();
  void append_head(std::string& out, const http_request& request) const;
  /// Writes `bytes`, then calls `next`.
  void write(std::uint64_t number, std::string_view bytes,
             void (connection::*next)(std::uint64_t));
  void read(std::uint64_t);
  void expect_reply();
  void await_bytes(progress::kind what, std::uint64_t number);
  void read_some(std::uint64_t number);
  void finish_reading(failure problem);
  void finish_exchange();

  /// Feeds what has arrived to the parser, and keeps what it cannot take yet.
  failure parse(std::string_view bytes);

  /// Starts the deadline of the next step and returns its number.
  std::uint64_t begin(milliseconds limit, const char* name);
  /// Whether step `number` is still under way, which ends it.
  bool end(std::uint64_t number);
  /// Sees to it that the timer rings when the deadline is over.
  void watch();
  /// Calls `next` once the socket is ready, unless step `number` has ended.
  template <class Next>
  void wait(progress::kind what, std::uint64_t number, Next next) {
    wire_.socket().async_wait(
      what == progress::want_write ? tcp::socket::wait_write
                                   : tcp::socket::wait_read,
      [self = shared_from_this(), number, next](const failure&) {
        // What is wrong shows when it is tried again.
        if (number == self->step_)
          next(*self);
      });
  }

  /// Whether the peer is gone, however it went.
  static bool is_ended(const failure& problem);
  void fail(trouble kind, std::string message, bool out_of_descriptors = false);
  void fail_reading(const failure& problem);

  common_ground& ground_;
  const https_options& options_;
  wire wire_;
  tcp::resolver resolver_;
  boost::asio::steady_timer timer_;
  std::uint64_t step_ = 0;
  /// Of the step under way; none between steps.
  std::optional<instant> deadline_;
  milliseconds limit_{0};
  const char* doing_ = "";
  /// When the timer rings. It is not moved for each step: deadlines are further
  /// away than steps are long, and it is put right when it rings.
  std::optional<instant> rings_;
  opened opened_;
  answered answered_;
  std::shared_ptr<const http_request> content_;
  /// What has arrived and does not make sense yet.
  std::string rest_;
  using parser
    = boost::beast::http::response_parser<boost::beast::http::string_body>;
  std::optional<parser> parser_;
};

} // namespace aura::net
