#include "tools/aura/dump_command.hpp"

#include "kernels/dsl/parser.hpp"
#include "kernels/dsl/plan.hpp"
#include "kernels/dsl/resolve.hpp"
#include "kernels/dsl/syntax_dump.hpp"
#include "kernels/dsl/tokens.hpp"
#include "tools/aura/language.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <map>

namespace aura::tools {

namespace {

enum class phase { tokens, syntax, plan, sql };

struct dump_options : language_options {
  phase what = phase::tokens;
};

exit_code answer(const std::string& text, const dsl::diagnostics& found,
                 const query_source& source) {
  show(found, source);
  std::fputs(text.c_str(), stdout);
  return dsl::has_errors(found) ? exit_code::negative : exit_code::success;
}

exit_code dump_tokens(const query_source& source) {
  const auto x = dsl::tokenize(source.text);
  return answer(dsl::dump(x, source.text), x.diagnostics, source);
}

exit_code dump_syntax(const query_source& source) {
  const auto x = dsl::parse(source.text);
  return answer(x.query ? dsl::dump(*x.query) : "", x.diagnostics, source);
}

exit_code dump_plan(const query_source& source, const schema::schema& s,
                    const dsl::compile_options& options) {
  const auto x = dsl::parse(source.text);
  if (!x.query)
    return answer("", x.diagnostics, source);
  const auto plan = dsl::resolve(*x.query, s, options);
  return answer(plan.query ? dsl::plan::dump(*plan.query) : "",
                plan.diagnostics, source);
}

exit_code dump_sql(const query_source& source, const schema::schema& s,
                   const dsl::compile_options& options) {
  const auto x = dsl::compile(source.text, s, options);
  return answer(x.compiled ? x.compiled->sql + '\n' : "", x.diagnostics,
                source);
}

exit_code run_dump(const dump_options& x) {
  if (x.what == phase::tokens || x.what == phase::syntax) {
    const auto source = read_query(x.query);
    if (!source)
      return complain(source.error());
    if (source->text.size() > dsl::max_source_bytes)
      return answer("", dsl::parse(source->text).diagnostics, *source);
    return x.what == phase::tokens ? dump_tokens(*source)
                                   : dump_syntax(*source);
  }
  if (x.schema.empty() && x.database.empty())
    return complain({errc::invalid_option,
                     "a plan needs --schema or --database to resolve names"});
  const auto input = read_input(x);
  if (!input)
    return complain(input.error());
  const auto options = compile_options_of(x);
  return x.what == phase::plan
           ? dump_plan(input->source, *input->schema, options)
           : dump_sql(input->source, *input->schema, options);
}

} // namespace

CLI::App* add_dump(CLI::App& app, action& chosen) {
  auto x = std::make_shared<dump_options>();
  auto* command = app.add_subcommand(
    "dump", "show what one phase of the compiler makes of a query");
  command
    ->add_option("phase", x->what,
                 "tokens, syntax, plan or sql; the first two need no schema")
    ->required()
    ->transform(CLI::CheckedTransformer(
      std::map<std::string, phase>{{"tokens", phase::tokens},
                                   {"syntax", phase::syntax},
                                   {"plan", phase::plan},
                                   {"sql", phase::sql}}));
  add_query_argument(*command, *x);
  command->add_option("-s,--schema", x->schema, "schema file");
  command->add_option("-d,--database", x->database,
                      "SQLite database to take the schema from");
  add_compile_options(*command, *x);
  add_inline_option(*command, *x);
  command->final_callback(
    [x, &chosen] { chosen = [x] { return run_dump(*x); }; });
  return command;
}

} // namespace aura::tools
