#include "tools/aura/fix_command.hpp"

#include "kernels/dsl/fixes.hpp"
#include "kernels/dsl/parser.hpp"
#include "tools/aura/language.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>

namespace aura::tools {

namespace {

struct fix_options : language_options {
  std::vector<std::string> queries;
  bool write = false;
  double confidence = 0.8;
};

/// Without a schema only what the grammar says can be mended.
expected<dsl::examiner> examiner_of(const fix_options& x) {
  if (x.schema.empty() && x.database.empty())
    return dsl::examiner{
      [](std::string_view text) { return dsl::parse(text).diagnostics; }};
  auto s = read_schema(x.schema, x.database);
  if (!s)
    return s.error();
  return dsl::examiner{
    [s = *s, options = compile_options_of(x)](std::string_view text) {
      return dsl::compile(text, *s, options).diagnostics;
    }};
}

exit_code fix_one(const std::string& query, const fix_options& x,
                  const dsl::examiner& look) {
  const auto source = read_query(query);
  if (!source)
    return complain(source.error());
  if (x.write && !is_path(query))
    return complain({errc::invalid_option,
                     "-w writes files, and '" + query + "' is no file"});
  const auto result = dsl::mend(source->text, look, x.confidence);
  for (const auto& line : result.log)
    std::fprintf(stderr, "%s:%s: fixed\n", source->name.c_str(), line.c_str());
  show(result.left, {source->name + " as fixed", result.text});
  const auto code
    = dsl::has_errors(result.left) ? exit_code::negative : exit_code::success;
  if (!x.write) {
    std::fputs(result.text.c_str(), stdout);
    if (!result.text.ends_with('\n'))
      std::fputc('\n', stdout);
    return code;
  }
  if (result.text != source->text)
    if (auto written = write_output(query, result.text); !written)
      return complain(written.error());
  return code;
}

exit_code run_fix(const fix_options& x) {
  const auto look = examiner_of(x);
  if (!look)
    return complain(look.error());
  auto code = exit_code::success;
  for (const auto& query : x.queries)
    code = std::max(code, fix_one(query, x, *look));
  return code;
}

} // namespace

CLI::App* add_fix(CLI::App& app, action& chosen) {
  auto x = std::make_shared<fix_options>();
  auto* command = app.add_subcommand(
    "fix", "mend queries: foreign spellings, misspelled names, lints");
  command
    ->add_option("query", x->queries,
                 "queries, files that hold them, or - for standard input")
    ->required();
  command->add_option("-s,--schema", x->schema,
                      "schema file; without it only spellings are mended");
  command->add_option("-d,--database", x->database,
                      "SQLite database to take the schema from");
  add_compile_options(*command, *x);
  command->add_flag("-w,--write", x->write, "write files instead of printing");
  command
    ->add_option("--confidence", x->confidence,
                 "make fixes of at least this confidence (default: 0.8)")
    ->check(CLI::Range(0.0, 1.0));
  command->footer(
    "Makes fixes and looks again until there are none. What was fixed, and "
    "what is left,\nis said on standard error. Exits with 0 if no error is "
    "left, with 1 otherwise.");
  command->final_callback(
    [x, &chosen] { chosen = [x] { return run_fix(*x); }; });
  return command;
}

} // namespace aura::tools
