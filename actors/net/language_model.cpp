#include "actors/net/language_model.hpp"

#include "actors/error.hpp"
#include "actors/flow/background.hpp"
#include "actors/flow/journal.hpp"
#include "actors/net/chat_writer.hpp"
#include "actors/net/first_answers.hpp"
#include "actors/net/inbox.hpp"

#include <caf/actor_system.hpp>
#include <caf/atom.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <unordered_map>

namespace aura::net {

namespace {

using wake_atom = caf::atom_constant<caf::atom("wake")>;
using sync_atom = caf::atom_constant<caf::atom("sync")>;
// A group is on the disk; there is something in the inbox; there are questions
// to send.
using disk_atom = caf::atom_constant<caf::atom("disk")>;
using mail_atom = caf::atom_constant<caf::atom("mail")>;
using pump_atom = caf::atom_constant<caf::atom("pump")>;

using full_actor = language_model_actor::extend<
  caf::reacts_to<mail_atom>, caf::reacts_to<pump_atom>,
  caf::reacts_to<wake_atom>, caf::reacts_to<sync_atom>,
  caf::reacts_to<disk_atom>>;

using promise = caf::typed_response_promise<answer>;

// A group of rows shares one trip to the disk, and waits this long at most.
constexpr auto group_rows = std::size_t{64};
constexpr auto group_wait = milliseconds{100};

struct request {
  std::string key;
  std::string body;
  /// Several, if the same was asked again meanwhile.
  std::vector<promise> unanswered;
};

struct bought {
  std::vector<promise> unanswered;
  answer result;
};

/// An answer that has just come.
struct received {
  flow::journal::entry written;
  bought answer;
};

class language_model_state {
public:
  static constexpr const char* name = "language-model";

  void begin(full_actor::pointer self, language_model_setting setting,
             bool detached) {
    self_ = self;
    setting_ = std::move(setting);
    chat_ = settings_of(setting_.options);
    writer_.emplace(chat_);
    inbox_ = std::make_shared<inbox>(waker(mail_atom::value));
    prices_ = {setting_.options.price_input, setting_.options.price_output};
    if (const auto opened = open_journal(); !opened) {
      dispatcher_.emplace(setting_.dispatch, now());
      return stop(opened.error());
    }
    dispatcher_.emplace(setting_.dispatch, now());
    if (journal_ && detached)
      disk_.emplace(waker(disk_atom::value));
  }

  caf::result<answer> ask(const question& x) {
    if (stopped_)
      return to_caf(*stopped_);
    auto body = writer_->write(x.chat);
    if (!body)
      return to_caf(body.error());
    auto key = key_of(*body);
    if (journal_) {
      const auto kept = look_up(key);
      if (!kept)
        return to_caf(kept.error());
      if (*kept)
        return answer{
          (*kept)->text,
          accounted_.is_first(key) ? priced((*kept)->usage) : usage{}, true};
    }
    // Of the one row only: rows after the last one wanted were perhaps never
    // asked for.
    if (setting_.options.replay)
      return answer{
        fault{errc::missing_file, "the journal '" + setting_.journal.string()
                                    + "' holds no answer under " + key
                                    + "; a run without --replay would buy it"},
        {},
        false};
    if (const auto known = tickets_.find(key); known != tickets_.end()) {
      auto result = self_->make_response_promise<answer>();
      requests_.at(known->second).unanswered.push_back(result);
      return result;
    }
    const auto who = ++last_;
    auto result = self_->make_response_promise<answer>();
    tickets_.emplace(key, who);
    requests_.emplace(who, request{std::move(key), *std::move(body), {result}});
    dispatcher_->submit(who, most_of(requests_.at(who).body));
    // Once for all questions that wait in the mailbox.
    if (!std::exchange(pumping_, true))
      self_->send(self_, pump_atom::value);
    return result;
  }

  void receive_mail() {
    for (auto& x : inbox_->take())
      receive(x);
    keep_received();
    pump();
  }

  void pump_asked() {
    pumping_ = false;
    pump();
  }

  void wake() {
    waking_.reset();
    pump();
  }

  void sync() {
    syncing_ = false;
    flush();
  }

  void on_disk() {
    const auto synced = disk_->result();
    if (synced)
      journal_->end_sync();
    hand_over(std::exchange(committing_, {}), synced);
    flush_in_time();
  }

private:
  /// Sends `what` to this actor, from any thread. Weakly: what wakes it belongs
  /// to the actor, not the other way.
  template <class Atom>
  std::function<void()> waker(Atom what) const {
    return [to = self_->address(), what] {
      if (auto strong = caf::actor_cast<caf::actor>(to))
        caf::anon_send(strong, what);
    };
  }

