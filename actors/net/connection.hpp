#pragma once

#include "actors/net/https_client.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/span_body.hpp>
#include <boost/beast/http/string_body.hpp>

namespace aura::net {

/// One connection to the server of `https_options`, and one request on it at a
/// time. Every step has a deadline that closes the socket. After any trouble
/// the connection is closed for good. Lives on one thread, that of its context;
/// keeps itself alive while an operation is under way.
class connection : public std::enable_shared_from_this<connection> {
public:
  /// `options` outlives the connection.
  connection(boost::asio::io_context& context,
             boost::asio::ssl::context& security, const https_options& options);

  using opened = std::function<void(exchange)>;
  using answered = std::function<void(exchange, bool reusable)>;

  /// Resolves, connects, asks the proxy for a tunnel, and shakes hands.
  void open(opened done);

  /// Sends `request` and reads the reply. @pre open, and nothing under way
  void send(std::shared_ptr<const http_request> request, answered done);

  /// Whether an idle connection is still good: nothing to read, no end.
  bool alive();

  /// Takes leave of the server in `timeouts::shutdown` at most.
  void close();

  /// Closes at once. What is under way is dropped without a call.
  void abort();

private:
  using tcp = boost::asio::ip::tcp;
  using failure = boost::system::error_code;

  void connect(const tcp::resolver::results_type& addresses);
  void ask_proxy();
  void shake_hands();
  void finish_open();
  void write();
  void read();
  void read_some(bool first);
  void finish_exchange();

  /// Starts the deadline of the next step and returns its number.
  std::uint64_t begin(milliseconds limit, const char* name);
  /// Whether step `number` is still under way, which ends it.
  bool end(std::uint64_t number);
  void fail(trouble kind, std::string message, bool out_of_descriptors = false);
  void fail_reading(const failure& problem);

  template <class Function>
  void with_stream(Function function);

  const https_options& options_;
  boost::asio::ssl::stream<tcp::socket> stream_;
  tcp::resolver resolver_;
  boost::asio::steady_timer timer_;
  std::uint64_t step_ = 0;
  boost::beast::flat_buffer buffer_;
  opened opened_;
  answered answered_;
  std::shared_ptr<const http_request> content_;
  using outgoing
    = boost::beast::http::request<boost::beast::http::span_body<const char>>;
  std::optional<outgoing> request_;
  using parser
    = boost::beast::http::response_parser<boost::beast::http::string_body>;
  std::optional<parser> parser_;
};

} // namespace aura::net
