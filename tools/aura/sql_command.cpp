#include "tools/aura/sql_command.hpp"

#include "tools/aura/language.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>

namespace aura::tools {

namespace {

exit_code run_sql(const language_options& x) {
  const auto input = read_input(x);
  if (!input)
    return complain(input.error());
  const auto result
    = dsl::compile(input->source.text, *input->schema, compile_options_of(x));
  show(result.diagnostics, input->source);
  if (!result.compiled)
    return exit_code::negative;
  std::puts(result.compiled->sql.c_str());
  for (std::size_t i = 0; i < result.compiled->parameters.size(); ++i)
    std::printf("-- ?%zu = %s\n", i + 1,
                to_literal(result.compiled->parameters[i]).c_str());
  return exit_code::success;
}

} // namespace

CLI::App* add_sql(CLI::App& app, action& chosen) {
  auto x = std::make_shared<language_options>();
  auto* command
    = app.add_subcommand("sql", "translate a query to SQL for SQLite");
  add_query_argument(*command, *x);
  add_schema_options(*command, *x);
  add_compile_options(*command, *x);
  add_inline_option(*command, *x);
  command->final_callback(
    [x, &chosen] { chosen = [x] { return run_sql(*x); }; });
  return command;
}

} // namespace aura::tools
