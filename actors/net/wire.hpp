#pragma once

#include "kernels/base/expected.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <openssl/ssl.h>

#include <memory>
#include <span>
#include <string_view>

namespace aura::net {

/// What a try to move bytes came to.
struct progress {
  enum kind : std::uint8_t {
    done,       // `bytes` were moved, or the hands are shaken
    want_read,  // try again once the socket can be read
    want_write, // try again once it can be written
    ended,      // the peer has said that nothing more will come
    failed,     // `problem` says why
  };

  kind what = done;
  std::size_t bytes = 0;
  boost::system::error_code problem = {};
};

/// Bytes over a socket, as they are or through TLS. Tries and never waits: that
/// is left to the owner, who knows the deadlines.
///
/// It speaks to OpenSSL itself because asio::ssl::stream holds 70 KB of buffers
/// for each connection, idle ones too, and copies every byte twice more.
class wire {
public:
  using tcp = boost::asio::ip::tcp;

  explicit wire(boost::asio::io_context& context);

  tcp::socket& socket() {
    return socket_;
  }

  /// All further bytes go through TLS. `known` is the session of an earlier
  /// connection to the same host, or null. @pre the socket is connected
  status secure(SSL_CTX* security, const std::string& host, SSL_SESSION* known);

  progress shake_hands();
  progress read(std::span<char> into);
  progress write(std::string_view bytes);

  /// Tells the peer that nothing more will come, if that goes at once.
  void take_leave();

  /// Whether bytes have been read from the socket and not from here.
  bool holds_more() const {
    return ssl_ && SSL_has_pending(ssl_.get()) != 0;
  }

  /// Null without TLS.
  SSL* security() const {
    return ssl_.get();
  }

private:
  struct freeing {
    void operator()(SSL* x) const {
      SSL_free(x);
    }
  };

  progress judge(int result) const;

  tcp::socket socket_;
  std::unique_ptr<SSL, freeing> ssl_;
};

} // namespace aura::net
