#include "actors/net/https_client.hpp"

#include "actors/net/connection.hpp"
#include "actors/net/descriptors.hpp"
#include "actors/net/tls.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <deque>
#include <future>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <utility>

namespace aura::net {

namespace asio = boost::asio;

/// Carries out what the pool orders. All members but `send` and `stop` are
/// touched by the thread of the context alone.
class https_client::engine {
public:
  engine(https_options options, std::unique_ptr<client_security> security)
    : options_{std::move(options)}, security_{std::move(security)},
      pool_{options_.pool} {
  }

  /// The thread shares in the ownership: the client may die on it, in the last
  /// step of a callback, and a thread cannot wait for itself.
  static void start(const std::shared_ptr<engine>& x) {
    x->thread_ = std::thread{[x] { x->context_.run(); }};
  }

  void stop() {
    context_.stop();
    if (thread_.get_id() == std::this_thread::get_id())
      thread_.detach();
    else if (thread_.joinable())
      thread_.join();
  }

  /// Many requests that come at once wake the thread once.
  void send(http_request request, callback done) {
    auto first = false;
    {
      const auto guard = std::lock_guard{mutex_};
      first = arriving_.empty();
      arriving_.push_back(
        {std::make_shared<const http_request>(std::move(request)),
         std::move(done)});
    }
    if (first)
      asio::post(context_, [this] { admit_all(); });
  }

private:
  struct entry {
    std::shared_ptr<const http_request> content;
    callback done;
    instant deadline;
    pool::connection_id on = 0; // 0: still waiting
    /// What ends it when, be it the deadline or something earlier.
    instant limit = {};
    trouble kind = trouble::deadline;
    const char* message = "";
    bool reused = false;
    bool again = false; // the free retry is spent
  };

  static instant now() {
    return std::chrono::steady_clock::now();
  }

  struct arrival {
    std::shared_ptr<const http_request> content;
    callback done;
  };

  void admit_all() {
    auto all = std::vector<arrival>{};
    {
      const auto guard = std::lock_guard{mutex_};
      all.swap(arriving_);
    }
    for (auto& x : all)
      admit(std::move(x.content), std::move(x.done));
  }

  void admit(std::shared_ptr<const http_request> content, callback done) {
    const auto who = ++last_ticket_;
    const auto& limits = options_.timeouts;
    const auto moment = now();
    auto& x = entries_
                .emplace(who, entry{std::move(content), std::move(done),
                                    moment + limits.request})
                .first->second;
    limit(x, moment + limits.pool, trouble::stalled,
          "waited too long for a connection");
    carry_out(pool_.acquire(who, false, moment));
  }

  void limit(entry& x, instant at, trouble kind, const char* message) {
    const auto whole = x.deadline <= at;
    x.limit = std::min(at, x.deadline);
    x.kind = whole ? trouble::deadline : kind;
    x.message = whole ? "the request took too long" : message;
    watch(x.limit);
  }

  /// One timer for all requests: moved for each of them, it would cost as much
  /// as sending.
  void watch(instant at) {
    if (rings_ && *rings_ <= at)
      return;
    rings_ = at;
    limit_timer_.expires_at(at);
    limit_timer_.async_wait([this](const boost::system::error_code& problem) {
      if (!problem && limit_timer_.expiry() <= now())
        give_up_late();
    });
  }

  void give_up_late() {
    rings_.reset();
    const auto moment = now();
    auto late = std::vector<pool::ticket>{};
    auto next = instant::max();
    for (const auto& [who, x] : entries_)
      if (x.limit <= moment)
        late.push_back(who);
      else
        next = std::min(next, x.limit);
    if (next != instant::max())
      watch(next);
    for (const auto who : late)
      give_up(who);
  }

  void give_up(pool::ticket who) {
    const auto found = entries_.find(who);
    if (found == entries_.end())
      return;
    auto result = exchange{};
    result.kind = found->second.kind;
    result.message = found->second.message;
    const auto id = found->second.on;
    finish(who, std::move(result));
    if (id == 0)
      return pool_.forget(who);
    drop(id);
  }

  void finish(pool::ticket who, exchange result) {
    auto x = entries_.extract(who);
    if (!x)
      return;
    result.reused = x.mapped().reused;
    x.mapped().done(std::move(result));
  }

  /// Closes connection `id` at once and tells the pool.
  void drop(pool::connection_id id) {
    const auto found = connections_.extract(id);
    if (found)
      found.mapped()->abort();
    carry_out(pool_.lost(id, now()));
  }

  void carry_out(pool::orders orders) {
    // An order may lead to orders; a queue keeps the stack flat.
    pending_.insert(pending_.end(), orders.begin(), orders.end());
    if (std::exchange(busy_, true))
      return;
    while (!pending_.empty()) {
      const auto next = pending_.front();
      pending_.pop_front();
      switch (next.what) {
      case pool::order::open:
        open(next.id, next.who);
        break;
      case pool::order::use:
        use(next.id, next.who);
        break;
      case pool::order::close:
        if (const auto found = connections_.extract(next.id))
          found.mapped()->close();
        break;
      }
    }
    busy_ = false;
    watch_idle();
  }

