#include "actors/net/faulty_transport.hpp"

#include "actors/net/mock_replies.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <deque>
#include <thread>

namespace aura::net {

namespace asio = boost::asio;

namespace {

exchange trouble_of(trouble kind, const char* message) {
  auto result = exchange{};
  result.kind = kind;
  result.message = std::string{message} + " (by the fault plan)";
  return result;
}

bool is_chat(const std::string& body) {
  return body.starts_with('{')
         && body.find("\"messages\"") != std::string::npos;
}

/// What a client would have read.
exchange read_by_client(const scripted_reply& x) {
  auto result = exchange{};
  result.reply.status = x.status;
  result.reply.body = x.bytes.substr(x.body);
  auto rest = std::string_view{x.bytes}.substr(0, x.body);
  for (auto end = rest.find("\r\n"); end != std::string_view::npos && end > 0;
       end = rest.find("\r\n")) {
    const auto line = rest.substr(0, end);
    rest.remove_prefix(end + 2);
    if (const auto colon = line.find(": "); colon != std::string_view::npos)
      result.reply.headers.push_back({std::string{line.substr(0, colon)},
                                      std::string{line.substr(colon + 2)}});
  }
  return result;
}

/// Holds requests up and queues them, on a thread of its own. All but `send`
/// and `stop` happens on that thread.
class obstacle : public std::enable_shared_from_this<obstacle> {
public:
  obstacle(transport inner, fault_plan plan, milliseconds patience)
    : inner_{std::move(inner)}, plan_{std::move(plan)}, patience_{patience} {
  }

  /// The thread shares in the ownership: the last copy of the transport may
  /// die on it, and a thread cannot wait for itself.
  static void start(const std::shared_ptr<obstacle>& x) {
    x->thread_ = std::thread{[x] { x->context_.run(); }};
  }

  void stop() {
    context_.stop();
    if (thread_.get_id() == std::this_thread::get_id())
      thread_.detach();
    else if (thread_.joinable())
      thread_.join();
  }

  void send(http_request request, std::function<void(exchange)> done) {
    asio::post(context_, [this, request = std::move(request),
                          done = std::move(done)]() mutable {
      queue_.push_back({std::move(request), std::move(done)});
      admit();
    });
  }

private:
  struct visit {
    http_request request;
    std::function<void(exchange)> done;
  };

  void admit() {
    while (!queue_.empty() && (plan_.slots == 0 || working_ < plan_.slots)) {
      ++working_;
      let(std::make_shared<visit>(std::move(queue_.front())));
      queue_.pop_front();
    }
  }

  void let(const std::shared_ptr<visit>& x) {
    auto what = std::make_shared<interference>(
      interfere(plan_, number_++, x->request.body, patience_));
    auto timer = std::make_shared<asio::steady_timer>(context_, what->delay);
    timer->async_wait(
      [this, x, what, timer](const boost::system::error_code& problem) {
        if (problem)
          return;
        if (what->instead)
          return leave(*x, *std::move(what->instead));
        inner_(std::move(x->request),
               [self = weak_from_this(), x](exchange result) {
                 if (const auto strong = self.lock())
                   asio::post(strong->context_, [strong, x, result]() mutable {
                     strong->leave(*x, std::move(result));
                   });
               });
      });
  }

  void leave(visit& x, exchange result) {
    --working_;
    x.done(std::move(result));
    admit();
  }

  asio::io_context context_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_
    = asio::make_work_guard(context_);
  transport inner_;
  fault_plan plan_;
  milliseconds patience_;
  std::uint64_t number_ = 0;
  std::size_t working_ = 0;
  std::deque<visit> queue_;
  std::thread thread_;
};

} // namespace

interference interfere(const fault_plan& plan, std::uint64_t number,
                       const std::string& body, milliseconds patience) {
  const auto x = plan.at(number, body);
  auto result = interference{plan.delay(number), std::nullopt};
  if (plan.certificate != certificate::sound) {
    result.instead = trouble_of(
      trouble::tls_verification,
      plan.certificate == certificate::expired
        ? "the server's certificate was refused: certificate has expired"
        : "the server's certificate was refused: hostname mismatch");
    return result;
  }
  switch (x.what) {
  case mishap::none:
  case mishap::drop_idle:
  case mishap::no_usage:
  case mishap::batch_expired:
  case mishap::batch_failed:
    return result;
  case mishap::slow:
    result.delay += 10 * milliseconds{x.amount < 0 ? 100 : x.amount};
    return result;
  case mishap::hang:
  case mishap::stall:
    result.delay += patience;
    result.instead = trouble_of(trouble::stalled, "no byte came for too long");
    return result;
  case mishap::truncate:
    result.instead
      = trouble_of(trouble::truncated, "the connection ended inside the reply");
    return result;
  case mishap::reset:
    result.instead
      = trouble_of(trouble::reset, "the connection ended before the reply");
    return result;
  case mishap::oversize:
    result.instead
      = trouble_of(trouble::too_large, "the reply is over the limit");
    return result;
  case mishap::two_lengths:
  case mishap::encoded:
    result.instead = trouble_of(trouble::malformed, "not a reply of HTTP");
    return result;
  default:
    // Files and batches have no content to spoil.
    if (!is_chat(body) && !error_reply(x))
      return result;
    result.instead = read_by_client(reply_to_chat(mock_llm_options{}, body, x));
    return result;
  }
}

transport make_faulty_transport(transport inner, fault_plan plan,
                                milliseconds patience) {
  auto made
    = std::make_shared<obstacle>(std::move(inner), std::move(plan), patience);
  obstacle::start(made);
  // The thread ends with the last copy of the transport.
  auto guard
    = std::shared_ptr<obstacle>{made.get(), [made](obstacle* x) mutable {
                                  x->stop();
                                  made.reset();
                                }};
  return [guard = std::move(guard)](http_request request,
                                    std::function<void(exchange)> done) {
    guard->send(std::move(request), std::move(done));
  };
}

transport make_local_transport(
  std::function<expected<std::string>(const std::string& text)> answer) {
  auto options = std::make_shared<mock_llm_options>();
  options->answer = std::move(answer);
  return [options](const http_request& request,
                   const std::function<void(exchange)>& done) {
    done(read_by_client(reply_to_chat(*options, request.body, {})));
  };
}

} // namespace aura::net
