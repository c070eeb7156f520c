#include "tools/aura/query_command.hpp"

#include "kernels/sql/connection.hpp"
#include "tools/aura/language.hpp"
#include "tools/aura/rows.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>

namespace aura::tools {

namespace {

struct query_options : language_options {
  row_format format = row_format::table;
};

/// A person asked, and waits: more than what a generated query gets.
sql::limits limits_of_a_person() {
  auto bounds = sql::limits{};
  bounds.deadline = std::chrono::minutes{1};
  bounds.steps = ~std::uint64_t{0};
  bounds.rows = 1'000'000;
  bounds.bytes = 512u << 20;
  return bounds;
}

exit_code run_query(const query_options& x) {
  const auto input = read_input(x);
  if (!input)
    return complain(input.error());
  const auto result
    = dsl::compile(input->source.text, *input->schema, compile_options_of(x));
  show(result.diagnostics, input->source);
  if (!result.compiled)
    return exit_code::negative;
  auto database = sql::connection::open(x.database);
  if (!database)
    return complain(database.error());
  const auto rows = database->run(
    result.compiled->sql, result.compiled->parameters, limits_of_a_person());
  if (!rows)
    return complain(rows.error());
  const auto text = print_rows(*rows, result.compiled->columns, x.format);
  std::fwrite(text.data(), 1, text.size(), stdout);
  return exit_code::success;
}

} // namespace

CLI::App* add_query(CLI::App& app, action& chosen) {
  auto x = std::make_shared<query_options>();
  auto* command = app.add_subcommand("query", "run a query on a database");
  add_query_argument(*command, *x);
  command->add_option("-s,--schema", x->schema,
                      "schema file (default: imported from the database)");
  command->add_option("-d,--database", x->database, "SQLite database")
    ->required();
  add_compile_options(*command, *x);
  add_inline_option(*command, *x);
  command->add_option("--format", x->format, "table, csv or json")
    ->transform(CLI::CheckedTransformer(
      std::map<std::string, row_format>{{"table", row_format::table},
                                        {"csv", row_format::csv},
                                        {"json", row_format::json}}));
  command->final_callback(
    [x, &chosen] { chosen = [x] { return run_query(*x); }; });
  return command;
}

} // namespace aura::tools
