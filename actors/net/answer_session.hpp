#pragma once

#include "actors/net/answer_server.hpp"
#include "actors/net/listener.hpp"
#include "actors/net/work_queue.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <atomic>
#include <deque>
#include <future>
#include <optional>
#include <vector>

/// The inside of the server; see answer_server.hpp.
namespace aura::net {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;
using failure = boost::system::error_code;

class answer_server::server {
public:
  server(answer_server_options options, pages find, work answer)
    : options_{std::move(options)}, find_{std::move(find)},
      answer_{std::move(answer)}, queue_{options_.workers, options_.queue} {
  }

  status listen();
  void start();
  void stop();

  answer_server_options options_;
  pages find_;
  work answer_;
  asio::io_context context_{1};
  listener listener_{context_};
  /// When everything has to be over, in ticks of the clock.
  std::atomic<std::chrono::steady_clock::rep> end_{
    std::chrono::steady_clock::duration::max().count()};
  std::atomic<bool> stopping_{false};
  std::vector<std::weak_ptr<session>> sessions_;
  std::promise<void> finished_;
  std::thread thread_;
  work_queue queue_;

private:
  void accept();
};

/// One connection: a question, its answer, and so on. All on the server's
/// thread, but for what is said so.
class answer_server::session : public std::enable_shared_from_this<session> {
public:
  using clock = std::chrono::steady_clock;

  session(server& owner, tcp::socket socket);

  void read();
  void close_if_idle();

  /// Sends bytes after those sent before; `last` ends the answer.
  void push(std::string bytes, bool last);
  void send(const server_reply& x);

  bool is_chunked() const {
    return chunked_;
  }

  /// From any thread.
  bool is_wanted(clock::time_point deadline) const;

private:
  bool keeps() const;
  void watch();
  void close();
  void refuse(const failure& problem);
  void answer();
  void ask(const http_question& asked);
  void listen();
  void write();

  server& owner_;
  tcp::socket socket_;
  asio::steady_timer timer_;
  boost::beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  std::deque<std::string> outgoing_;
  bool last_ = false;
  bool reading_ = false;
  bool keep_ = false;
  bool chunked_ = true;
  std::atomic<bool> gone_{false};
};

} // namespace aura::net
