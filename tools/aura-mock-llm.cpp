// A language model for trying things out: a real HTTPS server on this machine
// that answers prompts for questions with the offline verbaliser, and goes
// wrong on purpose.

#include "actors/net/fault_plan_file.hpp"
#include "actors/net/mock_answer.hpp"
#include "actors/net/mock_llm.hpp"
#include "kernels/base/exit_code.hpp"
#include "kernels/schema/load.hpp"

#include <CLI/CLI.hpp>

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>

namespace aura {
namespace {

struct arguments {
  std::uint16_t port = 0;
  std::vector<std::string> schemas;
  std::string folder;
  std::string faults;
  std::uint64_t seed = 1;
  std::string key_env;
  std::uint32_t latency = 0;
  std::size_t batch_polls = 1;
  std::size_t canned = 0;
  bool wrong_host = false;
  bool expired = false;
  bool plain = false;
};

int fail(const fault& reason) {
  std::cerr << "aura-mock-llm: " << reason.message << '\n';
  return static_cast<int>(to_exit_code(reason.code));
}

expected<net::mock_llm_options> read(const arguments& x) {
  auto result = net::mock_llm_options{};
  result.port = x.port;
  auto faults = net::load_fault_plan(x.faults, x.seed);
  if (!faults)
    return faults.error();
  result.faults = *std::move(faults);
  if (x.latency > 0)
    result.faults.latency = net::milliseconds{x.latency};
  result.batch_polls = x.batch_polls;
  using net::certificate;
  const auto wrong_host
    = x.wrong_host || result.faults.certificate == certificate::wrong_host;
  const auto expired
    = x.expired || result.faults.certificate == certificate::expired;
  if (!x.key_env.empty()) {
    const auto* key = std::getenv(x.key_env.c_str());
    if (!key || !*key)
      return fault{errc::invalid_option,
                   "the environment variable " + x.key_env + " is empty"};
    result.key = key;
  }
  auto schemas = std::vector<std::shared_ptr<const schema::schema>>{};
  for (const auto& file : x.schemas) {
    auto loaded = schema::load(file);
    if (!loaded)
      return loaded.error();
    schemas.push_back(
      std::make_shared<const schema::schema>(*std::move(loaded)));
  }
  result.canned = x.canned;
  result.answer = net::make_mock_answer(std::move(schemas));
  if (x.plain)
    return result;
  auto identity = net::issue_identity(
    wrong_host ? std::vector<std::string>{"elsewhere.example"}
               : std::vector<std::string>{"localhost", "127.0.0.1"},
    expired ? -1 : 30);
  if (!identity)
    return identity.error();
  result.identity = *std::move(identity);
  return result;
}

/// Blocks the signals that end the program, for `wait_for_end` to take. Before
/// any thread starts, so that all of them do.
sigset_t block_signals() {
  auto result = sigset_t{};
  sigemptyset(&result);
  sigaddset(&result, SIGINT);
  sigaddset(&result, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &result, nullptr);
  return result;
}

expected<std::filesystem::path> write_authority(const std::string& folder,
                                                const std::string& pem) {
  auto problem = std::error_code{};
  auto place = std::filesystem::path{folder};
  if (folder.empty())
    place = std::filesystem::temp_directory_path(problem)
            / ("aura-mock-llm-" + std::to_string(::getpid()));
  std::filesystem::create_directories(place, problem);
  const auto file = place / "ca.pem";
  auto out = std::ofstream{file, std::ios::binary | std::ios::trunc};
  out << pem;
  if (!out.flush())
    return fault{errc::io_error, "cannot write '" + file.string() + "'"};
  return file;
}

int serve(const arguments& x) {
  const auto signals = block_signals();
  auto options = read(x);
  if (!options)
    return fail(options.error());
  auto authority = std::filesystem::path{};
  if (options->identity) {
    const auto written
      = write_authority(x.folder, options->identity->authority);
    if (!written)
      return fail(written.error());
    authority = *written;
  }
  const auto server = net::mock_llm::start(*std::move(options));
  if (!server)
    return fail(server.error());
  std::cout << "port " << server->port() << '\n'
            << "base-url " << (x.plain ? "http" : "https")
            << "://localhost:" << server->port() << "/v1\n";
  if (!authority.empty())
    std::cout << "ca-file " << authority.string() << '\n';
  std::cout << std::flush;
  auto number = 0;
  sigwait(&signals, &number);
  std::cout << server->stats().to_json() << '\n';
  return 0;
}

int run(int argc, char** argv) {
  auto x = arguments{};
  auto app
    = CLI::App{"A language model for trying things out: an HTTPS server "
               "on this machine that puts queries into questions, and "
               "goes wrong on purpose. Prints its port and the file of "
               "its certificate authority, and its counts when it ends."};
  app.name("aura-mock-llm");
  app.add_option("--port", x.port, "The port; 0: any that is free");
  app.add_option("-s,--schema", x.schemas,
                 "A schema file whose queries it understands; repeatable");
  app.add_option("--folder", x.folder,
                 "Where ca.pem goes; else a temporary folder");
  app.add_option(
    "--faults", x.faults,
    "What goes wrong: a file like configs/faults.yaml, or its words: "
    "429:20,500,ok,stall first, reset%5 by chance, 503@100-160 as a storm, "
    "400~refund whatever holds the text, latency:MS, jitter:MS, queue:SLOTS");
  app.add_option("--seed", x.seed, "Of the chance in --faults");
  app.add_option("--api-key-env", x.key_env,
                 "The environment variable with the key to ask for");
  app.add_option("--latency", x.latency, "Milliseconds before each reply");
  app.add_option("--batch-polls", x.batch_polls,
                 "How often a batch is polled before it shows its results");
  app.add_option("--canned", x.canned,
                 "Answer everything with so many bytes of nothing; to measure "
                 "clients");
  app.add_flag("--wrong-host", x.wrong_host,
               "Present a certificate for another host");
  app.add_flag("--expired", x.expired,
               "Present a certificate that has expired");
  app.add_flag("--http", x.plain, "Speak without TLS");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& reason) {
    return app.exit(reason) == 0 ? 0 : static_cast<int>(exit_code::usage);
  }
  return serve(x);
}

} // namespace
} // namespace aura

int main(int argc, char** argv) {
  return aura::run(argc, argv);
}
