#include "actors/session.hpp"

#include "actors/error.hpp"
#include "actors/flow/files.hpp"
#include "actors/flow/live.hpp"
#include "actors/flow/report.hpp"
#include "actors/flow/runner.hpp"
#include "actors/net/web_server.hpp"
#include "kernels/base/json.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <ctime>
#include <fstream>
#include <future>
#include <memory>
#include <mutex>
#include <thread>

#ifndef AURA_VERSION
#define AURA_VERSION "0"
#endif

namespace aura {

namespace {

using json = nlohmann::ordered_json;

std::string utc(const char* format) {
  const auto now = std::time(nullptr);
  auto parts = std::tm{};
  gmtime_r(&now, &parts);
  auto buffer = std::array<char, 40>{};
  std::strftime(buffer.data(), buffer.size(), format, &parts);
  return buffer.data();
}

/// The most memory this process ever held, in megabytes.
double peak_memory() {
  auto usage = rusage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

/// The memory that this process holds, in megabytes.
double memory() {
  auto stream = std::ifstream{"/proc/self/statm"};
  auto all = std::size_t{0};
  auto resident = std::size_t{0};
  stream >> all >> resident;
  return static_cast<double>(resident)
         * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1048576;
}

/// Between stages and whoever watches them. Safe from any thread.
class exchange {
public:
  void connect(flow::runner_actor runner) {
    const auto guard = std::lock_guard{mutex_};
    runner_ = std::move(runner);
    if (runner_ && halted_)
      caf::anon_send(runner_, atom::halt_v);
  }

  void disconnect() {
    connect({});
  }

  void tell(flow::note x) {
    const auto guard = std::lock_guard{mutex_};
    if (runner_)
      caf::anon_send(runner_, std::move(x));
  }

  /// Also before there is a runner.
  void halt() {
    const auto guard = std::lock_guard{mutex_};
    halted_ = true;
    if (runner_)
      caf::anon_send(runner_, atom::halt_v);
  }

  void publish(const std::string& section, const std::string& text) {
    const auto guard = std::lock_guard{mutex_};
    sections_[section] = text;
  }

  std::map<std::string, std::string> sections() const {
    const auto guard = std::lock_guard{mutex_};
    return sections_;
  }

private:
  mutable std::mutex mutex_;
  flow::runner_actor runner_;
  bool halted_ = false;
  std::map<std::string, std::string> sections_;
};

/// Appends JSON lines; a log that cannot be written stops nothing.
class json_log {
public:
  json_log() = default;

  explicit json_log(const std::filesystem::path& file)
    : stream_{file, std::ios::app} {
  }

  void write(json x) {
    if (!stream_.is_open())
      return;
    x["time"] = utc("%Y-%m-%dT%H:%M:%SZ");
    stream_ << x.dump(-1, ' ', false, json::error_handler_t::replace) << '\n';
    stream_.flush();
  }

private:
  std::ofstream stream_;
};

class system_config : public caf::actor_system_config {
public:
  system_config() {
    // Steps run on threads of their own; these only pass messages.
    // Thieves never sleep for long, and burn what the work itself needs.
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", 2);
    set("scheduler.max-throughput", 50);
  }
};

flow::environment environment_of(const run_plan& plan,
                                 const std::shared_ptr<exchange>& hub,
                                 const std::string& stage) {
  auto at = flow::environment{};
  at.seed = plan.pipeline.run.seed;
  at.now = plan.pipeline.run.now;
  at.batch_rows = plan.pipeline.run.batch;
  at.stage = stage;
  at.run_hash = plan.identity.hash;
  at.faults = plan.pipeline.run.faults;
  at.tell = [hub](flow::note x) { hub->tell(std::move(x)); };
  at.publish = [hub](const std::string& section, const std::string& text) {
    hub->publish(section, text);
  };
  return at;
}

flow::run_setting setting_of(const run_plan& plan) {
  auto setting = flow::run_setting{};
  setting.batch_rows = plan.pipeline.run.batch;
  setting.window
    = {plan.pipeline.run.window_rows, plan.pipeline.run.window_bytes};
  setting.patience = std::chrono::seconds{plan.pipeline.run.patience};
  return setting;
}

/// The actors of a run.
struct company {
  system_config config;
  caf::actor_system system{config};
};

/// Waits until all actors are gone, but no longer than `grace`. False if they
/// are not: then a step does not come back, and they are left alone for ever.
bool dismiss(std::unique_ptr<company> actors, std::chrono::milliseconds grace) {
  auto gone = std::promise<void>{};
  const auto done = gone.get_future();
  // Only waits: a system has to end on the thread on which it began.
  auto waiting
    = std::thread{[gone = std::move(gone), x = actors.get()]() mutable {
        x->system.await_all_actors_done();
        gone.set_value();
      }};
  if (done.wait_for(grace) == std::future_status::ready) {
    waiting.join();
    return true;
  }
  waiting.detach();
  (void)actors.release();
  return false;
}

struct played {
  flow::outcome outcome;
  bool stuck = false;
};

/// Runs stages to their end.
played play(std::vector<flow::stage_spec> stages,
            const flow::run_setting& setting, exchange& hub,
            std::chrono::milliseconds grace) {
  auto actors = std::make_unique<company>();
  auto result = played{};
  auto& outcome = result.outcome;
  {
    auto self = caf::scoped_actor{actors->system};
    auto runner
      = flow::spawn_runner(actors->system, std::move(stages), setting);
    hub.connect(runner);
    self->request(runner, caf::infinite, atom::start_v)
      .receive([&](const flow::outcome& x) { outcome = x; },
               [&](const caf::error& e) { outcome.failure = from_caf(e); });
    hub.disconnect();
  }
  // A run that went well has nothing left to wait for but its last step.
  if (outcome.failure)
    result.stuck = !dismiss(std::move(actors), grace);
  return result;
}

/// Shows `live` to browsers and to Prometheus.
expected<net::web_server> start_web(std::uint16_t port,
                                    const flow::live_state& live) {
  return net::web_server::start(
    port, [&live](const std::string& path) -> expected<net::web_page> {
      if (path == "/")
        return net::web_page{"text/html; charset=utf-8", live.page()};
      if (path == "/body")
        return net::web_page{"text/html; charset=utf-8", live.body()};
      if (path == "/state.json")
        return net::web_page{"application/json", live.json()};
      if (path == "/metrics")
        return net::web_page{"text/plain; version=0.0.4; charset=utf-8",
                             live.prometheus()};
      return fault{errc::missing_file,
                   "no page '" + path
                     + "'; there are /, /state.json and /metrics"};
    });
}

fault verdict(const flow::outcome& result) {
  if (result.failure)
    return {result.failure->code, (result.failed_stage.empty()
                                     ? ""
                                     : "stage '" + result.failed_stage + "': ")
                                    + result.failure->message};
  if (auto settled = flow::check_accounts(result.stages, !result.cancelled);
      !settled)
    return settled.error();
  for (const auto& [why, rows] : flow::settle(result.stages).rejected)
    if (is_fatal(why))
      return {why, std::to_string(rows) + " rows: " + to_string(why)};
  if (result.cancelled)
    return {errc::cancelled, "interrupted; run the same command to go on"};
  return {};
}

} // namespace

session_result run_session(const run_plan& plan, const session_options& options,
                           const std::function<void(interrupter)>& on_started) {
  const auto begun = std::chrono::steady_clock::now();
  auto folder
    = flow::run_directory::open(options.base, plan.identity, options.directory,
                                utc("%Y%m%d-%H%M%S"), options.fresh);
  if (!folder)
    return {folder.error(), {}};
  const auto directory = folder->path();
  auto events = json_log{directory / "events.jsonl"};
  auto metrics = json_log{directory / "metrics.jsonl"};
  auto hub = std::make_shared<exchange>();
  auto setting = setting_of(plan);

  auto earlier = flow::list_runs(options.base / plan.identity.name);
  std::erase(earlier, directory);
  auto names = std::vector<std::string>{};
  auto specs = std::vector<flow::stage_spec>{};
  auto gate = std::string{};
  // Only what a gate has behind it is surplus once the gate is full.
  auto before_gate = std::any_of(plan.stages.begin(), plan.stages.end(),
                                 [](const auto& x) { return x.target > 0; });
  for (const auto& stage : plan.stages) {
    auto at = environment_of(plan, hub, stage.name);
    at.directory = directory;
    at.stop = setting.stop.get_token();
    if (before_gate)
      at.enough = setting.enough.get_token();
    before_gate = before_gate && stage.target == 0;
    at.fresh = options.fresh;
    at.earlier = earlier;
    auto spec = stage.make(at);
    if (!spec)
      return {spec.error(), directory};
    if (spec->target > 0)
      gate = spec->name;
    names.push_back(stage.name);
    specs.push_back(std::move(*spec));
  }

  auto live = flow::live_state{plan.pipeline.run.pipeline, plan.identity.hash};
  live.follow([hub] { return hub->sections(); });
  auto web = std::optional<net::web_server>{};
  if (options.web) {
    auto started = start_web(*options.web, live);
    if (!started)
      return {started.error(), directory};
    web.emplace(std::move(*started));
    options.on_web("http://localhost:" + std::to_string(web->port()) + "/");
  }
  auto screen = flow::console{options.display, options.out, names};
  // Steps may outlive this function.
  const auto datagen_peak = std::make_shared<std::atomic<double>>(0.0);
  setting.observer.on_progress = [&](const std::vector<flow::tally>& stages) {
    live.update(
      stages,
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begun)
        .count(),
      memory());
    screen.progress(stages, live.totals());
    for (const auto& x : stages)
      if (x.batches > 0 && !x.finished)
        metrics.write({{"stage", x.stage},
                       {"in", x.in + x.made},
                       {"out", x.out},
                       {"held", x.held},
                       {"owed_rows", x.owed_rows},
                       {"owed_bytes", x.owed_bytes},
                       {"granted_rows", x.granted_rows},
                       {"granted_bytes", x.granted_bytes},
                       {"parked_rows", x.parked_rows},
                       {"peak_rows", x.peak_rows},
                       {"peak_bytes", x.peak_bytes},
                       {"rejected", x.rejected_here},
                       {"rss_peak_mb", peak_memory()}});
  };
  setting.observer.on_note = [&](const flow::note& x) {
    live.tell(x);
    screen.tell(x);
    events.write({{"event", "note"}, {"stage", x.stage}, {"text", x.text}});
  };
  setting.observer.on_finished = [&](const flow::tally& x) {
    screen.finished(x);
    events.write({{"event", "finished"},
                  {"stage", x.stage},
                  {"rows", x.out},
                  {"seconds", x.active}});
  };
  // The stage that decides what counts tells when the data is there.
  for (auto& spec : specs)
    if (spec.name == gate && spec.make)
      spec.make = [make = spec.make, datagen_peak]() -> expected<flow::step> {
        auto inner = make();
        if (!inner)
          return inner;
        return flow::step{
          [work = std::move(*inner), datagen_peak](batch& x) -> status {
            auto done = work(x);
            *datagen_peak = peak_memory();
            return done;
          }};
      };

