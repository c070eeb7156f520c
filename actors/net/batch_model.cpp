#include "actors/net/batch_model_state.hpp"

#include "actors/error.hpp"

#include <caf/actor_system.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>

#include <algorithm>

namespace aura::net {

namespace batch_model_parts {

namespace {

// What servers take in one file.
constexpr auto most_lines = std::size_t{50'000};
constexpr auto most_bytes = std::size_t{150} << 20;
// Calls at once; each batch has one under way at most.
constexpr auto calls = std::size_t{4};

} // namespace

void batch_model_state::begin(full_actor::pointer self,
                              language_model_setting setting) {
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

caf::result<answer> batch_model_state::ask(const question& x) {
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

void batch_model_state::receive(arrived& x) {
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

void batch_model_state::wake() {
  waking_.reset();
  pump();
}

void batch_model_state::gathered(std::uint64_t asked) {
  if (asked == asked_)
    launch(true);
}

void batch_model_state::poll(dispatcher::ticket who) {
  if (stopped_ || !flights_.contains(who))
    return;
  dispatcher_->submit(who);
  pump();
}

instant batch_model_state::now() const {
  return self_->clock().now();
}

void batch_model_state::tell(const std::string& message) const {
  if (setting_.tell && !message.empty())
    setting_.tell(message);
}

milliseconds batch_model_state::from_seconds(double x) {
  return milliseconds{static_cast<std::int64_t>(x * 1e3)};
}

usage batch_model_state::priced(usage x) const {
  if (!x.cost && (prices_.input > 0.0 || prices_.output > 0.0))
    x.cost = cost_of(x, prices_);
  return x;
}

double batch_model_state::most_of(const std::string& body) const {
  auto most = usage{};
  most.prompt_tokens = estimate_tokens(body.size());
  most.completion_tokens = chat_.max_tokens;
  return cost_of(most, prices_);
}

status batch_model_state::open() {
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

void batch_model_state::start(flight x) {
  const auto who = ++last_;
  for (const auto& key : x.keys)
    under_way_.emplace(key, who);
  flights_.emplace(who, std::move(x));
  dispatcher_->submit(who);
}

void batch_model_state::gather(std::string key) {
  gathering_.push_back(std::move(key));
  launch(false);
  if (!gathering_.empty())
    soon(setting_.options.batch_wait);
}

void batch_model_state::soon(double seconds) {
  self_->delayed_send(self_, from_seconds(seconds), gather_atom::value,
                      ++asked_);
}

void batch_model_state::withdraw() {
  for (const auto& key : std::exchange(gathering_, {})) {
    auto unwanted = rows_.extract(key);
    auto nothing
      = delivery{std::move(unwanted.mapped().unanswered), unwanted_answer()};
    deliver(nothing);
  }
}

void batch_model_state::launch(bool all) {
  if (setting_.enough.stop_requested())
    return withdraw();
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

void batch_model_state::stop(fault reason) {
  if (!stopped_) {
    stopped_ = std::move(reason);
    tell(stopped_->message);
  }
  for (auto& [key, x] : rows_)
    for (auto& y : std::exchange(x.unanswered, {}))
      y.deliver(to_caf(*stopped_));
}

void batch_model_state::pump() {
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

void batch_model_state::send(dispatcher::ticket who) {
  auto out = flights_.at(who).job.request();
  if (!setting_.key.empty())
    out.headers.push_back({"Authorization", "Bearer " + setting_.key});
  send_for(setting_.send, std::move(out), self_->address(), who);
}

} // namespace batch_model_parts

namespace {

using namespace batch_model_parts;

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
