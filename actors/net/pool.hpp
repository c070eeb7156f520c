#pragma once

#include "actors/net/limits.hpp"

#include <deque>
#include <unordered_map>
#include <vector>

namespace aura::net {

struct pool_options {
  /// Connections to one server at most, those being opened included.
  std::size_t connections = 64;
  /// An idle connection is closed after this time, before servers do.
  milliseconds idle{30'000};
  /// A connection is not used again after this time or this many requests.
  milliseconds age{600'000};
  std::size_t uses = 10'000;
  /// Connections that are opened at once, at most. Thousands would make each
  /// other late, and none could go on with the TLS session of another.
  std::size_t opening = 64;
};

/// Who may use which connection to one server: a state machine without any
/// input or output. The caller carries the orders out and reports back.
class pool {
public:
  using ticket = std::uint64_t;        // a request, named by the caller
  using connection_id = std::uint64_t; // a connection, named by the pool

  explicit pool(pool_options options);

  /// What the caller has to do now.
  struct order {
    enum kind : std::uint8_t {
      open,  // open connection `id` for request `who`
      use,   // send request `who` on idle connection `id`
      close, // close idle connection `id`
    };
    kind what = open;
    connection_id id = 0;
    ticket who = 0;

    bool operator==(const order&) const = default;
  };

  using orders = std::vector<order>;

  /// A request wants a connection; `fresh` if no idle one will do. It gets one
  /// by an order of this call or of a later one, first come, first served.
  orders acquire(ticket who, bool fresh, instant now);

  /// The request lost interest while it waited.
  void forget(ticket who);

  /// Connection `id` is open now. What else is said of it says so too.
  orders opened(connection_id id, instant now);

  /// The request on `id` is over, and the connection may be used again.
  orders release(connection_id id, instant now);

  /// Connection `id` is gone, whatever it was doing.
  orders lost(connection_id id, instant now);

  /// Connection `id` could not be opened for want of descriptors: request `who`
  /// waits for one of the others, and there will never be more than those.
  /// @pre there are others
  orders make_do(connection_id id, ticket who, instant now);

  /// Closes what has been idle for too long.
  orders expire(instant now);

  /// When to call `expire` next, if at all.
  std::optional<instant> next_expiry() const;

  std::size_t size() const;
  std::size_t idle() const;
  std::size_t waiting() const;

private:
  struct connection {
    instant opened;
    instant idle_since;
    std::size_t uses = 0;
    bool busy = true;
    bool opening = true;
  };

  struct request {
    ticket who = 0;
    bool fresh = false;
  };

  void serve(orders& out, instant now);
  void note_opened(connection& x);
  void remove(connection_id id);

  pool_options options_;
  connection_id last_ = 0;
  std::size_t opening_ = 0;
  std::unordered_map<connection_id, connection> connections_;
  /// The ones to close first are at the front, the one to use next at the back.
  std::deque<connection_id> idle_;
  std::deque<request> waiting_;
};

} // namespace aura::net
