// What becomes of a batch at the server, and of the questions in it.

#include "actors/net/batch_model_state.hpp"

#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>

namespace aura::net::batch_model_parts {

void batch_model_state::advance(dispatcher::ticket who, flight& x) {
  const auto& job = x.job;
  auto noted = status{ok};
  if (job.next() == batch_job::step::create)
    noted = log_->uploaded(job.file(), x.keys);
  else if (!job.info().id.empty())
    noted = log_->created(job.file(), job.info().id);
  if (!noted)
    return stop(noted.error());
  // One that has ended is heard out first.
  if (!job.info().status.empty() && job.info().state == batch_state::under_way)
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

void batch_model_state::harvest(dispatcher::ticket who) {
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

status batch_model_state::settle(const batch_result& x,
                                 std::vector<delivery>& deliveries,
                                 std::optional<fault>& fatal,
                                 std::string& last) {
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
    deliveries.push_back({std::move(found->second.unanswered),
                          answer{fault{code_of(reply.seen), last}, {}, false}});
    rows_.erase(found);
    break;
  default:
    break; // asked again with all that is left
  }
  return ok;
}

void batch_model_state::ask_again(const std::vector<std::string>& keys,
                                  bool too_slow, const std::string& why) {
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
    auto given_up
      = delivery{std::move(x.unanswered),
                 answer{fault{errc::http_status,
                              why.empty() ? "no batch brought an answer" : why},
                        {},
                        false}};
    rows_.erase(found);
    deliver(given_up);
  }
}

void batch_model_state::deliver(delivery& x) {
  for (auto y : x.unanswered) {
    y.deliver(x.result);
    // Whoever asked the same got it for nothing.
    x.result.from_journal = true;
    x.result.usage = {};
  }
}

} // namespace aura::net::batch_model_parts
