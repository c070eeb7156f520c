#include "tools/aura/ask_command.hpp"

#include "kernels/dsl/compile.hpp"
#include "kernels/model/translator.hpp"
#include "kernels/retrieval/schema_retriever.hpp"
#include "kernels/sql/connection.hpp"
#include "tools/aura/input.hpp"
#include "tools/aura/rows.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <memory>

namespace aura::tools {

namespace {

struct ask_options {
  std::string schema;
  std::string database;
  std::string model;
  std::string question;
  std::string now;
  model::load_options loading;
  bool free_literals = false;
  bool json = false;
  bool unconstrained = false;
};

exit_code run_ask(const ask_options& x) {
  auto s = read_schema(x.schema, x.database);
  if (!s)
    return complain(s.error());
  auto database = sql::connection::open(x.database);
  if (!database)
    return complain(database.error());
  auto retriever = retrieval::schema_retriever::build(*s);
  if (!retriever)
    return complain(retriever.error());
  auto model = model::translator::load(x.model, x.loading);
  if (!model)
    return complain(model.error());

  const auto source = read_text(x.question);
  auto options = model::translate_options{};
  options.constrained = !x.unconstrained;
  options.restrict_literals = !x.free_literals;
  auto answer = model->translate(**s, retriever->tables(source.text, {}),
                                 source.text, options);
  if (!answer)
    return complain(answer.error());
  const auto query = query_source{"the model's query", answer->query};
  auto settings = dsl::compile_options{};
  settings.now = moment(x.now);
  const auto result = dsl::compile(query.text, **s, settings);
  if (!result.compiled) {
    std::printf("query: %s\n", query.text.c_str());
    show(result.diagnostics, query);
    return exit_code::negative;
  }
  settings.inline_literals = true;
  const auto shown = dsl::compile(query.text, **s, settings);
  auto rows = database->run(result.compiled->sql, result.compiled->parameters);
  if (!rows)
    return complain(rows.error());
  if (x.json) {
    std::fputs(print_answer_json(query.text, shown.compiled->sql, *rows,
                                 result.compiled->columns)
                 .c_str(),
               stdout);
    return exit_code::success;
  }
  std::printf(
    "query: %s\nsql:   %s\n\n%s", query.text.c_str(),
    shown.compiled->sql.c_str(),
    print_rows(*rows, result.compiled->columns, row_format::table).c_str());
  return exit_code::success;
}

} // namespace

CLI::App* add_ask(CLI::App& app, action& chosen) {
  auto x = std::make_shared<ask_options>();
  auto* command = app.add_subcommand(
    "ask", "let a trained model answer a question: query, SQL and rows");
  command
    ->add_option("question", x->question,
                 "the question; - reads standard input")
    ->required();
  command->add_option("-s,--schema", x->schema,
                      "schema file (default: imported from the database)");
  command->add_option("-d,--database", x->database, "SQLite database")
    ->required();
  command
    ->add_option(
      "-m,--model", x->model,
      "model folder, such as runs/full/latest/model, or a pretrained one: "
      "a folder in Hugging Face layout, a GGUF file, a PEFT folder")
    ->required();
  command->add_option("--adapter", x->loading.adapter,
                      "PEFT folder or GGUF adapter that goes with a "
                      "pretrained model");
  command->add_option("--base", x->loading.base,
                      "the pretrained model of a PEFT folder, if not the one "
                      "that it names");
  command->add_flag("--free-literals", x->free_literals,
                    "let a pretrained model write any number and text, not "
                    "those of the question and the schema alone");
  command->add_option("--now", x->now,
                      "the moment of NOW(), such as '2024-01-31 08:00:00' "
                      "(default: now, UTC)");
  command->add_flag("--json", x->json, "query, SQL, columns and rows as JSON");
  command->add_flag("--unconstrained", x->unconstrained,
                    "do not hold the model to the grammar and the schema");
  command->final_callback(
    [x, &chosen] { chosen = [x] { return run_ask(*x); }; });
  return command;
}

} // namespace aura::tools