  void assign(entry& x, pool::connection_id id, bool reused) {
    x.on = id;
    x.reused = reused;
    limit(x, x.deadline, trouble::deadline, "");
  }

  void open(pool::connection_id id, pool::ticket who) {
    const auto found = entries_.find(who);
    if (found == entries_.end())
      return carry_out(pool_.lost(id, now()));
    assign(found->second, id, false);
    auto link = std::make_shared<connection>(ground_);
    connections_.emplace(id, link);
    link->open([this, id, who](exchange result) {
      if (result.kind == trouble::none) {
        carry_out(pool_.opened(id, now()));
        return transmit(id, who);
      }
      if (result.out_of_descriptors && pool_.size() > 1)
        return make_do(id, who);
      finish(who, std::move(result));
      drop(id);
    });
  }

  /// Waits for one of the connections that there are.
  void make_do(pool::connection_id id, pool::ticket who) {
    connections_.erase(id);
    const auto found = entries_.find(who);
    if (found == entries_.end())
      return carry_out(pool_.lost(id, now()));
    found->second.on = 0;
    carry_out(pool_.make_do(id, who, now()));
  }

  void use(pool::connection_id id, pool::ticket who) {
    const auto found = entries_.find(who);
    if (found == entries_.end())
      return carry_out(pool_.release(id, now()));
    if (!connections_.at(id)->alive()) {
      found->second.on = 0;
      drop(id);
      return carry_out(pool_.acquire(who, false, now()));
    }
    assign(found->second, id, true);
    transmit(id, who);
  }

  void transmit(pool::connection_id id, pool::ticket who) {
    const auto found = entries_.find(who);
    if (found == entries_.end())
      return drop(id);
    connections_.at(id)->send(found->second.content,
                              [this, id, who](exchange result, bool reusable) {
                                settle(id, who, std::move(result), reusable);
                              });
  }

  void settle(pool::connection_id id, pool::ticket who, exchange result,
              bool reusable) {
    const auto found = entries_.find(who);
    const auto again = result.kind == trouble::reset && found != entries_.end()
                       && found->second.reused && !found->second.again;
    if (again) {
      // The server closed an idle connection while the request was on its way.
      found->second.again = true;
      found->second.on = 0;
    } else {
      finish(who, std::move(result));
    }
    if (reusable)
      carry_out(pool_.release(id, now()));
    else
      drop(id);
    if (again)
      carry_out(pool_.acquire(who, true, now()));
  }

  void watch_idle() {
    const auto next = pool_.next_expiry();
    if (!next || (watching_ && *watching_ <= *next))
      return;
    watching_ = next;
    idle_timer_.expires_at(*next);
    idle_timer_.async_wait([this](const boost::system::error_code& problem) {
      if (problem)
        return;
      watching_.reset();
      carry_out(pool_.expire(now()));
    });
  }

  // The context goes last: connections and timers lean on it.
  asio::io_context context_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_
    = asio::make_work_guard(context_);
  https_options options_;
  std::unique_ptr<client_security> security_;
  common_ground ground_{context_, *security_, options_};
  pool pool_;
  pool::ticket last_ticket_ = 0;
  std::unordered_map<pool::ticket, entry> entries_;
  std::unordered_map<pool::connection_id, std::shared_ptr<connection>>
    connections_;
  std::deque<pool::order> pending_;
  bool busy_ = false;
  asio::steady_timer idle_timer_{context_};
  std::optional<instant> watching_;
  asio::steady_timer limit_timer_{context_};
  std::optional<instant> rings_;
  std::mutex mutex_;
  std::vector<arrival> arriving_; // guarded by the mutex
  std::thread thread_;
};

expected<https_client> https_client::start(https_options options) {
  auto security = client_security::make(options.ca_file);
  if (!security)
    return security.error();
  options.pool.connections = allow_sockets(options.pool.connections);
  auto x = std::make_shared<engine>(std::move(options), *std::move(security));
  engine::start(x);
  return https_client{std::move(x)};
}

https_client::https_client(std::shared_ptr<engine> x) : engine_{std::move(x)} {
}

https_client::~https_client() {
  if (engine_)
    engine_->stop();
}

https_client::https_client(https_client&&) noexcept = default;

https_client& https_client::operator=(https_client&& other) noexcept {
  std::swap(engine_, other.engine_);
  return *this;
}

void https_client::send(http_request request, callback done) {
  engine_->send(std::move(request), std::move(done));
}

exchange send_and_wait(https_client& client, http_request request) {
  auto result = std::promise<exchange>{};
  client.send(std::move(request),
              [&](exchange x) { result.set_value(std::move(x)); });
  return result.get_future().get();
}

} // namespace aura::net
