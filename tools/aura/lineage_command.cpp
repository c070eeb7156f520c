#include "tools/aura/lineage_command.hpp"

#include "kernels/dsl/lineage.hpp"
#include "kernels/dsl/parser.hpp"
#include "kernels/dsl/resolve.hpp"
#include "tools/aura/language.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>

namespace aura::tools {

namespace {

struct lineage_options : language_options {
  bool json = false;
};

exit_code run_lineage(const lineage_options& x) {
  const auto input = read_input(x);
  if (!input)
    return complain(input.error());
  const auto& source = input->source;
  const auto read = dsl::parse(source.text);
  show(read.diagnostics, source);
  if (!read.query)
    return exit_code::negative;
  const auto found
    = dsl::resolve(*read.query, *input->schema, compile_options_of(x));
  show(found.diagnostics, source);
  if (!found.query)
    return exit_code::negative;
  const auto lineage = dsl::lineage_of(*found.query);
  std::fputs(
    (x.json ? dsl::render_json(lineage) + '\n' : dsl::render(lineage)).c_str(),
    stdout);
  return exit_code::success;
}

} // namespace

CLI::App* add_lineage(CLI::App& app, action& chosen) {
  auto x = std::make_shared<lineage_options>();
  auto* command = app.add_subcommand(
    "lineage", "say which source columns feed each column of the answer");
  add_query_argument(*command, *x);
  add_schema_options(*command, *x);
  add_compile_options(*command, *x);
  command->add_flag("--json", x->json, "for a machine");
  command->footer(
    "`from` names what the value is made of: identity, transformation or "
    "aggregation.\n`by` names what else decides: conditional and window for "
    "one column; filter, join,\ngroup, sort and distinct for the rows.");
  command->final_callback(
    [x, &chosen] { chosen = [x] { return run_lineage(*x); }; });
  return command;
}

} // namespace aura::tools
