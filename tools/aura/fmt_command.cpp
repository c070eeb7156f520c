#include "tools/aura/fmt_command.hpp"

#include "kernels/dsl/parser.hpp"
#include "kernels/dsl/printer.hpp"
#include "kernels/dsl/respell.hpp"
#include "kernels/dsl/spelling.hpp"
#include "tools/aura/language.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>

namespace aura::tools {

namespace {

struct fmt_options {
  std::vector<std::string> queries;
  std::string schema;
  bool pretty = false;
  bool check_only = false;
  bool write = false;
};

exit_code format_one(const std::string& query, const fmt_options& x,
                     const schema::schema* s) {
  const auto source = read_query(query);
  if (!source)
    return complain(source.error());
  auto options = dsl::compile_options{};
  // No name depends on the clock.
  options.now = "2000-01-01 00:00:00";
  auto read = dsl::parse(source->text);
  if (s && read.query)
    read = dsl::parse(dsl::respelled(
      dsl::respelled(source->text, *read.query, *s), *s, options));
  show(read.diagnostics, *source);
  if (!read.query)
    return exit_code::negative;
  const auto text = dsl::print(*read.query, x.pretty ? dsl::layout::pretty
                                                     : dsl::layout::one_line)
                    + '\n';
  // On the command line a query has no line break at its end.
  const auto same = text == source->text || text == source->text + '\n';
  if (x.check_only) {
    if (!same)
      std::printf("%s\n", source->name.c_str());
    return same ? exit_code::success : exit_code::negative;
  }
  if (!x.write) {
    std::fputs(text.c_str(), stdout);
    return exit_code::success;
  }
  if (!is_path(query))
    return complain({errc::invalid_option,
                     "-w writes files, and '" + query + "' is no file"});
  if (same)
    return exit_code::success;
  if (auto written = write_output(query, text); !written)
    return complain(written.error());
  std::fprintf(stderr, "%s: formatted\n", query.c_str());
  return exit_code::success;
}

exit_code run_fmt(const fmt_options& x) {
  auto s = std::shared_ptr<const schema::schema>{};
  if (!x.schema.empty()) {
    auto loaded = read_schema(x.schema, "");
    if (!loaded)
      return complain(loaded.error());
    s = std::move(*loaded);
  }
  auto code = exit_code::success;
  for (const auto& query : x.queries)
    code = std::max(code, format_one(query, x, s.get()));
  return code;
}

} // namespace

CLI::App* add_fmt(CLI::App& app, action& chosen) {
  auto x = std::make_shared<fmt_options>();
  auto* command = app.add_subcommand("fmt", "write queries in canonical form");
  command
    ->add_option("query", x->queries,
                 "queries, files that hold them, or - for standard input")
    ->required();
  command->add_option("-s,--schema", x->schema,
                      "schema file: also spells names as it does, and leaves "
                      "out qualifiers that say nothing");
  command->add_flag("--pretty", x->pretty,
                    "one operator on a line; without it all on one line");
  auto* check = command->add_flag(
    "--check", x->check_only,
    "print the names of those that would change; exit 1 if there are any");
  command->add_flag("-w,--write", x->write, "write files instead of printing")
    ->excludes(check);
  command->footer(
    "Comments are kept; on one line `-- why` becomes `/* why */`. "
    "Exits with 1 if a query\nis wrong, or with --check if one "
    "would change.");
  command->final_callback(
    [x, &chosen] { chosen = [x] { return run_fmt(*x); }; });
  return command;
}

} // namespace aura::tools
