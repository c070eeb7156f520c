#pragma once

#include "actors/net/answer_book.hpp"
#include "actors/net/arrived.hpp"
#include "actors/net/batch_job.hpp"
#include "actors/net/batch_log.hpp"
#include "actors/net/batch_model.hpp"

#include <caf/atom.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <map>
#include <unordered_map>

namespace aura::net::batch_model_parts {

using wake_atom = caf::atom_constant<caf::atom("wake")>;
using gather_atom = caf::atom_constant<caf::atom("gather")>;
using poll_atom = caf::atom_constant<caf::atom("poll")>;

using full_actor
  = language_model_actor::extend<caf::reacts_to<arrived>,
                                 caf::reacts_to<wake_atom>,
                                 caf::reacts_to<gather_atom, std::uint64_t>,
                                 caf::reacts_to<poll_atom, dispatcher::ticket>>;

using promise = caf::typed_response_promise<answer>;

/// Polls become rarer up to this many times the first wait.
constexpr auto most_patience = 12;

/// A question that waits for a batch or is in one.
struct row {
  std::string body;
  std::vector<promise> unanswered;
  double most = 0.0; // dollars that were set aside
  unsigned tries = 0;
};

/// A batch at the server or on its way there.
struct flight {
  batch_job job;
  std::vector<std::string> keys;
  /// Another process has sent it, and nothing was heard of it yet.
  bool unheard = false;
};

/// The working state of a language model that is asked in batches.
class batch_model_state {
public:
  static constexpr const char* name = "batch-model";

  void begin(full_actor::pointer self, language_model_setting setting);
  caf::result<answer> ask(const question& x);
  void receive(arrived& x);
  void wake();

  /// Time has passed since question number `asked`.
  void gathered(std::uint64_t asked);
  void poll(dispatcher::ticket who);

private:
  instant now() const;
  void tell(const std::string& message) const;
  static milliseconds from_seconds(double x);
  usage priced(usage x) const;
  double most_of(const std::string& body) const;
  status open();
  void start(flight x);
  void gather(std::string key);

  /// Sends off what there is, unless something new comes within `seconds`.
  void soon(double seconds);

  /// Answers what is in no batch yet without an answer.
  void withdraw();

  /// Sends off what was gathered; with `all` also what fills no batch. Batches
  /// of an earlier run are heard first: what they bring need not be asked.
  void launch(bool all);

  /// Writes down how far a batch has come, and takes its next step.
  void advance(dispatcher::ticket who, flight& x);

  struct delivery {
    std::vector<promise> unanswered;
    answer result;
  };

  /// Keeps what a batch has brought, and has the rest asked again. The end is
  /// noted last: a crash before it only reads the same results again.
  void harvest(dispatcher::ticket who);
  status settle(const batch_result& x, std::vector<delivery>& deliveries,
                std::optional<fault>& fatal, std::string& last);

  /// Those of `keys` that nobody has answered. Each batch that could have and
  /// did not is a try, unless it was only too slow.
  void ask_again(const std::vector<std::string>& keys, bool too_slow,
                 const std::string& why);

  static void deliver(delivery& x);
  void stop(fault reason);
  void pump();
  void send(dispatcher::ticket who);

  full_actor::pointer self_ = nullptr;
  language_model_setting setting_;
  chat_settings chat_;
  prices prices_;
  spending money_;
  std::optional<answer_book> book_;
  std::optional<batch_log> log_;
  std::optional<dispatcher> dispatcher_;
  dispatcher::ticket last_ = 0;
  std::map<dispatcher::ticket, flight> flights_;
  std::unordered_map<std::string, row> rows_;
  std::unordered_map<std::string, dispatcher::ticket> under_way_;
  std::deque<std::string> gathering_;
  std::uint64_t asked_ = 0;
  /// Something was to be sent off and had to wait for a batch.
  bool held_ = false;
  std::optional<instant> waking_;
  std::optional<fault> stopped_;
};

} // namespace aura::net::batch_model_parts
