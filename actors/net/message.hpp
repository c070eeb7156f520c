#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aura::net {

struct header {
  std::string name;
  std::string value;

  bool operator==(const header&) const = default;
};

using headers = std::vector<header>;

/// The value of the first header called `name`, whatever its case.
std::optional<std::string_view> find(const headers& xs, std::string_view name);

/// What is asked of a server. `target` is appended to the path of the base URL.
struct http_request {
  std::string method = "POST";
  std::string target;
  net::headers headers;
  std::string body;
};

/// A whole reply; the status may well say that the server refused.
struct http_reply {
  unsigned status = 0;
  net::headers headers;
  std::string body;
};

/// Why an exchange brought no whole reply.
enum class trouble : std::uint8_t {
  none,
  resolve,           // the name does not exist
  resolve_temporary, // the name could not be looked up now
  connect,           // nobody accepted the connection
  proxy,             // the proxy did not open a tunnel
  tls,               // no common ground for TLS
  tls_verification,  // the certificate is not that of this server
  reset,             // the connection ended before any byte of the reply
  truncated,         // the connection ended inside the reply
  stalled,           // a deadline of one step passed
  deadline,          // the deadline of the whole request passed
  too_large,         // header or body over the limit
  malformed,         // not HTTP, or HTTP that contradicts itself
  cancelled,         // the client was shut down
};

const char* to_string(trouble x);

/// What became of one request on the wire.
struct exchange {
  trouble kind = trouble::none;
  /// For a person; empty without trouble. Never holds a credential.
  std::string message;
  /// With `trouble::none`; with `trouble::proxy` only its status counts.
  http_reply reply;
  /// Whether an idle connection carried it.
  bool reused = false;
  /// Whether there was no descriptor left in this process to open a connection.
  bool out_of_descriptors = false;
};

} // namespace aura::net
