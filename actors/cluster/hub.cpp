#include "actors/cluster/hub.hpp"

#include "actors/cluster/lease_table.hpp"
#include "actors/error.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>

#include <map>
#include <mutex>
#include <random>

namespace aura::cluster {

/// A request on its way in, as a message of this process.
struct errand {
  std::shared_ptr<net::http_request> request;
  std::function<void(net::exchange)> done;
  instant since;
};

/// The local transport came back.
struct returned {
  lease_id what = 0;
  net::exchange result;
};

} // namespace aura::cluster

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aura::cluster::errand)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aura::cluster::returned)

namespace aura::cluster {

namespace {

using tick_atom = caf::atom_constant<caf::atom("tick")>;
using close_atom = caf::atom_constant<caf::atom("close")>;

// Workers say how much they take; more than this is nonsense.
constexpr std::uint32_t most_slots = 65'536;
constexpr std::size_t most_workers = 4'096;

// The transport of this process is a worker, too.
constexpr epoch local_worker = 0;

class shared_counts {
public:
  void update(const std::function<void(hub_counts&)>& change) {
    auto lock = std::lock_guard{mutex_};
    change(counts_);
  }

  hub_counts get() const {
    auto lock = std::lock_guard{mutex_};
    return counts_;
  }

private:
  mutable std::mutex mutex_;
  hub_counts counts_;
};

class hub_state {
public:
  static constexpr const char* name = "hub";

  hub_state() : leases_{std::chrono::milliseconds{0}} {
  }

  void begin(caf::event_based_actor* self, hub_options options,
             std::shared_ptr<shared_counts> counts) {
    self_ = self;
    options_ = std::move(options);
    counts_ = std::move(counts);
    leases_ = lease_table{options_.patience};
    if (options_.local)
      leases_.join(local_worker, options_.local_slots);
    // What an earlier coordinator handed out must not pass for ours.
    last_lease_ = std::uint64_t{std::random_device{}()} << 24;
    work_ = to_bytes(options_.work);
  }

  caf::result<welcome_atom, epoch, std::string> hello(const std::string& who,
                                                      const std::string& called,
                                                      std::uint32_t slots) {
    auto peer = caf::actor_cast<caf::actor>(self_->current_sender());
    const auto shown = printable(called);
    if (who != identity()) {
      counts_->update([](auto& x) { ++x.refused; });
      return to_caf({errc::invalid_option,
                     "worker '" + shown + "' is of another build ("
                       + who.substr(0, 16) + ") than the coordinator ("
                       + identity() + ")"});
    }
    if (!peer || slots == 0 || slots > most_slots
        || workers_.size() >= most_workers)
      return to_caf({errc::invalid_reply, "a worker with "
                                            + std::to_string(slots)
                                            + " slots cannot be registered"});
    const auto now = ++last_epoch_;
    self_->monitor(peer);
    workers_.emplace(now, worker{peer, shown});
    leases_.join(now, slots);
    counts_->update([](auto& x) { ++x.joined; });
    tell("worker '" + shown + "' joined with " + std::to_string(slots)
         + " slots; workers: " + std::to_string(workers_.size()));
    // The welcome goes first: leases are sent by a later message.
    self_->send(self_, tick_atom::value);
    return {welcome_atom::value, now, work_};
  }

  void gone(const caf::down_msg& x) {
    for (auto found = workers_.begin(); found != workers_.end(); ++found) {
      if (found->second.peer.address() != x.source)
        continue;
      leases_.leave(found->first);
      counts_->update([](auto& y) { ++y.lost; });
      tell("worker '" + found->second.name
           + "' is gone; workers: " + std::to_string(workers_.size() - 1));
      workers_.erase(found);
      return pump();
    }
  }

  void submit(errand& x) {
    const auto what = ++last_lease_;
    x.since = now();
    open_.emplace(what, std::move(x));
    leases_.submit(what);
    if (workers_.empty() && !options_.local && !std::exchange(lonely_, true))
      tell("waiting for workers");
    pump();
  }

  caf::result<done_atom, lease_id> done(lease_id what,
                                        const std::string& bytes) {
    auto result = exchange_from(bytes);
    if (!result) {
      counts_->update([](auto& x) { ++x.broken; });
      auto trouble = net::exchange{};
      trouble.kind = net::trouble::malformed;
      trouble.message = result.error().message;
      result = std::move(trouble);
    }
    counts_->update(
      [&](auto& x) { ++(open_.contains(what) ? x.answered : x.late); });
    settle(what, *std::move(result));
    return {done_atom::value, what};
  }

  void settle(lease_id what, net::exchange result) {
    if (leases_.finish(what)) {
      auto node = open_.extract(what);
      node.mapped().done(std::move(result));
    }
    pump();
  }

  void tick() {
    ticking_ = false;
    leases_.expire(now());
    give_up();
    pump();
  }

  void close() {
    for (const auto& [who, x] : workers_)
      self_->send(x.peer, bye_atom::value);
    workers_.clear();
    for (auto& [what, x] : std::exchange(open_, {})) {
      auto trouble = net::exchange{};
      trouble.kind = net::trouble::cancelled;
      trouble.message = "the coordinator stops";
      x.done(std::move(trouble));
    }
    self_->quit();
  }

private:
  struct worker {
    caf::actor peer;
    std::string name;
  };

  instant now() const {
    return self_->clock().now();
  }

  void tell(const std::string& text) const {
    if (options_.tell)
      options_.tell(text);
  }

