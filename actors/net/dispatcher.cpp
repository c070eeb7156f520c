#include "actors/net/dispatcher.hpp"

#include <algorithm>
#include <cassert>

namespace aura::net {

namespace {

bool is_silence(trouble x) {
  return x == trouble::connect || x == trouble::resolve_temporary
         || x == trouble::proxy || x == trouble::stalled;
}

} // namespace

dispatcher::dispatcher(dispatcher_options options, instant now)
  : options_{options}, limit_{std::max<std::size_t>(1, options.in_flight)},
    budget_{options.budget, now}, breaker_{options.breaker}, probe_random_{
                                                               options.seed,
                                                               "probe"} {
}

void dispatcher::submit(ticket who) {
  requests_.emplace(
    who, request{0, 0, false, false, {}, 0, {options_.seed, "retry", who}});
  fresh_.push_back(who);
}

std::vector<dispatcher::ticket> dispatcher::due(instant now) {
  auto result = std::vector<ticket>{};
  if (probing() && now < probe_at_)
    return result;
  const auto send = [&](ticket who) {
    auto& x = requests_.at(who);
    x.flying = true;
    x.sent = now;
    x.number = ++sent_;
    ++flying_;
    result.push_back(who);
  };
  // Who has waited goes first: it is the oldest.
  while (flying_ < room() && !waiting_.empty()
         && waiting_.begin()->first <= now) {
    const auto who = waiting_.begin()->second;
    waiting_.erase(waiting_.begin());
    send(who);
  }
  while (flying_ < room() && !fresh_.empty()) {
    budget_.count_request();
    send(fresh_.front());
    fresh_.pop_front();
  }
  return result;
}

std::optional<instant> dispatcher::next_wake() const {
  // Without room it is a report that makes progress, not time.
  if (waiting_.empty() || flying_ >= room())
    return std::nullopt;
  return probing() ? probe_at_ : waiting_.begin()->first;
}

dispatcher::decision dispatcher::report(ticket who, const symptom& seen,
                                        std::optional<milliseconds> asked,
                                        const std::string& message,
                                        instant now) {
  const auto found = requests_.find(who);
  assert(found != requests_.end() && found->second.flying);
  auto& x = found->second;
  x.flying = false;
  --flying_;
  heard_ = heard_ || !is_silence(seen.kind);
  if (!heard_ && classify(seen) == verdict::retry)
    return note_silence(who, seen, message, now);
  const auto why = classify(seen);
  auto attempt = x.tries;
  switch (why) {
  case verdict::accept:
    limit_.on_success();
    breaker_.on_success();
    requests_.erase(found);
    return decision::deliver;
  case verdict::fail_run:
    return stop(code_of(seen), message);
  case verdict::fail_row:
    return give_up(who, seen, message);
  case verdict::retry_once:
    if (std::exchange(x.tried_once_more, true))
      return give_up(who, seen, message);
    break;
  case verdict::retry:
    if (++x.tries >= options_.attempts)
      return give_up(who, seen, message);
    break;
  case verdict::throttled:
    attempt = x.throttled++;
    limit_.on_refusal(x.sent, now);
    breaker_.on_refusal(now);
    if (breaker_.open())
      return stop(code_of(seen),
                  "the server has refused everything for too long; the last "
                  "answer: "
                    + message);
    if (asked && *asked > options_.backoff.longest_wait)
      return stop(code_of(seen), "the server asks to wait for "
                                   + std::to_string(asked->count() / 1000)
                                   + " s: " + message);
    break;
  }
  const auto wait
    = std::max(backoff(options_.backoff, why, attempt, asked, x.random),
               budget_.take(now));
  waiting_.emplace(now + wait, who);
  return decision::again;
}

bool dispatcher::probing() const {
  return !heard_ && silences_ > 0;
}

std::size_t dispatcher::room() const {
  return probing() ? 1 : limit_.value();
}

dispatcher::decision dispatcher::note_silence(ticket who, const symptom& seen,
                                              const std::string& message,
                                              instant now) {
  // What went out together fails together and counts once.
  if (requests_.at(who).number > sent_before_silence_) {
    sent_before_silence_ = sent_;
    if (++silences_ >= options_.attempts)
      return stop(code_of(seen), "the server cannot be reached: " + message);
    probe_at_ = now
                + backoff(options_.backoff, verdict::retry, silences_ - 1,
                          std::nullopt, probe_random_);
  }
  waiting_.emplace(now, who);
  return decision::again;
}

dispatcher::decision dispatcher::give_up(ticket who, const symptom& seen,
                                         const std::string& message) {
  requests_.erase(who);
  breaker_.on_failure();
  if (!breaker_.open())
    return decision::fail;
  return stop(code_of(seen), std::to_string(options_.breaker.failures)
                               + " requests failed one after another; the last "
                                 "one: "
                               + message);
}

dispatcher::decision dispatcher::stop(errc code, std::string message) {
  reason_ = {code, std::move(message)};
  return decision::stop;
}

const fault& dispatcher::reason() const {
  return reason_;
}

std::size_t dispatcher::size() const {
  return requests_.size();
}

std::size_t dispatcher::in_flight() const {
  return flying_;
}

std::size_t dispatcher::limit() const {
  return limit_.value();
}

} // namespace aura::net
