#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace aura::net {

/// A proxy on the loopback interface. Answers every CONNECT with `reply` and,
/// if that is a success, leads to `target` whatever was asked for. One
/// connection after another.
class tunnel {
public:
  tunnel(std::uint16_t target, std::string reply)
    : target_{target}, reply_{std::move(reply)} {
    auto address = loopback_address(0);
    auto size = socklen_t{sizeof address};
    ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
    ::listen(listener_, 8);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread{[this] { serve(); }};
  }

  tunnel(const tunnel&) = delete;
  tunnel& operator=(const tunnel&) = delete;

  // Ends the connection under way and joins the thread.
  ~tunnel() {
    stop_ = true;
    thread_.join();
    ::close(listener_);
  }

  std::uint16_t port() const {
    return port_;
  }

  /// The heads of the requests so far.
  std::vector<std::string> requests() const {
    const auto guard = std::lock_guard{mutex_};
    return requests_;
  }

private:
  static sockaddr_in loopback_address(std::uint16_t port) {
    auto result = sockaddr_in{};
    result.sin_family = AF_INET;
    result.sin_port = htons(port);
    result.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return result;
  }

  /// Whether there is something to read, before the end.
  bool wait(std::vector<pollfd>& sockets) const {
    while (!stop_)
      if (::poll(sockets.data(), sockets.size(), 20) > 0)
        return true;
    return false;
  }

  void serve() {
    auto sockets = std::vector<pollfd>{{listener_, POLLIN, 0}};
    while (wait(sockets)) {
      const auto client = ::accept(listener_, nullptr, nullptr);
      if (client < 0)
        continue;
      if (greet(client) && reply_.find(" 200 ") != std::string::npos)
        splice(client);
      ::close(client);
    }
  }

  bool greet(int client) {
    auto head = std::string{};
    auto sockets = std::vector<pollfd>{{client, POLLIN, 0}};
    while (head.find("\r\n\r\n") == std::string::npos) {
      auto byte = char{};
      if (!wait(sockets) || ::recv(client, &byte, 1, 0) != 1)
        return false;
      head += byte;
    }
    {
      const auto guard = std::lock_guard{mutex_};
      requests_.push_back(head);
    }
    return ::send(client, reply_.data(), reply_.size(), MSG_NOSIGNAL) > 0;
  }

  void splice(int client) {
    const auto server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto address = loopback_address(target_);
    auto open = ::connect(server, reinterpret_cast<const sockaddr*>(&address),
                          sizeof address)
                == 0;
    auto sockets
      = std::vector<pollfd>{{client, POLLIN, 0}, {server, POLLIN, 0}};
    while (open && wait(sockets))
      for (auto i = 0U; i < 2; ++i) {
        if ((sockets[i].revents & (POLLIN | POLLHUP | POLLERR)) == 0)
          continue;
        char buffer[4096];
        const auto got = ::recv(sockets[i].fd, buffer, sizeof buffer, 0);
        open = open && got > 0
               && ::send(sockets[1 - i].fd, buffer,
                         static_cast<std::size_t>(got), MSG_NOSIGNAL)
                    == got;
      }
    ::close(server);
  }

  std::uint16_t target_;
  std::string reply_;
  int listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::uint16_t port_ = 0;
  std::atomic<bool> stop_ = false;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::thread thread_;
};

} // namespace aura::net
