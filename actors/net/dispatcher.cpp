#include "actors/net/dispatcher.hpp"

#include <algorithm>
#include <cassert>

namespace aura::net {

namespace {

bool is_silence(trouble x) {
  return x == trouble::connect || x == trouble::resolve_temporary
         || x == trouble::proxy || x == trouble::stalled;
}

/// What it means of the server that everything ends like this: one that always
/// takes too long or says too much is as good as not there.
errc code_of_server(const symptom& x) {
  const auto code = code_of(x);
  return code == errc::timeout || code == errc::resource_limit ? errc::network
                                                               : code;
}

} // namespace

dispatcher::dispatcher(dispatcher_options options, instant now)
  : options_{options}, limit_{std::max<std::size_t>(1, options.in_flight)},
    gradient_{std::max<std::size_t>(1, options.in_flight), options.gradient},
    requests_a_minute_{options.requests_per_minute, now},
    tokens_a_minute_{options.tokens_per_minute, now},
    money_{options.budget_of_money, options.spent}, budget_{options.budget,
                                                            now},
    breaker_{options.breaker}, probe_random_{options.seed, "probe"} {
}

void dispatcher::submit(ticket who, consumption most) {
  requests_.emplace(
    who,
    request{0, 0, false, false, {}, 0, most, {options_.seed, "retry", who}});
  fresh_.push_back(who);
}

// Who has waited goes first: it is the oldest.
std::optional<dispatcher::ticket> dispatcher::next_in_line(instant now) const {
  if (!waiting_.empty() && waiting_.begin()->first <= now)
    return waiting_.begin()->second;
  if (!fresh_.empty())
    return fresh_.front();
  return std::nullopt;
}

milliseconds dispatcher::allowance(const consumption& most, instant now) const {
  return std::max(requests_a_minute_.wait(1.0, now),
                  tokens_a_minute_.wait(most.tokens, now));
}

std::vector<dispatcher::ticket> dispatcher::due(instant now) {
  auto result = std::vector<ticket>{};
  if (probing() && now < probe_at_)
    return result;
  for (auto who = next_in_line(now); who && flying_ < room();
       who = next_in_line(now)) {
    auto& x = requests_.at(*who);
    if (!money_.affords(x.most.dollars)
        || allowance(x.most, now) > milliseconds{0})
      break;
    if (!fresh_.empty() && fresh_.front() == *who) {
      budget_.count_request();
      fresh_.pop_front();
    } else {
      waiting_.erase(waiting_.begin());
    }
    requests_a_minute_.take(1.0, now);
    tokens_a_minute_.take(x.most.tokens, now);
    money_.set_aside(x.most.dollars);
    x.flying = true;
    x.sent = now;
    x.number = ++sent_;
    ++flying_;
    result.push_back(*who);
  }
  return result;
}

std::vector<dispatcher::ticket> dispatcher::withdraw() {
  auto result = std::vector<ticket>{fresh_.begin(), fresh_.end()};
  for (const auto& [when, who] : waiting_)
    result.push_back(who);
  fresh_.clear();
  waiting_.clear();
  for (const auto who : result)
    requests_.erase(who);
  return result;
}

std::optional<instant> dispatcher::next_wake(instant now) const {
  // Without room it is a report that makes progress, not time.
  if (flying_ >= room())
    return std::nullopt;
  if (probing() && !(waiting_.empty() && fresh_.empty()) && now < probe_at_)
    return probe_at_;
  if (const auto who = next_in_line(now)) {
    const auto& most = requests_.at(*who).most;
    if (!money_.affords(most.dollars))
      return std::nullopt;
    return now + allowance(most, now);
  }
  if (waiting_.empty())
    return std::nullopt;
  return waiting_.begin()->first;
}

bool dispatcher::broke() const {
  if (flying_ > 0)
    return false;
  const auto any = waiting_.empty() ? next_in_line(instant{})
                                    : std::optional{waiting_.begin()->second};
  return any && !money_.can_ever_afford(requests_.at(*any).most.dollars);
}

// What a good reply did not use is given back, and so is everything if nothing
// was worked on. A reply that was lost on its way may have been charged for.
void dispatcher::settle(const request& x, const symptom& seen,
                        consumption used) {
  const auto lost
    = seen.kind == trouble::truncated || seen.kind == trouble::stalled
      || seen.kind == trouble::deadline || seen.kind == trouble::too_large
      || seen.kind == trouble::malformed || seen.unreadable;
  if (lost && heard_)
    used = x.most;
  tokens_a_minute_.give_back(x.most.tokens - used.tokens);
  money_.settle(x.most.dollars, used.dollars);
}

dispatcher::decision dispatcher::report(ticket who, const symptom& seen,
                                        std::optional<milliseconds> asked,
                                        const std::string& message, instant now,
                                        consumption used) {
  const auto found = requests_.find(who);
  assert(found != requests_.end() && found->second.flying);
  auto& x = found->second;
  x.flying = false;
  --flying_;
  heard_ = heard_ || !is_silence(seen.kind);
  settle(x, seen, used);
  if (!heard_ && classify(seen) == verdict::retry)
    return note_silence(who, seen, message, now);
  const auto why = classify(seen);
  auto attempt = x.tries;
  switch (why) {
  case verdict::accept:
    limit_.on_success();
    gradient_.on_reply(x.sent, now, flying_ + 1);
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
  return probing() ? 1 : limit();
}

dispatcher::decision dispatcher::note_silence(ticket who, const symptom& seen,
                                              const std::string& message,
                                              instant now) {
  // What went out together fails together and counts once.
  if (requests_.at(who).number > sent_before_silence_) {
    sent_before_silence_ = sent_;
    if (++silences_ >= options_.attempts)
      return stop(code_of_server(seen),
                  "the server cannot be reached: " + message);
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
  return stop(code_of_server(seen),
              std::to_string(options_.breaker.failures)
                + " requests failed one after another; the last one: "
                + message);
}

dispatcher::decision dispatcher::stop(errc code, std::string message) {
  reason_ = {code, std::move(message)};
  return decision::stop;
}

fault dispatcher::reason() const {
  if (reason_.code != errc::none || !broke())
    return reason_;
  return {errc::budget_exhausted, out_of_money(money_)};
}

std::size_t dispatcher::size() const {
  return requests_.size();
}

std::size_t dispatcher::in_flight() const {
  return flying_;
}

std::size_t dispatcher::limit() const {
  return std::min(limit_.value(), gradient_.value());
}

const spending& dispatcher::money() const {
  return money_;
}

} // namespace aura::net
