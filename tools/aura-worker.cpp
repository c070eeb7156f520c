// Carries a run's questions to the language model from another process or
// machine: aura-worker --connect HOST:PORT.

#include "actors/cluster/worker.hpp"
#include "actors/net/authority.hpp"
#include "kernels/base/exit_code.hpp"

#include <CLI/CLI.hpp>

#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>

namespace {

std::atomic<bool> stop{false};

std::string host_name() {
  auto text = std::array<char, 256>{};
  ::gethostname(text.data(), text.size() - 1);
  return std::string{text.data()} + "-" + std::to_string(::getpid());
}

int fail(const aura::fault& reason);

/// Writes a certificate, its key and the authority that signed it into
/// `folder`, for both sides to use.
int issue(const std::filesystem::path& folder) {
  using namespace aura;
  const auto made = net::issue_identity({"aura"}, 365);
  if (!made)
    return fail(made.error());
  auto problem = std::error_code{};
  std::filesystem::create_directories(folder, problem);
  for (const auto& [name, content] :
       {std::pair{"certificate.pem", made->certificate},
        std::pair{"key.pem", made->key},
        std::pair{"authority.pem", made->authority}}) {
    const auto file = folder / name;
    auto out = std::ofstream{file, std::ios::binary | std::ios::trunc};
    std::filesystem::permissions(file,
                                 std::filesystem::perms::owner_read
                                   | std::filesystem::perms::owner_write,
                                 problem);
    out << content;
    if (!out.flush())
      return fail({errc::io_error, "cannot write '" + file.string() + "'"});
    std::cout << file.string() << '\n';
  }
  return 0;
}

int fail(const aura::fault& reason) {
  std::cerr << "aura-worker: " << reason.message << '\n';
  return static_cast<int>(aura::to_exit_code(reason.code));
}

} // namespace

int main(int argc, char** argv) {
  using namespace aura;
  auto app = CLI::App{"aura-worker: asks the language model for a run of "
                      "aura-run in another process or on another machine",
                      "aura-worker"};
  app.set_version_flag("--version", "aura-worker " AURA_VERSION);
  auto where = std::string{};
  auto x = cluster::worker_options{};
  x.name = host_name();
  auto folder = std::string{};
  app.add_option("--connect", where,
                 "HOST:PORT, as the run says with infill.listen");
  app.add_option("--issue", folder,
                 "write certificate.pem, key.pem and authority.pem into a "
                 "folder, good for a year, for the run and its workers");
  app.add_option("--slots", x.slots, "requests at once")
    ->check(CLI::Range(1, 4096))
    ->capture_default_str();
  app.add_option("--name", x.name, "how the run calls this worker");
  app.add_option("--base-url", x.base_url,
                 "refuse to ask any other language model");
  app.add_option("--ca-file", x.ca_file,
                 "authorities for the language model's certificate");
  app.add_option("--certificate", x.papers.certificate,
                 "PEM file; with it, the run must show one, too");
  app.add_option("--key", x.papers.key, "PEM file of the certificate's key");
  app.add_option("--authority", x.papers.authority,
                 "PEM file of who must have signed the run's certificate");
  app
    .add_option("--patience", x.patience,
                "seconds without a run after which it gives up")
    ->capture_default_str();
  app.add_flag("--stay", x.stays, "wait for the next run after one has ended");
  app.footer(
    "The key of the language model is taken from this process's own "
    "environment, by the\nname that the run gives (api-key-env), and never "
    "travels.\nExit codes: 0 the run has ended, 2 wrong usage or another "
    "build, 3 a missing file,\n4 no run or no key, 130 interrupted.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const auto wanted_help = error.get_exit_code() == 0;
    app.exit(error);
    return static_cast<int>(wanted_help ? exit_code::success
                                        : exit_code::usage);
  }
  if (!folder.empty())
    return issue(folder);
  const auto found = cluster::parse_address(where);
  if (!found)
    return fail(found.error());
  x.coordinator = *found;
  if (const auto sound = cluster::check(x.coordinator, x.papers); !sound)
    return fail(sound.error());
  x.tell = [](const std::string& text) {
    std::cerr << "aura-worker: " << text << std::endl;
  };
  std::signal(SIGINT, [](int) { stop = true; });
  std::signal(SIGTERM, [](int) { stop = true; });
  if (const auto done = cluster::run_worker(x, stop); !done)
    return fail(done.error());
  return static_cast<int>(stop ? exit_code::interrupted : exit_code::success);
}