  void receive(arrived& x) {
    const auto found = requests_.find(x.who);
    if (found == requests_.end())
      return;
    auto reply = chat_reply{};
    if (x.result.kind == trouble::none) {
      reply = read_chat(x.result.reply, found->second.body.size());
    } else {
      reply.seen.kind = x.result.kind;
      reply.seen.status = x.result.reply.status;
      reply.message = std::move(x.result.message);
    }
    const auto message = without_key(std::move(reply.message), setting_.key);
    // After a stop nothing is decided any more, but what was paid for is kept.
    const auto decision = stopped_
                            ? reply.content ? dispatcher::decision::deliver
                                            : dispatcher::decision::fail
                            : dispatcher_->report(
                              x.who, reply.seen,
                              retry_after(x.result.reply.headers, wall_clock()),
                              message, now(), used_by(reply));
    switch (decision) {
    case dispatcher::decision::again:
      break;
    case dispatcher::decision::deliver:
      keep(x.who, *std::move(reply.content));
      break;
    case dispatcher::decision::fail: {
      const auto failed = take(x.who);
      deliver(failed.unanswered,
              answer{fault{code_of(reply.seen), message}, {}, false});
      break;
    }
    case dispatcher::decision::stop:
      stop(dispatcher_->reason());
      break;
    }
  }

  instant now() const {
    return self_->clock().now();
  }

  status open_journal() {
    if (setting_.journal.empty())
      return ok;
    auto journal = flow::journal::open(
      setting_.journal, setting_.options.replay ? flow::journal_access::read
                                                : flow::journal_access::write);
    if (!journal)
      return journal.error();
    journal_.emplace(*std::move(journal));
    if (!journal_->warning().empty())
      tell(journal_->warning());
    if (setting_.dispatch.budget_of_money <= 0.0)
      return ok;
    // The journal is the ledger that outlives a run.
    auto& spent = setting_.dispatch.spent;
    auto added = status{ok};
    const auto read
      = journal_->visit([&](std::string_view, std::string_view bytes) {
          if (const auto used = usage_from(bytes))
            spent += cost_of(*used, prices_);
          else
            added = used.error();
        });
    if (!read || !added)
      return read ? added : read;
    if (spent > 0.0)
      tell("earlier runs have spent " + dollars(spent) + " of a budget of "
           + dollars(setting_.dispatch.budget_of_money));
    return ok;
  }

  consumption most_of(const std::string& body) const {
    auto most = usage{};
    most.prompt_tokens = estimate_tokens(body.size());
    most.completion_tokens = chat_.max_tokens;
    return {static_cast<double>(most.prompt_tokens + most.completion_tokens),
            cost_of(most, prices_)};
  }

  consumption used_by(const chat_reply& x) const {
    if (!x.content)
      return {};
    const auto& used = x.content->usage;
    return {static_cast<double>(used.prompt_tokens + used.completion_tokens),
            cost_of(used, prices_)};
  }

  /// With its price, where the server did not name one and the options do.
  usage priced(usage x) const {
    if (!x.cost && (prices_.input > 0.0 || prices_.output > 0.0))
      x.cost = cost_of(x, prices_);
    return x;
  }

  static std::chrono::sys_seconds wall_clock() {
    return std::chrono::floor<std::chrono::seconds>(
      std::chrono::system_clock::now());
  }

  void tell(const std::string& message) const {
    if (setting_.tell)
      setting_.tell(message);
  }

  expected<std::optional<completion>> look_up(const std::string& key) {
    const auto kept = journal_->find(key);
    if (!kept)
      return kept.error();
    if (!*kept)
      return std::optional<completion>{};
    auto result = completion_from(**kept);
    if (!result)
      return result.error();
    return std::optional{*std::move(result)};
  }

  request take(dispatcher::ticket who) {
    auto node = requests_.extract(who);
    tickets_.erase(node.mapped().key);
    return std::move(node.mapped());
  }

  static void deliver(const std::vector<promise>& unanswered, answer result) {
    for (std::size_t i = 0; i < unanswered.size(); ++i) {
      auto x = unanswered[i];
      if (i + 1 == unanswered.size()) {
        x.deliver(std::move(result));
        return;
      }
      x.deliver(result);
      // Whoever asked the same got it for nothing.
      result.from_journal = true;
      result.usage = {};
    }
  }

  void keep(dispatcher::ticket who, completion content) {
    auto done = take(who);
    accounted_.is_first(done.key);
    auto result = answer{content.text, priced(content.usage), false};
    if (!journal_)
      return deliver(done.unanswered, std::move(result));
    received_.push_back(
      {{std::move(done.key), to_bytes(content, chat_.model, wall_clock())},
       {std::move(done.unanswered), std::move(result)}});
  }

  /// Writes what has come down in one go, before anybody hears of it.
  void keep_received() {
    if (received_.empty())
      return;
    auto entries = std::vector<flow::journal::entry>{};
    const auto before = bought_.size();
    for (auto& x : received_) {
      entries.push_back(std::move(x.written));
      bought_.push_back(std::move(x.answer));
    }
    received_.clear();
    if (const auto kept = journal_->finish(entries); !kept) {
      auto lost = std::vector<promise>{};
      for (auto i = before; i < bought_.size(); ++i)
        lost.insert(lost.end(), bought_[i].unanswered.begin(),
                    bought_[i].unanswered.end());
      bought_.erase(bought_.begin() + static_cast<std::ptrdiff_t>(before),
                    bought_.end());
      return stop(kept.error(), std::move(lost));
    }
    flush_in_time();
  }