  events.write({{"event", folder->resumed() ? "resumed" : "started"},
                {"hash", plan.identity.hash}});
  on_started([hub] { hub->halt(); });
  const auto [result, stuck]
    = play(std::move(specs), setting, *hub, options.grace);
  screen.close();

  auto failure = verdict(result);
  live.end(failure.message);
  auto input = flow::report_input{};
  input.name = plan.pipeline.run.pipeline;
  input.hash = plan.identity.hash;
  input.seed = plan.pipeline.run.seed;
  input.complete = failure.code == errc::none;
  input.failure = failure.message;
  input.stages = result.stages;
  input.sections = hub->sections();
  input.versions = {{"aura", AURA_VERSION},
                    {"caf", std::to_string(CAF_MAJOR_VERSION) + "."
                              + std::to_string(CAF_MINOR_VERSION) + "."
                              + std::to_string(CAF_PATCH_VERSION)},
                    {"compiler", __VERSION__}};
  input.wall_seconds
    = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun)
        .count();
  input.datagen_peak_mb = *datagen_peak;
  const auto report = flow::report_json(input);
  events.write({{"event", "ended"},
                {"complete", input.complete},
                {"reason", failure.message}});
  auto page = flow::report_html(report);
  auto written = page ? flow::write_file(directory / "report.html", *page)
                      : status{page.error()};
  if (written)
    written = flow::write_file(directory / "report.json", report);
  if (!written && failure.code == errc::none)
    failure = written.error();
  return {failure, directory, stuck};
}

