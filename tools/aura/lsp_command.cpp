#include "tools/aura/lsp_command.hpp"

#include "kernels/base/json.hpp"
#include "tools/aura/input.hpp"
#include "tools/aura/lsp/frames.hpp"
#include "tools/aura/lsp/server.hpp"

#include <CLI/CLI.hpp>

#include <unistd.h>

#include <csignal>
#include <memory>

namespace aura::tools {

namespace {

exit_code run_lsp(lsp::server_options options) {
  // An editor that has gone is the end of the input, not of the process.
  std::signal(SIGPIPE, SIG_IGN);
  options.now = moment(options.now);
  auto is_gone = false;
  auto server
    = lsp::server{std::move(options), [&](const auto& message) {
                    // Bytes that are not UTF-8 cannot be sent as they are.
                    const auto text = message.dump(
                      -1, ' ', false, nlohmann::json::error_handler_t::replace);
                    is_gone = is_gone || !lsp::write_frame(STDOUT_FILENO, text);
                  }};
  auto input = lsp::frame_reader{STDIN_FILENO};
  auto status = server.exit_status();
  while (!status && !is_gone) {
    if (!input.is_ready())
      server.publish();
    const auto x = input.next();
    switch (x.what) {
    case lsp::frame::kind::message:
      server.take(x.body);
      break;
    case lsp::frame::kind::malformed:
      server.take_malformed();
      break;
    case lsp::frame::kind::end:
      return server.status_at_end() == 0 ? exit_code::success
                                         : exit_code::negative;
    }
    status = server.exit_status();
  }
  return status.value_or(1) == 0 ? exit_code::success : exit_code::negative;
}

} // namespace

CLI::App* add_lsp(CLI::App& app, action& chosen) {
  auto x = std::make_shared<lsp::server_options>();
  auto* command
    = app.add_subcommand("lsp", "serve an editor over standard input and "
                                "output (Language Server Protocol)");
  command->add_option("-s,--schema", x->schema,
                      "schema of documents that name none (default: the only "
                      "schema file near the document)");
  command->add_option("-d,--database", x->database,
                      "SQLite database instead of a schema file");
  command->add_option("--now", x->now, "the moment of NOW() for checks");
  command->add_option("--manual", x->manual,
                      "address of the catalogue of diagnostics, for links");
  command->final_callback(
    [x, &chosen] { chosen = [x] { return run_lsp(*x); }; });
  return command;
}

} // namespace aura::tools
