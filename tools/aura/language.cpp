#include "tools/aura/language.hpp"

#include <CLI/CLI.hpp>

#include <charconv>
#include <map>

namespace aura::tools {

namespace {

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

} // namespace

void add_query_argument(CLI::App& command, language_options& x) {
  command
    .add_option("query", x.query,
                "the query, a file that holds it, or - for standard input")
    ->required();
}

void add_schema_options(CLI::App& command, language_options& x) {
  auto* schema = command.add_option("-s,--schema", x.schema, "schema file");
  auto* database
    = command.add_option("-d,--database", x.database,
                         "SQLite database to take the schema from, if no "
                         "file describes it");
  command.parse_complete_callback([schema, database] {
    if (!*schema && !*database)
      throw CLI::RequiredError("--schema or --database");
  });
}

void add_compile_options(CLI::App& command, language_options& x) {
  command.add_option("--now", x.now,
                     "the moment of NOW(), such as '2024-01-31 08:00:00' "
                     "(default: now, UTC)");
  command
    .add_option("-p,--param,--parameter", x.parameters,
                "value of a $name parameter, as name=value")
    ->check([](const std::string& text) {
      return text.find('=') == std::string::npos
               ? "a parameter is name=value, not '" + text + "'"
               : std::string{};
    });
  command.add_flag("--deterministic", x.deterministic,
                   "break ties of LIMIT and TOP by the primary key");
}

void add_inline_option(CLI::App& command, language_options& x) {
  command.add_flag("--inline", x.inline_literals,
                   "literals in the SQL text instead of bound parameters");
}

void add_target_option(CLI::App& command, dsl::sql_target& x,
                       const char* description) {
  command.add_option("--target", x, description)
    ->transform(CLI::CheckedTransformer(std::map<std::string, dsl::sql_target>{
      {"sqlite", dsl::sql_target::sqlite},
      {"duckdb", dsl::sql_target::duckdb}}));
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

expected<language_input> read_input(const language_options& x) {
  auto s = read_schema(x.schema, x.database);
  if (!s)
    return s.error();
  auto source = read_query(x.query);
  if (!source)
    return source.error();
  return language_input{std::move(*s), std::move(*source)};
}

} // namespace aura::tools