  void flush_in_time() {
    if (bought_.empty())
      return;
    if (bought_.size() >= group_rows || dispatcher_->size() == 0 || stopped_)
      return flush();
    if (!std::exchange(syncing_, true))
      self_->delayed_send(self_, group_wait, sync_atom::value);
  }

  /// Answers go out when they are on the disk. One group at a time is on its
  /// way there; the next one gathers meanwhile.
  void flush() {
    if (!journal_ || !committing_.empty())
      return;
    auto answers = std::exchange(bought_, {});
    if (!disk_ || answers.empty())
      return hand_over(std::move(answers), journal_->sync());
    committing_ = std::move(answers);
    disk_->begin(journal_->begin_sync());
  }

  void hand_over(std::vector<bought> answers, const status& synced) {
    if (synced) {
      for (auto& x : answers)
        deliver(x.unanswered, std::move(x.result));
      return;
    }
    auto lost = std::vector<promise>{};
    for (auto& x : answers)
      lost.insert(lost.end(), x.unanswered.begin(), x.unanswered.end());
    stop(synced.error(), std::move(lost));
  }

  void stop(fault reason, std::vector<promise> unanswered = {}) {
    const auto first = !stopped_;
    if (first) {
      stopped_ = std::move(reason);
      tell(stopped_->message);
    }
    for (auto& [who, x] : requests_)
      for (auto& y : std::exchange(x.unanswered, {}))
        unanswered.push_back(y);
    for (auto x : unanswered)
      x.deliver(to_caf(*stopped_));
    if (first)
      flush();
  }

  void pump() {
    if (stopped_)
      return;
    if (setting_.enough.stop_requested())
      withdraw();
    const auto moment = now();
    const auto due = dispatcher_->due(moment);
    if (journal_ && !due.empty()) {
      auto keys = std::vector<std::string_view>{};
      for (const auto who : due)
        keys.push_back(requests_.at(who).key);
      if (const auto noted = journal_->intend(keys); !noted)
        return stop(noted.error());
    }
    for (const auto who : due)
      send(who);
    if (dispatcher_->broke())
      return stop(dispatcher_->reason());
    const auto next = dispatcher_->next_wake(moment);
    if (!next || (waking_ && *waking_ <= *next))
      return;
    waking_ = next;
    self_->delayed_send(self_, std::max(*next - moment, instant::duration{0}),
                        wake_atom::value);
  }

  /// Answers what was not sent yet without an answer.
  void withdraw() {
    for (const auto who : dispatcher_->withdraw()) {
      const auto unwanted = take(who);
      deliver(unwanted.unanswered, unwanted_answer());
    }
  }

  void send(dispatcher::ticket who) {
    auto out = http_request{};
    out.target = "/chat/completions";
    out.headers
      = {{"Content-Type", "application/json"}, {"Accept", "application/json"}};
    if (!setting_.key.empty())
      out.headers.push_back({"Authorization", "Bearer " + setting_.key});
    out.body = requests_.at(who).body;
    setting_.send(std::move(out), [to = inbox_, who](exchange x) {
      to->put({who, std::move(x)});
    });
  }

  full_actor::pointer self_ = nullptr;
  language_model_setting setting_;
  chat_settings chat_;
  std::optional<chat_writer> writer_;
  std::shared_ptr<inbox> inbox_;
  prices prices_;
  std::optional<flow::journal> journal_;
  std::optional<dispatcher> dispatcher_;
  dispatcher::ticket last_ = 0;
  std::unordered_map<dispatcher::ticket, request> requests_;
  std::unordered_map<std::string, dispatcher::ticket> tickets_;
  first_answers accounted_;
  /// Come in this go, and not yet written.
  std::vector<received> received_;
  bool pumping_ = false;
  /// Written, and not yet on the disk.
  std::vector<bought> bought_;
  /// On its way there.
  std::vector<bought> committing_;
  bool syncing_ = false;
  std::optional<instant> waking_;
  std::optional<fault> stopped_;
  /// None in tests, which wait for the disk on the only thread they have. Ends
  /// before the journal does.
  std::optional<flow::background> disk_;
};

full_actor::behavior_type
language_model(full_actor::stateful_pointer<language_model_state> self,
               const std::shared_ptr<language_model_setting>& setting,
               bool detached) {
  self->state.begin(self, std::move(*setting), detached);
  return {
    [self](const question& x) { return self->state.ask(x); },
    [self](mail_atom) { self->state.receive_mail(); },
    [self](pump_atom) { self->state.pump_asked(); },
    [self](wake_atom) { self->state.wake(); },
    [self](sync_atom) { self->state.sync(); },
    [self](disk_atom) { self->state.on_disk(); },
  };
}

} // namespace

language_model_actor spawn_language_model(caf::actor_system& sys,
                                          language_model_setting setting,
                                          bool detached) {
  auto shared = std::make_shared<language_model_setting>(std::move(setting));
  if (detached)
    return sys.spawn<caf::detached>(language_model, std::move(shared), true);
  return sys.spawn(language_model, std::move(shared), false);
}

} // namespace aura::net
