#include "kernels/dsl/compile.hpp"
#include "kernels/dsl/parser.hpp"
#include "kernels/dsl/printer.hpp"
#include "kernels/sql/connection.hpp"
#include "tools/aura/commands.hpp"
#include "tools/aura/input.hpp"
#include "tools/aura/rows.hpp"

#include <CLI/CLI.hpp>

#include <charconv>
#include <cstdio>
#include <memory>

namespace aura::tools {

namespace {

/// What the commands over one query have in common.
struct language_options {
  std::string schema;
  std::string database;
  std::string query;
  std::string now;
  std::vector<std::string> parameters; // name=value
  bool json = false;
  bool pretty = false;
  bool check_only = false;
  bool inline_literals = false;
  bool deterministic = false;
  row_format format = row_format::table;
};

/// A parameter's value is a number if it reads as one, else text.
datum parse_datum(const std::string& text) {
  const auto* end = text.data() + text.size();
  std::int64_t integer = 0;
  if (auto [p, e] = std::from_chars(text.data(), end, integer);
      e == std::errc{} && p == end)
    return integer;
  auto real = 0.0;
  if (auto [p, e] = std::from_chars(text.data(), end, real);
      e == std::errc{} && p == end)
    return real;
  return text;
}

dsl::compile_options compile_options_of(const language_options& x) {
  auto options = dsl::compile_options{};
  options.now = moment(x.now);
  options.inline_literals = x.inline_literals;
  options.deterministic = x.deterministic;
  for (const auto& parameter : x.parameters) {
    const auto equals = parameter.find('=');
    options.parameters[parameter.substr(0, equals)]
      = parse_datum(parameter.substr(equals + 1));
  }
  return options;
}

auto shared_options() {
  return std::make_shared<language_options>();
}

void add_query_argument(CLI::App& command, language_options& x) {
  command.add_option("query", x.query, "the query; - reads standard input")
    ->required();
}

void add_schema_option(CLI::App& command, language_options& x) {
  auto* schema = command.add_option("-s,--schema", x.schema, "schema file");
  auto* database
    = command.add_option("-d,--database", x.database, "SQLite database");
  command.callback([schema, database] {
    if (!*schema && !*database)
      throw CLI::RequiredError("--schema or --database");
  });
}

void add_compile_options(CLI::App& command, language_options& x) {
  command.add_option("--now", x.now,
                     "the moment of NOW(), such as '2024-01-31 08:00:00' "
                     "(default: now, UTC)");
  command
    .add_option("-p,--parameter", x.parameters,
                "value of a $name parameter, as name=value")
    ->check([](const std::string& text) {
      return text.find('=') == std::string::npos
               ? "a parameter is name=value, not '" + text + "'"
               : std::string{};
    });
  command.add_flag("--deterministic", x.deterministic,
                   "break ties of LIMIT and TOP by the primary key");
}

exit_code run_check(const language_options& x) {
  auto s = read_schema(x.schema, x.database);
  if (!s)
    return complain(s.error());
  const auto source = read_query(x.query);
  const auto result = dsl::compile(source.text, **s, compile_options_of(x));
  if (x.json)
    std::fputs(
      (dsl::render_json(result.diagnostics, source.text) + "\n").c_str(),
      stdout);
  else
    show(result.diagnostics, source);
  return result.compiled ? exit_code::success : exit_code::negative;
}

exit_code run_fmt(const language_options& x) {
  const auto source = read_query(x.query);
  auto result = dsl::parse(source.text);
  show(result.diagnostics, source);
  if (!result.query)
    return exit_code::negative;
  const auto text
    = dsl::print(dsl::canonical(std::move(*result.query)),
                 x.pretty ? dsl::layout::pretty : dsl::layout::one_line);
  if (x.check_only)
    return text == source.text || text + "\n" == source.text
             ? exit_code::success
             : exit_code::negative;
  std::puts(text.c_str());
  return exit_code::success;
}

exit_code run_sql(const language_options& x) {
  auto s = read_schema(x.schema, x.database);
  if (!s)
    return complain(s.error());
  const auto source = read_query(x.query);
  const auto result = dsl::compile(source.text, **s, compile_options_of(x));
  show(result.diagnostics, source);
  if (!result.compiled)
    return exit_code::negative;
  std::puts(result.compiled->sql.c_str());
  for (std::size_t i = 0; i < result.compiled->parameters.size(); ++i)
    std::printf("-- ?%zu = %s\n", i + 1,
                to_literal(result.compiled->parameters[i]).c_str());
  return exit_code::success;
}

exit_code run_query(const language_options& x) {
  auto s = read_schema(x.schema, x.database);
  if (!s)
    return complain(s.error());
  const auto source = read_query(x.query);
  const auto result = dsl::compile(source.text, **s, compile_options_of(x));
  show(result.diagnostics, source);
  if (!result.compiled)
    return exit_code::negative;
  auto database = sql::connection::open(x.database);
  if (!database)
    return complain(database.error());
  // A person asked, and waits: more than what a generated query gets.
  auto bounds = sql::limits{};
  bounds.deadline = std::chrono::minutes{1};
  bounds.steps = ~std::uint64_t{0};
  bounds.rows = 1'000'000;
  bounds.bytes = 512u << 20;
  auto rows
    = database->run(result.compiled->sql, result.compiled->parameters, bounds);
  if (!rows)
    return complain(rows.error());
  const auto text = print_rows(*rows, result.compiled->columns, x.format);
  std::fwrite(text.data(), 1, text.size(), stdout);
  return exit_code::success;
}

} // namespace

void add_check(CLI::App& app, action& chosen) {
  auto x = shared_options();
  auto* command = app.add_subcommand("check", "say what is wrong in a query");
  add_query_argument(*command, *x);
  add_schema_option(*command, *x);
  add_compile_options(*command, *x);
  command->add_flag("--json", x->json, "diagnostics for a machine");
  command->final_callback(
    [x, &chosen] { chosen = [x] { return run_check(*x); }; });
}

void add_fmt(CLI::App& app, action& chosen) {
  auto x = shared_options();
  auto* command = app.add_subcommand("fmt", "write a query in canonical form");
  add_query_argument(*command, *x);
  command->add_option("-s,--schema", x->schema,
                      "schema file (accepted, not needed)");
  command->add_flag("--pretty", x->pretty, "one operator on a line");
  command->add_flag("--check", x->check_only,
                    "print nothing; exit 1 if the query would change");
  command->final_callback(
    [x, &chosen] { chosen = [x] { return run_fmt(*x); }; });
}

void add_sql(CLI::App& app, action& chosen) {
  auto x = shared_options();
  auto* command
    = app.add_subcommand("sql", "translate a query to SQL for SQLite");
  add_query_argument(*command, *x);
  add_schema_option(*command, *x);
  add_compile_options(*command, *x);
  command->add_flag("--inline", x->inline_literals,
                    "literals in the text instead of parameters");
  command->final_callback(
    [x, &chosen] { chosen = [x] { return run_sql(*x); }; });
}

void add_query(CLI::App& app, action& chosen) {
  auto x = shared_options();
  auto* command = app.add_subcommand("query", "run a query on a database");
  add_query_argument(*command, *x);
  command->add_option("-s,--schema", x->schema,
                      "schema file (default: imported from the database)");
  command->add_option("-d,--database", x->database, "SQLite database")
    ->required();
  add_compile_options(*command, *x);
  command->add_option("--format", x->format, "table, csv or json")
    ->transform(CLI::CheckedTransformer(
      std::map<std::string, row_format>{{"table", row_format::table},
                                        {"csv", row_format::csv},
                                        {"json", row_format::json}}));
  command->final_callback(
    [x, &chosen] { chosen = [x] { return run_query(*x); }; });
}

} // namespace aura::tools
