#include "tools/aura/sql_command.hpp"

#include "tools/aura/language.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>

namespace aura::tools {

namespace {

struct sql_options : language_options {
  dsl::sql_target target = dsl::sql_target::sqlite;
};

exit_code run_sql(const sql_options& x) {
  const auto input = read_input(x);
  if (!input)
    return complain(input.error());
  auto options = compile_options_of(x);
  options.target = x.target;
  const auto result = dsl::compile(input->source.text, *input->schema, options);
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
  auto x = std::make_shared<sql_options>();
  auto* command = app.add_subcommand(
    "sql", "translate a query to SQL for SQLite or DuckDB");
  add_query_argument(*command, *x);
  add_schema_options(*command, *x);
  add_compile_options(*command, *x);
  add_inline_option(*command, *x);
  add_target_option(*command, x->target,
                    "sqlite, or duckdb: for export, with literals in the text");
  command->final_callback(
    [x, &chosen] { chosen = [x] { return run_sql(*x); }; });
  return command;
}

} // namespace aura::tools
