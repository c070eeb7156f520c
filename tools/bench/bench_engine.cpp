// Measures the whole engine against a language model: a source of rows, the
// stage that asks, the journal, and a sink that waits for all. Prints one line
// of JSON. Driven by tools/bench/llm_clients/run.

#include "actors/flow/heaps.hpp"
#include "actors/flow/runner.hpp"
#include "actors/flow/worker.hpp"
#include "actors/net/language_model.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>

namespace {

using namespace aura;

struct arguments {
  net::language_model_options model;
  std::uint64_t rows = 0;
  std::filesystem::path journal;
};

/// As long as a prompt with a few tables is.
std::string prompt_of(std::uint64_t row) {
  auto text = "Row " + std::to_string(row) + ". Put the query into a question.";
  while (text.size() < 1500)
    text += " The table device has the columns id, name, room and power.";
  text.resize(1500);
  return text;
}

struct order {
  batch content;
  std::size_t missing = 0;
  caf::typed_response_promise<batch> done;
};

struct asker_state {
  static constexpr const char* name = "asker";
};

worker_actor::behavior_type
asker(worker_actor::stateful_pointer<asker_state> self,
      const net::language_model_actor& model) {
  self->attach_functor(
    [model] { caf::anon_send_exit(model, caf::exit_reason::user_shutdown); });
  return {
    [self, model](batch& input) -> caf::result<batch> {
      auto x = std::make_shared<order>();
      x->content = std::move(input);
      x->missing = x->content.samples.size();
      if (x->missing == 0)
        return std::move(x->content);
      x->done = self->make_response_promise<batch>();
      for (std::size_t i = 0; i < x->content.samples.size(); ++i) {
        auto chat = net::chat_request{};
        chat.messages = {{"user", prompt_of(x->content.samples[i].id)}};
        self->request(model, caf::infinite, net::question{std::move(chat)})
          .then(
            [x, i](net::answer& y) {
              auto& row = x->content.samples[i];
              if (y.text)
                row.question = std::move(*y.text);
              else
                row.reject(y.text.error().code, y.text.error().message);
              if (--x->missing == 0)
                x->done.deliver(std::move(x->content));
            },
            [x](const caf::error& reason) { x->done.deliver(reason); });
      }
      return x->done;
    },
  };
}

struct spawner : flow::worker_spawner {
  explicit spawner(net::language_model_setting x) : setting{std::move(x)} {
  }

  worker_actor spawn(caf::actor_system& sys) override {
    return sys.spawn(asker, net::spawn_language_model(sys, setting));
  }

  std::size_t in_flight() const override {
    return 2 + 2 * setting.options.in_flight / 64;
  }

  net::language_model_setting setting;
};

double seconds(const timeval& x) {
  return static_cast<double>(x.tv_sec) + static_cast<double>(x.tv_usec) / 1e6;
}

int run(const arguments& given) {
  const auto begun = std::chrono::steady_clock::now();
  auto setting = net::prepare_language_model(given.model, given.journal, 1);
  if (!setting) {
    std::cerr << setting.error().message << '\n';
    return 2;
  }
  auto at = flow::environment{};
  at.stage = "source";
  auto source = flow::source_stage(at, 1, [rows = given.rows] {
    return expected<flow::step>{[rows](batch& x) -> status {
      const auto first = x.sequence * 64;
      for (auto id = first; id < std::min(first + 64, rows); ++id) {
        x.samples.emplace_back();
        x.samples.back().id = id;
      }
      return ok;
    }};
  });
  auto asking = flow::stage_spec{};
  asking.name = "infill";
  asking.spawner = std::make_shared<spawner>(*std::move(setting));
  const auto ahead = 64 * asking.spawner->in_flight();
  at.stage = "sink";
  auto good = std::uint64_t{0};
  auto sink = flow::map_stage(at, 1, [&good] {
    return expected<flow::step>{
      flow::for_each_row([&good](sample&, const batch&) { ++good; })};
  });
  auto config = caf::actor_system_config{};
  config.set("scheduler.policy", caf::atom("sharing"));
  config.set("scheduler.max-threads", 2);
  config.set("scheduler.max-throughput", 50);
  auto sys = caf::actor_system{config};
  auto self = caf::scoped_actor{sys};
  auto how = flow::run_setting{};
  // As before a stage that buys: what keeps it busy is on its way, and no more.
  how.window = {ahead, std::size_t{64} << 20};
  auto runner = flow::spawn_runner(
    sys, {std::move(source), std::move(asking), std::move(sink)}, how);
  auto failure = std::string{};
  self->request(runner, caf::infinite, atom::start_v)
    .receive(
      [&](const flow::outcome& x) {
        failure = x.failure ? x.failure->message : "";
      },
      [&](const caf::error&) { failure = "the runner died"; });
  const auto wall
    = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun)
        .count();
  auto usage = rusage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf("{\"rows\": %llu, \"good\": %llu, \"seconds\": %.4f, "
              "\"cpu_seconds\": %.4f, \"rss_mb\": %.1f, \"failure\": \"%s\"}\n",
              static_cast<unsigned long long>(given.rows),
              static_cast<unsigned long long>(good), wall,
              seconds(usage.ru_utime) + seconds(usage.ru_stime),
              static_cast<double>(usage.ru_maxrss) / 1024, failure.c_str());
  return failure.empty() && good == given.rows ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
  flow::limit_heaps();
  if (argc != 6) {
    std::cerr << "bench_engine BASE-URL CA-FILE ROWS IN-FLIGHT JOURNAL\n";
    return 2;
  }
  auto given = arguments{};
  given.model.base_url = argv[1];
  given.model.ca_file = argv[2];
  given.model.model = "mock";
  given.model.api_key_env = "";
  given.rows = std::strtoull(argv[3], nullptr, 10);
  given.model.in_flight = std::strtoull(argv[4], nullptr, 10);
  given.journal = argv[5];
  return run(given);
}
