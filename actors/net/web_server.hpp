#pragma once

#include "kernels/base/expected.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace aura::net {

/// What a page of ours is.
struct web_page {
  /// `text/html; charset=utf-8`
  std::string type;
  std::string content;
};

/// A small HTTP server on the loopback interface for people and programs on
/// this machine: it shows pages and changes nothing. It answers GET and HEAD
/// only, and only to those who ask for this machine by name, so that no page
/// of the web can look at it through a browser. Thread-safe.
class web_server {
public:
  /// Finds the page of a path such as `/metrics`; `errc::missing_file` says
  /// that there is none. Called on the thread of the server.
  using finder = std::function<expected<web_page>(const std::string& path)>;

  /// Listens on `port`, or on any free one if that is 0, and starts a thread.
  /// Fails with `network` if the port is taken.
  static expected<web_server> start(std::uint16_t port, finder find);

  // Closes every connection and joins the thread.
  ~web_server();
  web_server(web_server&&) noexcept;
  web_server& operator=(web_server&&) noexcept;

  std::uint16_t port() const;

private:
  class server;

  explicit web_server(std::unique_ptr<server> x);

  std::unique_ptr<server> server_;
};

} // namespace aura::net