session_result preview_session(const run_plan& plan, std::uint64_t rows,
                               std::FILE* out) {
  auto hub = std::make_shared<exchange>();
  auto setting = setting_of(plan);
  auto specs = std::vector<flow::stage_spec>{};
  for (const auto& stage : plan.stages) {
    auto at = environment_of(plan, hub, stage.name);
    at.stop = setting.stop.get_token();
    auto spec = stage.make(at);
    if (!spec)
      return {spec.error(), {}};
    if (spec->shape == flow::shape::collect)
      break;
    specs.push_back(std::move(*spec));
  }
  auto at = flow::environment{};
  at.stage = "preview";
  auto shown = flow::collect_stage(at, [out](batch& x) -> status {
    for (const auto& row : x.samples) {
      std::fprintf(
        out, "%llu. %s\n   %s\n", static_cast<unsigned long long>(row.id),
        row.question.empty() ? "(no question)" : row.question.c_str(),
        row.query.c_str());
      if (row.rejected == errc::none)
        std::fprintf(out, "   accepted\n\n");
      else
        std::fprintf(out, "   rejected by %s: %s (%s)\n\n",
                     row.rejected_by.c_str(), row.reason.c_str(),
                     to_string(row.rejected));
    }
    return ok;
  });
  shown.target = rows;
  specs.push_back(std::move(shown));
  const auto [result, stuck]
    = play(std::move(specs), setting, *hub, session_options{}.grace);
  return {verdict(result), {}, stuck};
}

} // namespace aura
