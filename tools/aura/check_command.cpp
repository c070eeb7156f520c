#include "tools/aura/check_command.hpp"

#include "tools/aura/language.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>

namespace aura::tools {

namespace {

struct check_options : language_options {
  bool json = false;
};

exit_code run_check(const check_options& x) {
  const auto input = read_input(x);
  if (!input)
    return complain(input.error());
  const auto& source = input->source;
  const auto result
    = dsl::compile(source.text, *input->schema, compile_options_of(x));
  if (x.json)
    std::puts(dsl::render_json(result.diagnostics, source.text).c_str());
  else
    show(result.diagnostics, source);
  return result.compiled ? exit_code::success : exit_code::negative;
}

} // namespace

CLI::App* add_check(CLI::App& app, action& chosen) {
  auto x = std::make_shared<check_options>();
  auto* command = app.add_subcommand("check", "say what is wrong in a query");
  add_query_argument(*command, *x);
  add_schema_options(*command, *x);
  add_compile_options(*command, *x);
  command->add_flag("--json", x->json, "diagnostics for a machine");
  command->footer("Exits with 0 if there are warnings at most, with 1 if there "
                  "are errors.");
  command->final_callback(
    [x, &chosen] { chosen = [x] { return run_check(*x); }; });
  return command;
}

} // namespace aura::tools
