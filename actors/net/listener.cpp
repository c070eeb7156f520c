#include "actors/net/listener.hpp"

#include <chrono>
#include <utility>

namespace aura::net {

namespace asio = boost::asio;
using failure = boost::system::error_code;

failure listener::open(const tcp::endpoint& at) {
  auto problem = failure{};
  acceptor_.open(at.protocol(), problem);
  if (!problem)
    acceptor_.set_option(tcp::acceptor::reuse_address{true}, problem);
  if (!problem)
    acceptor_.bind(at, problem);
  if (!problem)
    acceptor_.listen(asio::socket_base::max_listen_connections, problem);
  if (!problem)
    port_ = acceptor_.local_endpoint(problem).port();
  return problem;
}

void listener::accept(std::function<void(tcp::socket)> take) {
  take_ = std::move(take);
  go_on();
}

void listener::close() {
  auto ignored = failure{};
  acceptor_.close(ignored);
  rest_.cancel();
}

void listener::go_on() {
  acceptor_.async_accept([this](const failure& problem, tcp::socket socket) {
    if (!acceptor_.is_open())
      return;
    if (!problem) {
      take_(std::move(socket));
      return go_on();
    }
    // Without a free descriptor it would only fail again, and at once.
    rest_.expires_after(std::chrono::milliseconds{20});
    rest_.async_wait([this](const failure& x) {
      if (!x && acceptor_.is_open())
        go_on();
    });
  });
}

} // namespace aura::net
