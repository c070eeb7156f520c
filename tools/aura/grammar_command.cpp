#include "tools/aura/grammar_command.hpp"

#include "kernels/dsl/grammar.hpp"
#include "tools/aura/input.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

namespace aura::tools {

namespace {

struct grammar_command_options {
  std::string format = "ebnf";
  std::string schema;
  std::string database;
  std::vector<std::string> names;
  std::vector<std::string> texts;
};

exit_code run_grammar(const grammar_command_options& x) {
  auto options = dsl::grammar_options{};
  auto s = std::shared_ptr<const schema::schema>{};
  if (!x.schema.empty() || !x.database.empty()) {
    auto read = read_schema(x.schema, x.database);
    if (!read)
      return complain(read.error());
    s = *read;
    options.schema = s.get();
  }
  options.new_names = x.names;
  options.texts = x.texts;
  const auto grammar = dsl::make_grammar(options);
  const auto text
    = x.format == "gbnf" ? dsl::to_gbnf(grammar) : dsl::to_ebnf(grammar);
  std::fputs(text.c_str(), stdout);
  return exit_code::success;
}

} // namespace

CLI::App* add_grammar(CLI::App& app, action& chosen) {
  auto x = std::make_shared<grammar_command_options>();
  auto* command = app.add_subcommand(
    "grammar", "print the grammar, for a prompt or for constrained decoding");
  command->add_option("--format", x->format, "ebnf (default) or gbnf")
    ->check(CLI::IsMember({"ebnf", "gbnf"}));
  auto* schema = command->add_option(
    "-s,--schema", x->schema, "only tables, columns and paths of this schema");
  command->add_option("-d,--database", x->database,
                      "SQLite database instead of a schema file");
  command->add_option("--name", x->names,
                      "a name that a query may make up, again for more "
                      "(default: any)");
  command
    ->add_option("--text", x->texts,
                 "a text that a query may use beside declared values, again "
                 "for more (default: any)")
    ->needs(schema);
  command->final_callback(
    [x, &chosen] { chosen = [x] { return run_grammar(*x); }; });
  return command;
}

} // namespace aura::tools
