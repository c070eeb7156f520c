#include "tools/aura/explain_command.hpp"

#include "kernels/dsl/explain.hpp"
#include "tools/aura/language.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>

namespace aura::tools {

namespace {

struct explain_options : language_options {
  bool json = false;
};

exit_code run_explain(const explain_options& x) {
  const auto input = read_input(x);
  if (!input)
    return complain(input.error());
  const auto found
    = dsl::explain(input->source.text, *input->schema, compile_options_of(x));
  show(found.diagnostics, input->source);
  if (dsl::has_errors(found.diagnostics))
    return exit_code::negative;
  std::fputs(
    (x.json ? dsl::render_json(found) + '\n' : dsl::render(found)).c_str(),
    stdout);
  return exit_code::success;
}

} // namespace

CLI::App* add_explain(CLI::App& app, action& chosen) {
  auto x = std::make_shared<explain_options>();
  auto* command = app.add_subcommand(
    "explain",
    "say what there is after each operator: columns, types, order, rows");
  add_query_argument(*command, *x);
  add_schema_options(*command, *x);
  add_compile_options(*command, *x);
  command->add_flag("--json", x->json, "for a machine");
  command->footer("TYPE? may be NULL; [unit] is what the schema declares.\n"
                  "What an operator leaves as it is, is not said again.");
  command->final_callback(
    [x, &chosen] { chosen = [x] { return run_explain(*x); }; });
  return command;
}

} // namespace aura::tools