  // A worker has a key of its own; ours does not travel.
  static net::http_request without_key(net::http_request x) {
    const auto key = net::find(x.headers, "Authorization");
    if (key)
      std::erase_if(x.headers, [&](const auto& y) {
        return y.value.data() == key->data();
      });
    return x;
  }

  static std::string printable(const std::string& called) {
    auto result = called.substr(0, 64);
    for (auto& c : result)
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
        c = '?';
    return result;
  }

  void pump() {
    for (const auto& x : leases_.due(now())) {
      const auto& request = *open_.at(x.what).request;
      if (x.to == local_worker)
        carry_here(x.what, request);
      else
        self_->send(workers_.at(x.to).peer, lease_atom::value, x.to, x.what,
                    to_bytes(without_key(request)));
    }
    counts_->update([&](auto& x) { x.repeated = leases_.repeated(); });
    auto next = leases_.next_expiry();
    if (const auto limit = oldest(); limit && (!next || *limit < *next))
      next = limit;
    if (!next || std::exchange(ticking_, true))
      return;
    self_->delayed_send(self_, std::max(*next - now(), instant::duration{0}),
                        tick_atom::value);
  }

  // Numbers rise with time, so that the oldest come first.
  std::optional<instant> oldest() const {
    if (open_.empty())
      return std::nullopt;
    return open_.begin()->second.since + 2 * options_.patience;
  }

  // Whoever asked decides what comes next: another try, or the end of the run.
  void give_up() {
    while (oldest() && *oldest() <= now()) {
      auto node = open_.extract(open_.begin());
      leases_.finish(node.key());
      auto trouble = net::exchange{};
      trouble.kind = net::trouble::deadline;
      trouble.message = workers_.empty() ? "no worker has registered"
                                         : "no worker answered in time";
      node.mapped().done(std::move(trouble));
    }
  }

  void carry_here(lease_id what, net::http_request request) {
    options_.local(
      std::move(request), [to = self_->address(), what](net::exchange result) {
        if (auto strong = caf::actor_cast<caf::actor>(to))
          caf::anon_send(strong, returned{what, std::move(result)});
      });
  }

  caf::event_based_actor* self_ = nullptr;
  hub_options options_;
  std::shared_ptr<shared_counts> counts_;
  std::string work_;
  lease_table leases_;
  std::map<lease_id, errand> open_;
  std::map<epoch, worker> workers_;
  lease_id last_lease_ = 0;
  epoch last_epoch_ = local_worker;
  bool ticking_ = false;
  bool lonely_ = false;
};

caf::behavior run_hub(caf::stateful_actor<hub_state>* self,
                      const std::shared_ptr<hub_options>& options,
                      const std::shared_ptr<shared_counts>& counts) {
  self->state.begin(self, std::move(*options), counts);
  self->set_down_handler(
    [self](const caf::down_msg& x) { self->state.gone(x); });
  // What a peer sends beyond the protocol is dropped.
  self->set_default_handler(
    [](caf::scheduled_actor*, caf::message_view&) -> caf::result<caf::message> {
      return caf::sec::unexpected_message;
    });
  return {
    [self](hello_atom, const std::string& who, const std::string& called,
           std::uint32_t slots) {
      return self->state.hello(who, called, slots);
    },
    [self](done_atom, lease_id what, const std::string& bytes) {
      return self->state.done(what, bytes);
    },
    [self](errand& x) { self->state.submit(x); },
    [self](returned& x) { self->state.settle(x.what, std::move(x.result)); },
    [self](tick_atom) { self->state.tick(); },
    [self](close_atom) { self->state.close(); },
  };
}

} // namespace

expected<hub_options> read_listen_options(const listen_options& options) {
  auto where = parse_address(options.listen);
  if (!where)
    return where.error();
  auto result = hub_options{};
  result.where = *std::move(where);
  result.papers = {options.certificate, options.key, options.authority};
  return result;
}

status check(const listen_options& options) {
  if (options.listen.empty())
    return ok;
  const auto read = read_listen_options(options);
  return read ? check(read->where, read->papers) : read.error();
}

struct hub::state {
  explicit state(const certificates& papers) : remote{papers} {
  }

  std::shared_ptr<shared_counts> counts = std::make_shared<shared_counts>();
  remote_system remote;
  caf::actor actor;
  std::uint16_t port = 0;
};

expected<hub> hub::start(hub_options options) {
  if (const auto sound = check(options.where, options.papers); !sound)
    return sound.error();
  const auto where = options.where;
  auto made = std::make_unique<state>(options.papers);
  made->actor = made->remote.system().spawn(
    run_hub, std::make_shared<hub_options>(std::move(options)), made->counts);
  auto port = made->remote.publish(made->actor, where);
  if (!port) {
    caf::anon_send(made->actor, close_atom::value);
    return port.error();
  }
  made->port = *port;
  return hub{std::move(made)};
}

hub::hub(std::unique_ptr<state> x) : state_{std::move(x)} {
}

hub::hub(hub&&) noexcept = default;
hub& hub::operator=(hub&&) noexcept = default;

hub::~hub() {
  if (state_)
    caf::anon_send(state_->actor, close_atom::value);
}

std::uint16_t hub::port() const noexcept {
  return state_->port;
}

void hub::send(net::http_request request,
               std::function<void(net::exchange)> done) const {
  caf::anon_send(state_->actor,
                 errand{std::make_shared<net::http_request>(std::move(request)),
                        std::move(done),
                        {}});
}

hub_counts hub::counts() const {
  return state_->counts->get();
}

} // namespace aura::cluster
