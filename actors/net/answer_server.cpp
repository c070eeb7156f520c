#include "actors/net/answer_session.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

namespace aura::net {

status answer_server::server::listen() {
  auto problem = failure{};
  const auto address = asio::ip::make_address(options_.address, problem);
  if (problem)
    return fault{errc::invalid_option,
                 "no address to listen on: '" + options_.address + "'"};
  if (!address.is_loopback() && options_.key.empty())
    return fault{errc::invalid_option,
                 "others could ask at " + options_.address
                   + " without a key; set one, or listen on 127.0.0.1"};
  const auto at = tcp::endpoint{address, options_.port};
  problem = listener_.open(at);
  if (problem)
    return fault{errc::network, "cannot listen on " + options_.address
                                  + " port " + std::to_string(options_.port)
                                  + ": " + problem.message()};
  return ok;
}

void answer_server::server::accept() {
  listener_.accept([this](tcp::socket socket) {
    std::erase_if(sessions_, [](const auto& x) { return x.expired(); });
    if (stopping_ || sessions_.size() >= options_.most_connections)
      return;
    auto ignored = failure{};
    socket.set_option(tcp::no_delay{true}, ignored);
    const auto made = std::make_shared<session>(*this, std::move(socket));
    sessions_.push_back(made);
    made->read();
  });
}

void answer_server::server::start() {
  accept();
  thread_ = std::thread{[this] {
    context_.run();
    finished_.set_value();
  }};
}

void answer_server::server::stop() {
  const auto end = std::chrono::steady_clock::now() + options_.grace;
  end_ = end.time_since_epoch().count();
  stopping_ = true;
  auto held = std::optional{asio::make_work_guard(context_)};
  asio::post(context_, [this] {
    listener_.close();
    for (const auto& x : sessions_)
      if (const auto strong = x.lock())
        strong->close_if_idle();
  });
  queue_.stop();
  held.reset();
  // What was said is still sent, if the other side takes it.
  if (finished_.get_future().wait_until(end) != std::future_status::ready)
    context_.stop();
  thread_.join();
}

expected<answer_server>
answer_server::start(const answer_server_options& options, pages find,
                     work answer) {
  auto x
    = std::make_unique<server>(options, std::move(find), std::move(answer));
  if (const auto listening = x->listen(); !listening)
    return listening.error();
  x->start();
  return answer_server{std::move(x)};
}

answer_server::answer_server(std::unique_ptr<server> x)
  : server_{std::move(x)} {
}

answer_server::~answer_server() {
  if (server_)
    server_->stop();
}

answer_server::answer_server(answer_server&&) noexcept = default;

answer_server& answer_server::operator=(answer_server&& other) noexcept {
  std::swap(server_, other.server_);
  return *this;
}

std::uint16_t answer_server::port() const {
  return server_->listener_.port();
}

} // namespace aura::net
