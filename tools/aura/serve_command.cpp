#include "tools/aura/serve_command.hpp"

#include "tools/aura/input.hpp"
#include "tools/aura/serve/service.hpp"

#include <CLI/CLI.hpp>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>

namespace aura::tools {

namespace {

struct serve_options {
  std::string schema;
  std::string database;
  std::string model;
  std::string name;
  std::string now;
  std::string key_env = "AURA_SERVE_KEY";
  model::load_options loading;
  net::answer_server_options server;
  std::size_t max_tokens = 512;
  std::size_t seconds = 120;
};

/// `runs/full/latest/model` is called `model`, `phi-4/` `phi-4`.
std::string name_of(const std::string& place) {
  auto path = std::filesystem::path{place};
  if (path.filename().empty())
    path = path.parent_path();
  return path.extension() == ".gguf" ? path.stem().string()
                                     : path.filename().string();
}

exit_code run_serve(serve_options x) {
  auto s = read_schema(x.schema, x.database);
  if (!s)
    return complain(s.error());
  auto database = sql::connection::open(x.database);
  if (!database)
    return complain(database.error());
  auto retriever = retrieval::schema_retriever::build(*s);
  if (!retriever)
    return complain(retriever.error());
  auto model = model::translator::load(x.model, x.loading);
  if (!model)
    return complain(model.error());
  if (const auto* key = std::getenv(x.key_env.c_str()))
    x.server.key = key;
  x.server.work = std::chrono::seconds{x.seconds};
  auto answers = service{{x.name.empty() ? name_of(x.model) : x.name,
                          std::move(*model), *s, std::move(*retriever),
                          std::move(*database), x.now, x.max_tokens}};
  // Threads leave signals to this one.
  auto signals = sigset_t{};
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  auto server = net::answer_server::start(
    x.server,
    [&](const net::http_question& asked) { return answers.page(asked); },
    [&](const net::http_question& asked, net::http_answer& to) {
      answers.answer(asked, to);
    });
  if (!server)
    return complain(server.error());
  const auto host = x.server.address == "127.0.0.1" ? std::string{"localhost"}
                                                    : x.server.address;
  std::printf("serving at http://%s:%u/\n", host.c_str(),
              static_cast<unsigned>(server->port()));
  std::fflush(stdout);
  auto number = 0;
  sigwait(&signals, &number);
  std::printf("stopping\n");
  std::fflush(stdout);
  return exit_code::success;
}

} // namespace

CLI::App* add_serve(CLI::App& app, action& chosen) {
  auto x = std::make_shared<serve_options>();
  auto* command = app.add_subcommand(
    "serve", "answer questions over HTTP: a page, /v1/translate, and OpenAI's "
             "/v1/chat/completions");
  command->add_option("-s,--schema", x->schema,
                      "schema file (default: imported from the database)");
  command->add_option("-d,--database", x->database, "SQLite database")
    ->required();
  command
    ->add_option("-m,--model", x->model,
                 "model folder, such as runs/full/latest/model, or GGUF file")
    ->required();
  command->add_option("--adapter", x->loading.adapter,
                      "PEFT folder that goes with a pretrained model");
  command->add_option("--base", x->loading.base,
                      "the pretrained model of a PEFT folder, if not the one "
                      "that it names");
  command->add_option("--name", x->name,
                      "what clients call the model (default: its folder)");
  command->add_option("--port", x->server.port, "port; 0: any free one")
    ->default_val(8080);
  command
    ->add_option("--address", x->server.address,
                 "address to listen on; others than this machine's need "
                 "a key")
    ->default_val("127.0.0.1");
  command
    ->add_option("--key-env", x->key_env,
                 "environment variable with the key that clients send")
    ->default_val("AURA_SERVE_KEY");
  command
    ->add_option("--queue", x->server.queue,
                 "questions that may wait; more get status 429")
    ->default_val(16);
  command->add_option("--timeout", x->seconds, "seconds for an answer")
    ->default_val(120);
  command->add_option("--max-tokens", x->max_tokens, "longest answer")
    ->default_val(512);
  command
    ->add_option("--positions", x->loading.positions,
                 "longest text of a pretrained model, in tokens")
    ->default_val(4096);
  command
    ->add_option("--threads", x->loading.threads,
                 "threads of a pretrained model")
    ->default_val(2);
  command->add_option("--now", x->now,
                      "the moment of NOW() (default: that of the question, "
                      "UTC)");
  command->final_callback(
    [x, &chosen] { chosen = [x] { return run_serve(*x); }; });
  return command;
}

} // namespace aura::tools
