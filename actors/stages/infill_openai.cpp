#include "actors/stages/infill_openai.hpp"

#include "actors/cluster/hub.hpp"
#include "actors/error.hpp"
#include "actors/flow/worker.hpp"
#include "actors/net/batch_model.hpp"
#include "actors/net/fault_plan_file.hpp"
#include "actors/net/faulty_transport.hpp"
#include "actors/stages/domain.hpp"
#include "kernels/base/json.hpp"
#include "kernels/dsl/parser.hpp"
#include "kernels/dsl/printer.hpp"
#include "kernels/infill/prompt.hpp"
#include "kernels/infill/reply.hpp"

#include <caf/actor_system.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <algorithm>

namespace aura::stages {

namespace {

using infill::register_kind;

/// What a run has asked for so far.
struct ledger {
  std::uint64_t questions = 0;
  std::uint64_t from_journal = 0;
  std::uint64_t repairs = 0;
  std::uint64_t prompt_tokens = 0;
  std::uint64_t completion_tokens = 0;
  bool estimated = false;
  double cost = 0.0;

  void add(const net::answer& x) {
    ++questions;
    from_journal += x.from_journal ? 1 : 0;
    prompt_tokens += x.usage.prompt_tokens;
    completion_tokens += x.usage.completion_tokens;
    estimated = estimated || x.usage.estimated;
    cost += x.usage.cost.value_or(0.0);
  }

  std::string to_json() const {
    return nlohmann::json{{"questions", questions},
                          {"from_journal", from_journal},
                          {"repairs", repairs},
                          {"prompt_tokens", prompt_tokens},
                          {"completion_tokens", completion_tokens},
                          {"tokens_estimated", estimated},
                          {"cost_dollars", cost}}
      .dump();
  }

  std::string to_text() const {
    return std::to_string(questions) + " questions, "
           + std::to_string(from_journal) + " from the journal, "
           + std::to_string(prompt_tokens + completion_tokens) + " tokens";
  }
};

/// A batch whose rows are being asked for.
struct order {
  batch content;
  std::size_t missing = 0;
  bool failed = false;
  caf::typed_response_promise<batch> done;
};

/// One row of an order, and what is asked for it.
struct errand {
  std::shared_ptr<order> of;
  std::size_t row = 0;
  dsl::query skeleton;
  net::chat_request chat;
  bool repaired = false;

  sample& target() const {
    return of->content.samples[row];
  }
};

using errand_pointer = std::shared_ptr<errand>;

net::chat_request to_chat(infill::chat x) {
  auto result = net::chat_request{};
  for (auto& message : x.messages)
    result.messages.push_back(
      {std::move(message.role), std::move(message.content)});
  result.schema = std::move(x.reply_schema);
  result.schema_name = "question";
  return result;
}

/// What workers did, for the report.
std::string to_json(const cluster::hub_counts& x) {
  return nlohmann::json{{"joined", x.joined},     {"lost", x.lost},
                        {"refused", x.refused},   {"answered", x.answered},
                        {"repeated", x.repeated}, {"late", x.late},
                        {"broken", x.broken}}
    .dump();
}

class asker_state {
public:
  static constexpr const char* name = "infill-openai";

  void begin(worker_actor::pointer self, net::language_model_actor model,
             std::shared_ptr<cluster::hub> workers,
             std::vector<register_kind> styles, flow::environment at) {
    self_ = self;
    model_ = std::move(model);
    workers_ = std::move(workers);
    styles_ = std::move(styles);
    at_ = std::move(at);
  }

  caf::result<batch> take(batch& input) {
    auto x = std::make_shared<order>();
    x->content = std::move(input);
    auto errands = std::vector<errand_pointer>{};
    for (std::size_t i = 0; i < x->content.samples.size(); ++i)
      if (x->content.samples[i].rejected == errc::none)
        if (auto y = prepare(x, i))
          errands.push_back(std::move(y));
    if (errands.empty())
      return std::move(x->content);
    x->missing = errands.size();
    x->done = self_->make_response_promise<batch>();
    for (const auto& y : errands)
      ask(y);
    return x->done;
  }

private:
  errand_pointer prepare(const std::shared_ptr<order>& of, std::size_t i) {
    auto& row = of->content.samples[i];
    auto random = random_stream{at_.seed, at_.stage, row.id};
    const auto style = random.pick(styles_);
    row.style = infill::to_string(style);
    auto parsed = dsl::parse(row.query);
    if (!parsed.query) {
      row.reject(errc::syntax_error, "the query does not parse");
      return nullptr;
    }
    auto chat
      = infill::prompt(*parsed.query, *of->content.context->schema, style);
    return std::make_shared<errand>(
      errand{of, i, *std::move(parsed.query), to_chat(std::move(chat)), false});
  }

