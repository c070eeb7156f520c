#include "actors/cluster/worker.hpp"

#include "actors/cluster/lease_table.hpp"
#include "actors/error.hpp"
#include "actors/net/https_client.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>

#include <algorithm>
#include <thread>
#include <unordered_map>
#include <unordered_set>

namespace aura::cluster {

/// The language model answered, as a message of this process.
struct carried {
  lease_id what = 0;
  net::exchange result;
};

/// How one connection to a coordinator ended.
struct verdict {
  enum class kind : std::uint8_t { lost, bye, refused };

  kind why = kind::lost;
  fault reason;
};

} // namespace aura::cluster

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aura::cluster::carried)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aura::cluster::verdict)

namespace aura::cluster {

namespace {

using namespace std::chrono_literals;
using net::milliseconds;

using join_atom = caf::atom_constant<caf::atom("join")>;

// Answers that wait for a coordinator to come back; older ones are dropped, and
// asked again.
constexpr std::size_t most_unconfirmed = 4'096;

milliseconds from_seconds(double x) {
  return milliseconds{static_cast<std::int64_t>(x * 1000.0)};
}

/// The way to the language model that a coordinator describes.
struct carrier {
  std::shared_ptr<net::https_client> client;
  std::string key;
};

expected<carrier> make_carrier(const setup& work,
                               const worker_options& options) {
  if (!options.base_url.empty() && options.base_url != work.base_url)
    return fault{errc::invalid_option, "the coordinator asks " + work.base_url
                                         + ", but only " + options.base_url
                                         + " is allowed"};
  const auto variable = net::process_environment();
  const auto server = net::parse_endpoint(work.base_url);
  if (!server)
    return server.error();
  auto tunnel = net::choose_proxy(*server, variable);
  if (!tunnel)
    return tunnel.error();
  auto how = net::https_options{};
  how.server = *server;
  how.tunnel = *tunnel;
  how.ca_file = options.ca_file;
  how.pool.connections = options.slots;
  how.timeouts.first_byte = from_seconds(work.first_byte_timeout);
  how.timeouts.request = from_seconds(work.request_timeout);
  auto client = net::https_client::start(std::move(how));
  if (!client)
    return client.error();
  auto result
    = carrier{std::make_shared<net::https_client>(*std::move(client)), {}};
  if (work.key_variable.empty())
    return result;
  result.key = variable(work.key_variable.c_str());
  if (result.key.empty())
    return fault{errc::authentication, "the environment variable "
                                         + work.key_variable
                                         + " should hold the key and is empty"};
  return result;
}

/// Lives as long as the worker does, over many connections.
class worker_state {
public:
  static constexpr const char* name = "worker";

  void begin(caf::event_based_actor* self,
             std::shared_ptr<const worker_options> options) {
    self_ = self;
    options_ = std::move(options);
  }

  /// Registers; answers `listener` when the connection has ended.
  void join(const caf::actor& coordinator, const caf::actor& listener) {
    coordinator_ = coordinator;
    listener_ = listener;
    self_->monitor(coordinator);
    self_
      ->request(coordinator, 10s, hello_atom::value, identity(), options_->name,
                options_->slots)
      .then([this](welcome_atom, epoch now,
                   const std::string& bytes) { welcome(now, bytes); },
            [this](const caf::error& reason) {
              const auto ours = reason.category()
                                == caf::detail::error_factory<errc>::category;
              end({ours ? verdict::kind::refused : verdict::kind::lost,
                   from_caf(reason)});
            });
  }

  void take(epoch now, lease_id what, const std::string& bytes) {
    if (now != epoch_ || !carrier_.client || busy_.contains(what))
      return;
    auto request = request_from(bytes);
    if (!request) {
      auto trouble = net::exchange{};
      trouble.kind = net::trouble::malformed;
      trouble.message = request.error().message;
      return finish(what, std::move(trouble));
    }
    busy_.insert(what);
    if (!carrier_.key.empty())
      request->headers.push_back({"Authorization", "Bearer " + carrier_.key});
    carrier_.client->send(
      *std::move(request), [to = self_->address(), what](net::exchange result) {
        if (auto strong = caf::actor_cast<caf::actor>(to))
          caf::anon_send(strong, carried{what, std::move(result)});
      });
  }

  void finish(lease_id what, net::exchange result) {
    busy_.erase(what);
    auto bytes = to_bytes(result);
    if (bytes.size() > largest_message) {
      result.kind = net::trouble::too_large;
      result.reply.body.clear();
      bytes = to_bytes(result);
    }
    if (unconfirmed_.size() >= most_unconfirmed)
      unconfirmed_.erase(unconfirmed_.begin());
    report(what,
           unconfirmed_.insert_or_assign(what, std::move(bytes)).first->second);
  }

  void bye() {
    end({verdict::kind::bye, {}});
  }

