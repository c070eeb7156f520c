#include "tools/aura/fmt_command.hpp"

#include "kernels/dsl/parser.hpp"
#include "kernels/dsl/printer.hpp"
#include "tools/aura/language.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>

namespace aura::tools {

namespace {

struct fmt_options : language_options {
  bool pretty = false;
  bool check_only = false;
};

exit_code run_fmt(const fmt_options& x) {
  const auto source = read_query(x.query);
  if (!source)
    return complain(source.error());
  auto result = dsl::parse(source->text);
  show(result.diagnostics, *source);
  if (!result.query)
    return exit_code::negative;
  const auto text
    = dsl::print(dsl::canonical(std::move(*result.query)),
                 x.pretty ? dsl::layout::pretty : dsl::layout::one_line);
  if (x.check_only)
    return text == source->text || text + "\n" == source->text
             ? exit_code::success
             : exit_code::negative;
  std::puts(text.c_str());
  return exit_code::success;
}

} // namespace

CLI::App* add_fmt(CLI::App& app, action& chosen) {
  auto x = std::make_shared<fmt_options>();
  auto* command = app.add_subcommand("fmt", "write a query in canonical form");
  add_query_argument(*command, *x);
  command->add_option("-s,--schema", x->schema,
                      "schema file (accepted, not needed)");
  command->add_flag("--pretty", x->pretty, "one operator on a line");
  command->add_flag("--check", x->check_only,
                    "print nothing; exit 1 if the query would change");
  command->final_callback(
    [x, &chosen] { chosen = [x] { return run_fmt(*x); }; });
  return command;
}

} // namespace aura::tools