  void ask(const errand_pointer& x) {
    self_->request(model_, caf::infinite, net::question{x->chat})
      .then([this, x](net::answer& y) { receive(x, y); },
            [x](const caf::error& reason) {
              if (!std::exchange(x->of->failed, true))
                x->of->done.deliver(reason);
            });
  }

  void receive(const errand_pointer& x, net::answer& y) {
    // Its row comes after all that are wanted, and goes no further than these.
    if (!y.text && y.text.error().code == errc::cancelled)
      return finish(*x->of);
    spent_.add(y);
    auto& row = x->target();
    if (!y.text) {
      row.reject(y.text.error().code, y.text.error().message);
      return finish(*x->of);
    }
    auto judged = infill::reply(*y.text, x->skeleton,
                                *x->of->content.context->schema, at_.now);
    if (judged) {
      row.question = std::move(judged->question);
      row.query = dsl::print(judged->query);
      return finish(*x->of);
    }
    const auto& why = judged.error();
    if (x->repaired || why.code == errc::refusal) {
      row.reject(why.code, why.message);
      return finish(*x->of);
    }
    x->repaired = true;
    ++spent_.repairs;
    x->chat
      = net::repaired(std::move(x->chat), *std::move(y.text), why.message);
    ask(x);
  }

  void finish(order& x) {
    if (--x.missing > 0 || x.failed)
      return;
    at_.tell({at_.stage, spent_.to_text(), spent_.questions, 0});
    at_.publish("language_model", spent_.to_json());
    if (workers_)
      at_.publish("workers", to_json(workers_->counts()));
    x.done.deliver(std::move(x.content));
  }

  worker_actor::pointer self_ = nullptr;
  net::language_model_actor model_;
  std::shared_ptr<cluster::hub> workers_;
  std::vector<register_kind> styles_;
  flow::environment at_;
  ledger spent_;
};

worker_actor::behavior_type
asker(worker_actor::stateful_pointer<asker_state> self,
      const net::language_model_actor& model,
      const std::shared_ptr<cluster::hub>& workers,
      const std::vector<register_kind>& styles, const flow::environment& at) {
  self->state.begin(self, model, workers, styles, at);
  // The model serves this worker alone.
  self->attach_functor(
    [model] { caf::anon_send_exit(model, caf::exit_reason::user_shutdown); });
  return {
    [self](batch& x) { return self->state.take(x); },
  };
}

class openai_spawner : public flow::worker_spawner {
public:
  openai_spawner(net::language_model_setting setting,
                 std::shared_ptr<cluster::hub> workers,
                 std::vector<register_kind> styles, bool in_batches,
                 flow::environment at)
    : setting_{std::move(setting)}, workers_{std::move(workers)},
      styles_{std::move(styles)}, in_batches_{in_batches}, at_{std::move(at)} {
  }

  worker_actor spawn(caf::actor_system& sys) override {
    // Both ways keep their answers under the same keys.
    const auto batches = in_batches_ && !setting_.options.replay;
    auto model = batches ? net::spawn_batch_model(sys, setting_)
                         : net::spawn_language_model(sys, setting_);
    return sys.spawn(asker, std::move(model), workers_, styles_, at_);
  }

