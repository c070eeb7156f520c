#include "actors/net/batch_model.hpp"

#include "actors/error.hpp"
#include "actors/net/answer_book.hpp"
#include "actors/net/arrived.hpp"
#include "actors/net/batch_job.hpp"
#include "actors/net/batch_log.hpp"

#include <caf/actor_system.hpp>
#include <caf/atom.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <algorithm>
#include <map>
#include <unordered_map>

namespace aura::net {

namespace {

using wake_atom = caf::atom_constant<caf::atom("wake")>;
using gather_atom = caf::atom_constant<caf::atom("gather")>;
using poll_atom = caf::atom_constant<caf::atom("poll")>;

using full_actor
  = language_model_actor::extend<caf::reacts_to<arrived>,
                                 caf::reacts_to<wake_atom>,
                                 caf::reacts_to<gather_atom, std::uint64_t>,
                                 caf::reacts_to<poll_atom, dispatcher::ticket>>;

using promise = caf::typed_response_promise<answer>;

// What servers take in one file.
constexpr auto most_lines = std::size_t{50'000};
constexpr auto most_bytes = std::size_t{150} << 20;
// Polls become rarer up to this many times the first wait.
constexpr auto most_patience = 12;
// Calls at once; each batch has one under way at most.
constexpr auto calls = std::size_t{4};

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

class batch_model_state {
public:
  static constexpr const char* name = "batch-model";

  void begin(full_actor::pointer self, language_model_setting setting) {
    self_ = self;
    setting_ = std::move(setting);
    chat_ = settings_of(setting_.options);
    prices_ = {setting_.options.price_input, setting_.options.price_output};
    auto dispatch = setting_.dispatch;
    dispatch.in_flight = calls;
    dispatch.requests_per_minute = dispatch.tokens_per_minute
      = dispatch.budget_of_money = 0.0;
    dispatcher_.emplace(dispatch, now());
    if (const auto opened = open(); !opened)
      return stop(opened.error());
    pump();
  }

  caf::result<answer> ask(const question& x) {
    if (stopped_)
      return to_caf(*stopped_);
    auto body = write_chat(chat_, x.chat);
    if (!body)
      return to_caf(body.error());
    auto key = key_of(*body);
    const auto kept = book_->find(key);
    if (!kept)
      return to_caf(kept.error());
    if (*kept) {
      const auto read = completion_from(**kept);
      if (!read)
        return to_caf(read.error());
      return answer{read->text,
                    book_->is_first(key) ? priced(read->usage) : usage{}, true};
    }
    auto result = self_->make_response_promise<answer>();
    if (const auto known = rows_.find(key); known != rows_.end()) {
      known->second.unanswered.push_back(result);
      return result;
    }
    if (const auto noted = book_->intend(key); !noted) {
      stop(noted.error());
      return to_caf(noted.error());
    }
    auto& added = rows_[key];
    added.most = most_of(*body);
    added.body = *std::move(body);
    added.unanswered.push_back(result);
    if (under_way_.contains(key))
      money_.set_aside(added.most);
    else
      gather(std::move(key));
    return result;
  }

  void receive(arrived& x) {
    const auto found = flights_.find(x.who);
    if (found == flights_.end() || stopped_)
      return;
    auto& job = found->second.job;
    auto seen = symptom{};
    auto message = std::string{};
    if (x.result.kind != trouble::none) {
      seen.kind = x.result.kind;
      seen.status = x.result.reply.status;
      message = std::move(x.result.message);
    } else if (x.result.reply.status / 100 != 2) {
      auto reply = read_chat(x.result.reply, 0);
      seen = std::move(reply.seen);
      message = std::move(reply.message);
    } else if (const auto good = job.accept(x.result.reply); !good) {
      seen.unreadable = true;
      message = good.error().message;
    }
    message = without_key(std::move(message), setting_.key);
    switch (
      dispatcher_->report(x.who, seen,
                          retry_after(x.result.reply.headers,
                                      std::chrono::floor<std::chrono::seconds>(
                                        std::chrono::system_clock::now())),
                          message, now())) {
    case dispatcher::decision::deliver:
      advance(x.who, found->second);
      break;
    case dispatcher::decision::again:
      job.retry();
      break;
    case dispatcher::decision::fail:
      return stop({code_of(seen), std::string{"the batch call '"}
                                    + to_string(job.next())
                                    + "' failed: " + message});
    case dispatcher::decision::stop:
      return stop(dispatcher_->reason());
    }
    pump();
  }

  void wake() {
    waking_.reset();
    pump();
  }

  /// Time has passed since question number `asked`.
  void gathered(std::uint64_t asked) {
    if (asked == asked_)
      launch(true);
  }

  void poll(dispatcher::ticket who) {
    if (stopped_ || !flights_.contains(who))
      return;
    dispatcher_->submit(who);
    pump();
  }

private:
  instant now() const {
    return self_->clock().now();
  }

  void tell(const std::string& message) const {
    if (setting_.tell && !message.empty())
      setting_.tell(message);
  }

  static milliseconds from_seconds(double x) {
    return milliseconds{static_cast<std::int64_t>(x * 1e3)};
  }

  usage priced(usage x) const {
    if (!x.cost && (prices_.input > 0.0 || prices_.output > 0.0))
      x.cost = cost_of(x, prices_);
    return x;
  }

  double most_of(const std::string& body) const {
    auto most = usage{};
    most.prompt_tokens = estimate_tokens(body.size());
    most.completion_tokens = chat_.max_tokens;
    return cost_of(most, prices_);
  }

  status open() {
    auto book = answer_book::open(setting_.journal);
    if (!book)
      return book.error();
    book_.emplace(*std::move(book));
    tell(book_->warning());
    const auto spent = book_->spent(prices_);
    if (!spent)
      return spent.error();
    money_ = spending{setting_.dispatch.budget_of_money, *spent};
    auto beside = setting_.journal;
    if (!beside.empty())
      beside += ".batches";
    auto log = batch_log::open(beside);
    if (!log)
      return log.error();
    log_.emplace(*std::move(log));
    for (auto& [file, x] : log_->open_batches()) {
      tell("going on with a batch of " + std::to_string(x.keys.size())
           + " questions that an earlier run has sent");
      start(flight{batch_job::resume(file, x.batch), x.keys, true});
    }
    return ok;
  }

  void start(flight x) {
    const auto who = ++last_;
    for (const auto& key : x.keys)
      under_way_.emplace(key, who);
    flights_.emplace(who, std::move(x));
    dispatcher_->submit(who);
  }

  void gather(std::string key) {
    gathering_.push_back(std::move(key));
    launch(false);
    if (!gathering_.empty())
      soon(setting_.options.batch_wait);
  }

  /// Sends off what there is, unless something new comes within `seconds`.
  void soon(double seconds) {
    self_->delayed_send(self_, from_seconds(seconds), gather_atom::value,
                        ++asked_);
  }

  /// Sends off what was gathered; with `all` also what fills no batch. Batches
  /// of an earlier run are heard first: what they bring need not be asked.
  void launch(bool all) {
    const auto wanted = std::min(most_lines, setting_.options.batch_rows);
    while (!stopped_ && !gathering_.empty()
           && (all || gathering_.size() >= wanted)) {
      if (std::any_of(flights_.begin(), flights_.end(),
                      [](const auto& x) { return x.second.unheard; })) {
        held_ = held_ || all;
        return;
      }
      auto lines = std::string{};
      auto keys = std::vector<std::string>{};
      while (!gathering_.empty() && keys.size() < wanted
             && lines.size() < most_bytes) {
        auto& next = rows_.at(gathering_.front());
        if (!money_.affords(next.most))
          break;
        money_.set_aside(next.most);
        lines += batch_line(gathering_.front(), next.body);
        keys.push_back(std::move(gathering_.front()));
        gathering_.pop_front();
      }
      if (keys.empty()) {
        if (flights_.empty())
          stop({errc::budget_exhausted, out_of_money(money_)});
        held_ = true; // until a batch brings some of its money back
        return;
      }
      start(flight{batch_job::begin(std::move(lines)), std::move(keys)});
    }
    pump();
  }

  /// Writes down how far a batch has come, and takes its next step.
  void advance(dispatcher::ticket who, flight& x) {
    const auto& job = x.job;
    auto noted = status{ok};
    if (job.next() == batch_job::step::create)
      noted = log_->uploaded(job.file(), x.keys);
    else if (!job.info().id.empty())
      noted = log_->created(job.file(), job.info().id);
    if (!noted)
      return stop(noted.error());
    // One that has ended is heard out first.
    if (!job.info().status.empty()
        && job.info().state == batch_state::under_way)
      x.unheard = false;
    if (job.next() == batch_job::step::done)
      return harvest(who);
    if (!job.waits()) {
      dispatcher_->submit(who);
    } else {
      const auto& at = job.info();
      tell("batch " + at.id + ": " + at.status + ", "
           + std::to_string(at.completed) + " of " + std::to_string(at.total));
      const auto least = from_seconds(setting_.options.poll_interval);
      self_->delayed_send(self_, job.patience(least, least * most_patience),
                          poll_atom::value, who);
    }
    if (std::exchange(held_, false))
      soon(setting_.options.batch_wait);
  }

  struct delivery {
    std::vector<promise> unanswered;
    answer result;
  };

  /// Keeps what a batch has brought, and has the rest asked again. The end is
  /// noted last: a crash before it only reads the same results again.
  void harvest(dispatcher::ticket who) {
    auto x = std::move(flights_.extract(who).mapped());
    for (const auto& key : x.keys)
      under_way_.erase(key);
    const auto& end = x.job.info();
    auto deliveries = std::vector<delivery>{};
    auto fatal = std::optional<fault>{};
    auto last = std::string{end.message};
    for (const auto& result : x.job.results()) {
      auto content = settle(result, deliveries, fatal, last);
      if (!content)
        return stop(content.error());
    }
    auto noted = book_->sync();
    if (noted)
      noted = log_->ended(x.job.file(), end.status);
    if (!noted)
      return stop(noted.error());
    for (auto& y : deliveries)
      deliver(y);
    if (end.state == batch_state::failed
        && end.error_code != "token_limit_exceeded")
      fatal = fault{errc::http_status, "the server refused a batch: "
                                         + without_key(last, setting_.key)};
    if (fatal)
      return stop(*std::move(fatal));
    ask_again(x.keys, end.status == "expired" && end.completed > 0, last);
    held_ = false;
    // A server that has too much in its queue is left alone for a while.
    soon(end.state == batch_state::failed
           ? setting_.options.poll_interval * most_patience
           : setting_.options.batch_wait);
    pump();
  }

  status settle(const batch_result& x, std::vector<delivery>& deliveries,
                std::optional<fault>& fatal, std::string& last) {
    if (!x.reply) {
      last = x.message;
      return ok;
    }
    const auto found = rows_.find(x.key);
    const auto bytes = found == rows_.end() ? 0 : found->second.body.size();
    auto reply = read_chat(*x.reply, bytes);
    const auto most = found == rows_.end() ? 0.0 : found->second.most;
    if (reply.content) {
      if (const auto kept = book_->keep(x.key, *reply.content); !kept)
        return kept;
      money_.settle(most, cost_of(reply.content->usage, prices_));
      if (found == rows_.end())
        return ok; // paid for, and not asked for in this run (so far)
      book_->is_first(x.key);
      deliveries.push_back(
        {std::move(found->second.unanswered),
         answer{reply.content->text, priced(reply.content->usage), false}});
      rows_.erase(found);
      return ok;
    }
    last = without_key(std::move(reply.message), setting_.key);
    switch (classify(reply.seen)) {
    case verdict::fail_run:
      fatal = fault{code_of(reply.seen), last};
      break;
    case verdict::fail_row:
      if (found == rows_.end())
        break;
      money_.settle(most, 0.0);
      deliveries.push_back(
        {std::move(found->second.unanswered),
         answer{fault{code_of(reply.seen), last}, {}, false}});
      rows_.erase(found);
      break;
    default:
      break; // asked again with all that is left
    }
    return ok;
  }

  /// Those of `keys` that nobody has answered. Each batch that could have and
  /// did not is a try, unless it was only too slow.
  void ask_again(const std::vector<std::string>& keys, bool too_slow,
                 const std::string& why) {
    for (const auto& key : keys) {
      const auto found = rows_.find(key);
      if (found == rows_.end())
        continue;
      auto& x = found->second;
      money_.settle(x.most, 0.0);
      x.tries += too_slow ? 0 : 1;
      if (x.tries < setting_.dispatch.attempts) {
        gathering_.push_back(key);
        continue;
      }
      auto given_up = delivery{
        std::move(x.unanswered),
        answer{fault{errc::http_status,
                     why.empty() ? "no batch brought an answer" : why},
               {},
               false}};
      rows_.erase(found);
      deliver(given_up);
    }
  }

  static void deliver(delivery& x) {
    for (auto y : x.unanswered) {
      y.deliver(x.result);
      // Whoever asked the same got it for nothing.
      x.result.from_journal = true;
      x.result.usage = {};
    }
  }

  void stop(fault reason) {
    if (!stopped_) {
      stopped_ = std::move(reason);
      tell(stopped_->message);
    }
    for (auto& [key, x] : rows_)
      for (auto& y : std::exchange(x.unanswered, {}))
        y.deliver(to_caf(*stopped_));
  }

  void pump() {
    if (stopped_)
      return;
    const auto moment = now();
    for (const auto who : dispatcher_->due(moment))
      send(who);
    const auto next = dispatcher_->next_wake(moment);
    if (!next || (waking_ && *waking_ <= *next))
      return;
    waking_ = next;
    self_->delayed_send(self_, std::max(*next - moment, instant::duration{0}),
                        wake_atom::value);
  }

  void send(dispatcher::ticket who) {
    auto out = flights_.at(who).job.request();
    if (!setting_.key.empty())
      out.headers.push_back({"Authorization", "Bearer " + setting_.key});
    send_for(setting_.send, std::move(out), self_->address(), who);
  }

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

full_actor::behavior_type
batch_model(full_actor::stateful_pointer<batch_model_state> self,
            const std::shared_ptr<language_model_setting>& setting) {
  self->state.begin(self, std::move(*setting));
  return {
    [self](const question& x) { return self->state.ask(x); },
    [self](arrived& x) { self->state.receive(x); },
    [self](wake_atom) { self->state.wake(); },
    [self](gather_atom, std::uint64_t asked) { self->state.gathered(asked); },
    [self](poll_atom, dispatcher::ticket who) { self->state.poll(who); },
  };
}

} // namespace

language_model_actor spawn_batch_model(caf::actor_system& sys,
                                       language_model_setting setting,
                                       bool detached) {
  auto shared = std::make_shared<language_model_setting>(std::move(setting));
  if (detached)
    return sys.spawn<caf::detached>(batch_model, std::move(shared));
  return sys.spawn(batch_model, std::move(shared));
}

} // namespace aura::net
