#include "actors/flow/runner.hpp"

#include "actors/error.hpp"

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/stateful_actor.hpp>

namespace aura::flow {

namespace {

/// The working state of a run.
class run {
public:
  void start(runner_actor::pointer self, std::vector<stage_spec> stages,
             run_setting setting);
  caf::result<outcome> begin();
  void halt();
  void enough();
  void update(const tally& x);
  void tell(const note& x);
  void tick();
  void down(const caf::down_msg& x);

private:
  struct member {
    stage_spec spec;
    stage_actor handle;
    tally last;
    bool alive = false;
    bool asked = false;
  };

  std::vector<tally> tallies() const;
  window window_into(std::size_t index) const;
  member* find(const std::string& name);
  void measure(member& x);
  void fail(fault reason, const std::string& stage);
  void finish();

  runner_actor::pointer self_ = nullptr;
  std::vector<member> members_;
  run_setting setting_;
  caf::typed_response_promise<outcome> answer_;
  outcome outcome_;
  std::size_t alive_ = 0;
  std::uint64_t moved_ = 0;
  std::uint64_t notes_ = 0;
  std::chrono::milliseconds still_{0};
};

void run::start(runner_actor::pointer self, std::vector<stage_spec> stages,
                run_setting setting) {
  self_ = self;
  setting_ = std::move(setting);
  for (auto& x : stages) {
    auto& entry = members_.emplace_back();
    entry.last.stage = x.name;
    entry.spec = std::move(x);
  }
}

caf::result<outcome> run::begin() {
  answer_ = self_->make_response_promise<outcome>();
  auto answer = answer_;
  auto next = stage_actor{};
  auto window = setting_.window;
  for (auto x = members_.rbegin(); x != members_.rend(); ++x) {
    auto setting = stage_setting{};
    setting.batch_rows = setting_.batch_rows;
    setting.threading = setting_.threading;
    setting.stop = setting_.stop.get_token();
    setting.runner = self_->address();
    x->handle = spawn_stage(self_->system(), x->spec, std::move(setting),
                            edge{next, window});
    self_->monitor(x->handle);
    x->alive = true;
    ++alive_;
    next = x->handle;
    window = window_into(static_cast<std::size_t>(members_.rend() - x) - 1);
  }
  if (members_.empty()) {
    finish();
    return answer;
  }
  // One empty batch sets the first stage going; nothing else will come. Errors
  // arrive as the stage's end.
  auto ignore = [](const caf::error&) {};
  self_->request(next, caf::infinite, batch{})
    .then([](caf::ok_atom) {}, ignore);
  self_->request(next, caf::infinite, atom::done_v)
    .then([](caf::ok_atom) {}, ignore);
  self_->delayed_send(self_, setting_.tick, atom::tick_v);
  if (outcome_.cancelled) // before it began
    halt();
  return answer;
}

// Rows past the target are made for nothing. That is cheap where we make them,
// but answers of a language model are bought: there, only what keeps it busy is
// on its way.
window run::window_into(std::size_t index) const {
  auto result = setting_.window;
  auto bought = false;
  auto gate = members_.size();
  for (std::size_t i = 0; i < members_.size(); ++i) {
    bought = bought || members_[i].spec.spawner;
    if (members_[i].spec.target > 0)
      gate = i;
  }
  if (!bought || gate == members_.size() || index > gate)
    return result;
  const auto& spawner = members_[index].spec.spawner;
  if (!spawner) {
    result.rows = std::min(result.rows, setting_.batch_rows);
    return result;
  }
  // However many that is: thousands at a fast server, or a whole file of them.
  constexpr auto usual_bytes = std::size_t{4} << 10; // of a row
  result.rows = spawner->in_flight() * setting_.batch_rows;
  result.bytes = std::max(result.bytes, result.rows * usual_bytes);
  return result;
}

std::vector<tally> run::tallies() const {
  auto result = std::vector<tally>{};
  for (const auto& x : members_)
    result.push_back(x.last);
  return result;
}

run::member* run::find(const std::string& name) {
  for (auto& x : members_)
    if (x.spec.name == name)
      return &x;
  return nullptr;
}

void run::halt() {
  outcome_.cancelled = true;
  setting_.stop.request_stop();
  for (auto& x : members_)
    if (x.alive)
      self_->send(x.handle, atom::halt_v);
}

void run::enough() {
  setting_.enough.request_stop();
  for (auto& x : members_)
    if (x.alive)
      self_->send(x.handle, atom::enough_v);
}

void run::update(const tally& x) {
  auto* entry = find(x.stage);
  if (!entry)
    return;
  const auto newly = x.finished && !entry->last.finished;
  entry->last = x;
  if (newly)
    setting_.observer.on_finished(x);
}

void run::tell(const note& x) {
  ++notes_;
  setting_.observer.on_note(x);
}

void run::measure(member& x) {
  if (!x.alive || x.asked)
    return;
  x.asked = true;
  auto* entry = &x; // members_ never changes size
  self_->request(x.handle, caf::infinite, atom::measure_v)
    .then(
      [this, entry](const tally& numbers) {
        entry->asked = false;
        if (entry->alive)
          update(numbers);
      },
      [entry](const caf::error&) { entry->asked = false; });
}

void run::tick() {
  if (alive_ == 0)
    return;
  auto moved = notes_;
  for (auto& x : members_) {
    moved += x.last.in + x.last.made + x.last.out + x.last.surplus
             + x.last.batches + (x.last.finished ? 1 : 0);
    measure(x);
  }
  setting_.observer.on_progress(tallies());
  still_
    = moved == moved_ ? still_ + setting_.tick : std::chrono::milliseconds{0};
  moved_ = moved;
  if (setting_.patience.count() > 0 && still_ >= setting_.patience)
    fail({errc::timeout, "nothing has moved for "
                           + std::to_string(setting_.patience.count() / 1000)
                           + " s\n" + dump(tallies())},
         {});
  self_->delayed_send(self_, setting_.tick, atom::tick_v);
}

void run::fail(fault reason, const std::string& stage) {
  if (outcome_.failure)
    return;
  outcome_.failure = std::move(reason);
  outcome_.failed_stage = stage;
  setting_.stop.request_stop();
  for (auto& x : members_)
    if (x.alive)
      self_->send_exit(x.handle, caf::exit_reason::user_shutdown);
}

void run::down(const caf::down_msg& x) {
  for (auto& entry : members_) {
    if (!entry.alive || entry.handle.address() != x.source)
      continue;
    entry.alive = false;
    entry.handle = nullptr;
    --alive_;
    if (x.reason && x.reason != caf::exit_reason::normal
        && x.reason != caf::exit_reason::user_shutdown)
      fail(from_caf(x.reason), entry.spec.name);
  }
  if (alive_ == 0)
    finish();
}

void run::finish() {
  outcome_.stages = tallies();
  answer_.deliver(outcome_);
  self_->quit();
}

struct run_state {
  static constexpr const char* name = "runner";
  run work;
};

runner_actor::behavior_type
behavior(runner_actor::stateful_pointer<run_state> self,
         const std::vector<stage_spec>& stages, const run_setting& setting) {
  self->state.work.start(self, stages, setting);
  self->set_down_handler(
    [self](const caf::down_msg& x) { self->state.work.down(x); });
  return {
    [self](atom::start) { return self->state.work.begin(); },
    [self](atom::halt) { self->state.work.halt(); },
    [self](atom::enough) { self->state.work.enough(); },
    [self](const tally& x) { self->state.work.update(x); },
    [self](const note& x) { self->state.work.tell(x); },
    [self](atom::tick) { self->state.work.tick(); },
  };
}

} // namespace

runner_actor spawn_runner(caf::actor_system& sys,
                          std::vector<stage_spec> stages, run_setting setting) {
  return sys.spawn(behavior, std::move(stages), std::move(setting));
}

} // namespace aura::flow
