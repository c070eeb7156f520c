#include "actors/flow/stage_work.hpp"

#include "actors/error.hpp"

#include <caf/actor.hpp>
#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>

#include <algorithm>

namespace aura::flow {

namespace {

constexpr std::uint64_t most_reserved = 4'000'000;

double seconds(stage::clock::duration x) {
  return std::chrono::duration<double>(x).count();
}

} // namespace

void stage::start(stage_actor::pointer self, stage_spec spec,
                  stage_setting setting, edge downstream) {
  self_ = self;
  spec_ = std::move(spec);
  setting_ = std::move(setting);
  ledger_ = ledger{spec_.name, spec_.target};
  out_ = outlet{self, std::move(downstream), [this] { advance(); }};
  auto& sys = self->system();
  const auto workers = spec_.shape == shape::collect
                         ? 1
                         : std::max<std::size_t>(spec_.workers, 1);
  for (std::size_t i = 0; i < workers; ++i)
    hands_.push_back({spec_.spawner
                        ? spec_.spawner->spawn(sys)
                        : spawn_worker(sys, spec_.make, setting_.threading)});
  if (spec_.spawner)
    in_flight_ = std::max<std::size_t>(spec_.spawner->in_flight(), 1);
  self->attach_functor([hands = hands_] {
    for (const auto& x : hands)
      caf::anon_send_exit(x.worker, caf::exit_reason::user_shutdown);
  });
}

accepted stage::take(batch& input) {
  const auto rows = input.samples.size();
  ledger_.numbers().in += rows;
  if (ledger_.numbers().batches++ == 0)
    first_ = clock::now();
  last_ = clock::now();
  if (spec_.shape == shape::map) {
    auto upstream = self_->make_response_promise<caf::ok_atom>();
    admit(std::move(input), upstream);
    return upstream;
  }
  collected_.context = input.context;
  // Growing by doubling would hold all rows twice for a moment. What is never
  // touched costs nothing.
  if (spec_.target > 0 && !spec_.store && collected_.samples.capacity() == 0)
    collected_.samples.reserve(
      std::min<std::uint64_t>(spec_.target + spec_.target / 3, most_reserved));
  cut(input);
  if (const auto kept = collect(input.samples); !kept) {
    stop_with(kept.error());
    return caf::ok_atom_v;
  }
  if (spec_.shape == shape::source) {
    exhausted_ = false;
    demand();
  }
  return caf::ok_atom_v;
}

status stage::collect(std::vector<sample>& rows) {
  for (auto& row : rows) {
    if (is_fatal(row.rejected))
      return fault{row.rejected,
                   "row " + std::to_string(row.id) + ": " + row.reason};
    if (!spec_.store) {
      collected_.samples.push_back(std::move(row));
      continue;
    }
    if (stored_++ == 0)
      first_stored_ = row.id;
    if (auto kept = spec_.store->add(row); !kept)
      return kept;
  }
  return ok;
}

void stage::admit(batch content, promise upstream) {
  const auto ticket = next_in_++;
  auto x = job{};
  x.rows = content.samples.size();
  if (x.rows > 0)
    x.oldest = content.samples.front().id;
  x.content = std::move(content);
  x.upstream = std::move(upstream);
  jobs_.emplace(ticket, std::move(x));
  waiting_.push_back(ticket);
  dispatch();
}

void stage::dispatch() {
  while (!waiting_.empty()) {
    // The least busy worker; the first of equals.
    const auto free = std::min_element(
      hands_.begin(), hands_.end(),
      [](const hand& a, const hand& b) { return a.busy < b.busy; });
    if (free->busy >= in_flight_)
      return;
    const auto index = static_cast<std::size_t>(free - hands_.begin());
    const auto ticket = waiting_.front();
    waiting_.pop_front();
    auto& x = jobs_[ticket];
    x.begun = clock::now();
    ++free->busy;
    self_->request(free->worker, caf::infinite, std::move(x.content))
      .then([this, ticket,
             index](batch& result) { finished(ticket, index, result); },
            [this, ticket, index](const caf::error& reason) {
              failed(ticket, index, reason);
            });
  }
}

// Asks for as many batches as keep the workers busy, if they could leave.
void stage::demand() {
  while (!exhausted_ && !ledger_.full() && !halted_ && out_.has_room()
         && jobs_.size() < 2 * hands_.size()) {
    auto wish = batch{};
    wish.sequence = next_in_;
    wish.context = collected_.context;
    admit(std::move(wish), {});
  }
}

void stage::finished(std::uint64_t ticket, std::size_t hand_index,
                     batch& result) {
  auto& x = jobs_[ticket];
  --hands_[hand_index].busy;
  last_ = clock::now();
  ledger_.numbers().busy += seconds(last_ - x.begun);
  if (spec_.store && spec_.store->size() != stored_) {
    stop_with({errc::accounting, "stage '" + spec_.name + "' was given "
                                   + std::to_string(stored_) + " rows and left "
                                   + std::to_string(spec_.store->size())});
    return;
  }
  if (spec_.shape == shape::map && result.samples.size() != x.rows) {
    stop_with({errc::accounting, "stage '" + spec_.name + "' was given "
                                   + std::to_string(x.rows) + " rows and gave "
                                   + std::to_string(result.samples.size())
                                   + " back"});
    return;
  }
  x.content = std::move(result);
  x.ready = true;
  ledger_.mark(x.content);
  release();
  dispatch();
  advance();
}

// A step that gave up because the run was interrupted loses its rows; all else
// that goes wrong ends the run.
void stage::failed(std::uint64_t ticket, std::size_t hand_index,
                   const caf::error& reason) {
  auto why = from_caf(reason);
  if (why.code != errc::cancelled || !setting_.stop.stop_requested()) {
    stop_with(std::move(why));
    return;
  }
  halted_ = true;
  --hands_[hand_index].busy;
  auto& x = jobs_[ticket];
  x.ready = true;
  x.lost = true;
  ledger_.numbers().lost += x.rows;
  release();
  dispatch();
  advance();
}

accepted stage::end(bool cancelled) {
  ended_ = true;
  cancelled_ = cancelled_ || cancelled;
  closing_ = self_->make_response_promise<caf::ok_atom>();
  auto answer = closing_;
  if (spec_.shape == shape::collect && !cancelled_ && !halted_)
    admit(std::move(collected_), {});
  advance();
  return answer;
}

// Goes on with whatever an event made possible.
void stage::advance() {
  if (spec_.shape == shape::source)
    demand();
  drain();
  if (!ended_ || !jobs_.empty() || draining_)
    return;
  if (spec_.shape == shape::source && !exhausted_ && !ledger_.full()
      && !halted_)
    return;
  close();
}

void stage::close() {
  if (std::exchange(closed_, true))
    return;
  const auto missing = cancelled_ || halted_;
  ledger_.numbers().cancelled = missing;
  ledger_.numbers().finished = true;
  report();
  // What steps remember may be large, and the stages behind may be long.
  for (const auto& x : hands_)
    caf::anon_send_exit(x.worker, caf::exit_reason::user_shutdown);
  out_.close(missing, closing_, [this] { report(); });
}

void stage::enough() {
  if (spec_.shape != shape::source)
    return;
  ledger_.close();
  advance();
}

void stage::halt() {
  halted_ = true;
  advance();
}

void stage::stop_with(fault reason) {
  report();
  self_->quit(to_caf(reason));
}

tally stage::measure() const {
  auto x = ledger_.numbers();
  // Rows are counted when they leave, which is late where all are waited for.
  if (spec_.shape == shape::collect && !x.finished)
    x.sound = std::max(x.sound, ledger_.passed());
  for (const auto& [ticket, entry] : jobs_)
    x.held += entry.rows;
  if (spec_.shape == shape::collect)
    x.held += collected_.samples.size();
  if (!collected_.samples.empty())
    x.oldest = collected_.samples.front().id;
  x.held += stored_;
  if (stored_ > 0)
    x.oldest = first_stored_;
  for (const auto& [ticket, entry] : jobs_)
    if (!x.oldest)
      x.oldest = entry.oldest;
  out_.measure(x);
  x.held += x.parked_rows;
  if (x.batches > 0)
    x.active = seconds(last_ - first_);
  return x;
}

void stage::report() {
  if (auto runner = caf::actor_cast<caf::actor>(setting_.runner))
    caf::anon_send(runner, measure());
}

void stage::tell_runner_enough() {
  if (auto runner = caf::actor_cast<caf::actor>(setting_.runner))
    caf::anon_send(runner, atom::enough_v);
}

namespace {

struct stage_state {
  static constexpr const char* name = "stage";
  stage work;
};

stage_actor::behavior_type
behavior(stage_actor::stateful_pointer<stage_state> self,
         const stage_spec& spec, const stage_setting& setting,
         const edge& downstream) {
  self->state.work.start(self, spec, setting, downstream);
  self->set_exit_handler([self](const caf::exit_msg& x) {
    self->state.work.report();
    self->quit(x.reason);
  });
  return {
    [self](batch& input) { return self->state.work.take(input); },
    [self](atom::done) { return self->state.work.end(false); },
    [self](atom::cancel) { return self->state.work.end(true); },
    [self](atom::measure) { return self->state.work.measure(); },
    [self](atom::enough) { self->state.work.enough(); },
    [self](atom::halt) { self->state.work.halt(); },
  };
}

} // namespace

stage_actor spawn_stage(caf::actor_system& sys, stage_spec spec,
                        stage_setting setting, edge downstream) {
  return sys.spawn(behavior, std::move(spec), std::move(setting),
                   std::move(downstream));
}

} // namespace aura::flow
