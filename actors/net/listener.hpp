#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <functional>

namespace aura::net {

/// Takes the connections of a server, one after the other, until it is closed.
/// All on the thread of its context.
class listener {
public:
  using tcp = boost::asio::ip::tcp;

  explicit listener(boost::asio::io_context& context)
    : acceptor_{context}, rest_{context} {
  }

  /// From now on connections wait to be taken.
  boost::system::error_code open(const tcp::endpoint& at);

  /// Where it listens: a free port, if none was asked for. @pre open()
  /// succeeded
  std::uint16_t port() const {
    return port_;
  }

  /// Hands each connection to `take`. Rests a little whenever none can be had,
  /// for want of descriptors perhaps. @pre open() succeeded
  void accept(std::function<void(tcp::socket)> take);

  void close();

private:
  void go_on();

  tcp::acceptor acceptor_;
  boost::asio::steady_timer rest_;
  std::uint16_t port_ = 0;
  std::function<void(tcp::socket)> take_;
};

} // namespace aura::net