  /// Twice what the server takes at once, so that it never waits for rows; or
  /// what fills a file.
  std::size_t in_flight() const override {
    const auto rows = std::max<std::size_t>(at_.batch_rows, 1);
    if (in_batches_)
      return (setting_.options.batch_rows + rows - 1) / rows;
    return 2 + 2 * setting_.options.in_flight / rows;
  }

private:
  net::language_model_setting setting_;
  std::shared_ptr<cluster::hub> workers_;
  std::vector<register_kind> styles_;
  bool in_batches_;
  flow::environment at_;
};

std::vector<register_kind> read_styles(const std::vector<std::string>& names) {
  auto result = std::vector<register_kind>{};
  for (auto x : infill::registers)
    if (std::find(names.begin(), names.end(), infill::to_string(x))
        != names.end())
      result.push_back(x);
  return result;
}

/// The newest journal there is: that of this run, or of an earlier one.
expected<std::filesystem::path> find_replay(const std::string& name,
                                            const flow::environment& at) {
  auto folders = at.earlier;
  if (!at.directory.empty())
    folders.insert(folders.begin(), at.directory);
  auto problem = std::error_code{};
  for (const auto& folder : folders)
    if (std::filesystem::exists(folder / name, problem)) {
      at.tell({at.stage, "replaying " + (folder / name).string(), 0, 0});
      return folder / name;
    }
  return fault{errc::missing_file,
               "nothing to replay: no run of this pipeline left a journal '"
                 + name + "'; name one with " + at.stage + ".journal=FILE"};
}

/// Where the answers are kept. A run that begins afresh puts what was there
/// aside; a file that the user named is shared on purpose and stays.
expected<std::filesystem::path>
find_journal(const net::language_model_options& options,
             const flow::environment& at) {
  if (!options.journal.empty())
    return std::filesystem::path{options.journal};
  const auto name = at.stage + ".journal";
  if (options.replay)
    return find_replay(name, at);
  if (at.directory.empty())
    return std::filesystem::path{};
  auto result = at.directory / name;
  auto problem = std::error_code{};
  if (at.fresh && std::filesystem::exists(result, problem)) {
    std::filesystem::rename(result, result.string() + ".old", problem);
    if (problem)
      return fault{errc::io_error, "cannot put '" + result.string()
                                     + "' aside: " + problem.message()};
  }
  return result;
}

/// Listens for workers and puts them between the engine and its own client.
expected<std::shared_ptr<cluster::hub>>
start_hub(const net::language_model_options& options,
          const cluster::listen_options& remote,
          const net::language_model_setting& setting,
          const flow::environment& at) {
  auto how = cluster::read_listen_options(remote);
  if (!how)
    return how.error();
  how->work = {options.base_url, options.api_key_env,
               options.first_byte_timeout, options.request_timeout};
  if (remote.local) {
    how->local = setting.send;
    how->local_slots = options.in_flight;
  }
  how->patience = std::chrono::milliseconds{
    static_cast<std::int64_t>(1000 * options.request_timeout) + 10'000};
  how->tell = setting.tell;
  auto made = cluster::hub::start(*std::move(how));
  if (!made)
    return made.error();
  auto result = std::make_shared<cluster::hub>(*std::move(made));
  at.tell({at.stage,
           "workers may register at port " + std::to_string(result->port()), 0,
           0});
  return result;
}

} // namespace

status check_openai(const net::language_model_options& options) {
  return net::check(options, net::process_environment());
}

expected<flow::stage_spec>
make_openai_infill(const net::language_model_options& options,
                   const cluster::listen_options& remote,
                   std::vector<std::string> styles, bool in_batches,
                   const flow::environment& at) {
  const auto journal = find_journal(options, at);
  if (!journal)
    return journal.error();
  // A journal does not tell how its answers were bought.
  in_batches = in_batches && !options.replay;
  auto setting
    = net::prepare_language_model(options, *journal, at.seed, in_batches);
  if (!setting)
    return setting.error();
  setting->enough = at.enough;
  setting->tell = [at](const std::string& text) {
    at.tell({at.stage, text, 0, 0});
  };
  auto workers = std::shared_ptr<cluster::hub>{};
  if (!remote.listen.empty()) {
    auto started = start_hub(options, remote, *setting, at);
    if (!started)
      return started.error();
    workers = *std::move(started);
    setting->send = [workers](net::http_request request,
                              std::function<void(net::exchange)> done) {
      workers->send(std::move(request), std::move(done));
    };
  }
  if (!at.faults.empty()) {
    // What a fault plan makes up must not pass for bought in other runs.
    if (!options.journal.empty())
      return fault{errc::invalid_option,
                   "a run with a fault plan keeps a journal of its own; leave "
                   "'journal' empty"};
    auto plan = net::load_fault_plan(at.faults);
    if (!plan)
      return plan.error();
    const auto patience = net::milliseconds{
      static_cast<std::int64_t>(options.first_byte_timeout * 1e3)};
    setting->send = net::make_faulty_transport(std::move(setting->send),
                                               *std::move(plan), patience);
  }
  auto registers = read_styles(styles);
  if (registers.empty())
    return fault{errc::invalid_option, "'styles' names no style"};
  auto spec = flow::stage_spec{};
  spec.name = at.stage;
  spec.spawner
    = std::make_shared<openai_spawner>(*std::move(setting), std::move(workers),
                                       std::move(registers), in_batches, at);
  return spec;
}

} // namespace aura::stages