  void down() {
    end({verdict::kind::lost, {errc::network, "the connection was lost"}});
  }

  const caf::actor& coordinator() const {
    return coordinator_;
  }

private:
  void welcome(epoch now, const std::string& bytes) {
    const auto work = setup_from(bytes);
    if (!work)
      return end({verdict::kind::refused, work.error()});
    if (!carrier_.client || *work != work_) {
      auto made = make_carrier(*work, *options_);
      if (!made)
        return end({verdict::kind::refused, made.error()});
      carrier_ = *std::move(made);
      work_ = *work;
    }
    epoch_ = now;
    if (options_->tell)
      options_->tell("registered as number " + std::to_string(now) + ", asks "
                     + work_.base_url);
    for (const auto& [what, answer] : unconfirmed_)
      report(what, answer);
  }

  void report(lease_id what, const std::string& bytes) {
    // Until it is registered again the welcome would report it once more.
    if (epoch_ == 0)
      return;
    self_->request(coordinator_, caf::infinite, done_atom::value, what, bytes)
      .then([this](done_atom, lease_id x) { unconfirmed_.erase(x); },
            [](const caf::error&) {
              // The connection is gone, which `down` hears, too.
            });
  }

  void end(verdict x) {
    if (!coordinator_)
      return;
    self_->demonitor(coordinator_);
    coordinator_ = nullptr;
    epoch_ = 0;
    if (x.why == verdict::kind::bye)
      unconfirmed_.clear();
    self_->send(listener_, std::move(x));
  }

  caf::event_based_actor* self_ = nullptr;
  std::shared_ptr<const worker_options> options_;
  caf::actor coordinator_;
  caf::actor listener_;
  epoch epoch_ = 0;
  setup work_;
  carrier carrier_;
  std::unordered_set<lease_id> busy_;
  std::map<lease_id, std::string> unconfirmed_;
};

caf::behavior run(caf::stateful_actor<worker_state>* self,
                  const std::shared_ptr<const worker_options>& options) {
  self->state.begin(self, options);
  self->set_down_handler([self](const caf::down_msg& x) {
    if (self->state.coordinator()
        && x.source == self->state.coordinator().address())
      self->state.down();
  });
  self->set_default_handler(
    [](caf::scheduled_actor*, caf::message_view&) -> caf::result<caf::message> {
      return caf::sec::unexpected_message;
    });
  return {
    [self](join_atom, const caf::actor& coordinator,
           const caf::actor& listener) {
      self->state.join(coordinator, listener);
    },
    [self](lease_atom, epoch now, lease_id what, const std::string& bytes) {
      self->state.take(now, what, bytes);
    },
    [self](carried& x) { self->state.finish(x.what, std::move(x.result)); },
    [self](bye_atom) { self->state.bye(); },
  };
}

/// Waits for `x`, or less if the worker shall stop.
void rest(std::chrono::milliseconds x, const std::atomic<bool>& stop) {
  const auto end = std::chrono::steady_clock::now() + x;
  while (!stop && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(20ms);
}

} // namespace

status run_worker(const worker_options& options,
                  const std::atomic<bool>& stop) {
  auto remote = remote_system{options.papers};
  const auto shared = std::make_shared<const worker_options>(options);
  auto result = status{ok};
  {
    const auto self = caf::scoped_actor{remote.system()};
    const auto worker = self->spawn(run, shared);
    auto last_seen = std::chrono::steady_clock::now();
    auto pause = 200ms;
    auto told = false;
    while (!stop) {
      auto coordinator = remote.connect(options.coordinator);
      if (!coordinator) {
        if (options.tell && !std::exchange(told, true))
          options.tell(coordinator.error().message + "; trying again");
        if (std::chrono::steady_clock::now() - last_seen
            > from_seconds(options.patience)) {
          result = coordinator.error();
          break;
        }
        rest(pause, stop);
        pause = std::min<milliseconds>(pause * 2, 2s);
        continue;
      }
      told = false;
      pause = 200ms;
      self->send(worker, join_atom::value, *coordinator,
                 caf::actor_cast<caf::actor>(self));
      auto ended = std::optional<verdict>{};
      while (!ended && !stop)
        self->receive([&](verdict& x) { ended = std::move(x); },
                      caf::after(200ms) >> [] {});
      last_seen = std::chrono::steady_clock::now();
      if (!ended)
        break;
      if (ended->why == verdict::kind::refused) {
        result = ended->reason;
        break;
      }
      if (ended->why == verdict::kind::bye) {
        if (options.tell)
          options.tell("the coordinator has no more to do");
        if (!options.stays)
          break;
        rest(500ms, stop);
      } else if (options.tell) {
        options.tell(ended->reason.message + "; trying again");
      }
    }
    self->send_exit(worker, caf::exit_reason::user_shutdown);
  }
  return result;
}

} // namespace aura::cluster
