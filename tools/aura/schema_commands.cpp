#include "tools/aura/schema_commands.hpp"

#include "kernels/schema/duckdb.hpp"
#include "kernels/schema/import.hpp"
#include "kernels/schema/lint.hpp"
#include "kernels/schema/load.hpp"
#include "kernels/schema/seed.hpp"
#include "tools/aura/input.hpp"
#include "tools/aura/language.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <memory>

namespace aura::tools {

namespace {

struct schema_options {
  std::string schema;
  std::string database;
  std::string output;
  std::string name;
  std::string kind = "realistic";
  std::string now = "2024-12-31 12:00:00";
  std::uint64_t seed = 1;
  std::size_t rows = 0;
  bool force = false;
  dsl::sql_target target = dsl::sql_target::sqlite;
};

exit_code run_import(const schema_options& x) {
  auto options = schema::import_options{};
  options.name = x.name;
  auto imported = schema::import_database(x.database, options);
  if (!imported)
    return complain(imported.error());
  if (auto written = write_output(x.output, imported->yaml); !written)
    return complain(written.error());
  std::fprintf(stderr,
               "aura: %zu tables; left out %zu tables and %zu columns; see the "
               "comments for what was inferred\n",
               imported->schema.tables.size(), imported->tables_left_out,
               imported->columns_left_out);
  return exit_code::success;
}

expected<std::vector<schema::lint_finding>>
findings_of(const schema_options& x) {
  auto s = schema::load(x.schema);
  if (!s)
    return s.error();
  if (x.database.empty())
    return schema::lint(*s);
  auto database = sql::catalog::open(x.database);
  if (!database)
    return database.error();
  return schema::lint(*s, *database);
}

exit_code run_lint(const schema_options& x) {
  const auto findings = findings_of(x);
  if (!findings)
    return complain(findings.error());
  auto errors = 0;
  for (const auto& finding : *findings) {
    std::printf("%s: %s: %s [%s]\n", finding.where.c_str(),
                finding.error ? "error" : "warning", finding.message.c_str(),
                finding.code.c_str());
    errors += finding.error ? 1 : 0;
  }
  std::fprintf(stderr, "aura: %d errors, %zu warnings\n", errors,
               findings->size() - static_cast<std::size_t>(errors));
  return errors == 0 ? exit_code::success : exit_code::negative;
}

exit_code run_seed(const schema_options& x) {
  auto s = schema::load(x.schema);
  if (!s)
    return complain(s.error());
  auto options = schema::state_options{};
  const auto kind = schema::state_kind_named(x.kind);
  if (!kind)
    return complain(
      {errc::invalid_option, "no kind of state '" + x.kind + "'"});
  options.kind = *kind;
  options.seed = x.seed;
  options.rows = x.rows;
  options.now = x.now;
  const auto image = schema::seed(*s, options);
  if (!image)
    return complain(image.error());
  if (!x.force && CLI::ExistingFile(x.output).empty())
    return complain(
      {errc::io_error, x.output + " exists; --force replaces it"});
  if (auto written = write_output(x.output, *image); !written)
    return complain(written.error());
  return exit_code::success;
}

exit_code run_tables(const schema_options& x) {
  const auto s = schema::load(x.schema);
  if (!s)
    return complain(s.error());
  const auto text = x.target == dsl::sql_target::duckdb
                      ? schema::duckdb_tables_sql(*s)
                      : schema::create_table_sql(*s);
  std::fwrite(text.data(), 1, text.size(), stdout);
  return exit_code::success;
}

std::string state_kind_names() {
  auto names = std::string{};
  for (std::size_t i = 0; i < schema::state_kinds; ++i)
    names += (i == 0 ? "" : ", ")
             + std::string{to_string(static_cast<schema::state_kind>(i))};
  return names;
}

void add_import(CLI::App& schema, action& chosen) {
  auto x = std::make_shared<schema_options>();
  auto* command = schema.add_subcommand(
    "import", "write the schema file that a database suggests");
  command->add_option("database", x->database, "SQLite database")->required();
  command->add_option("-o,--output", x->output, "file (default: stdout)");
  command->add_option("--name", x->name, "name (default: the file's)");
  command->final_callback(
    [x, &chosen] { chosen = [x] { return run_import(*x); }; });
}

void add_lint(CLI::App& schema, action& chosen) {
  auto x = std::make_shared<schema_options>();
  auto* command = schema.add_subcommand(
    "lint", "look at a schema, and whether a database keeps to it");
  command->add_option("-s,--schema,schema", x->schema, "schema file")
    ->required();
  command->add_option("-d,--database", x->database, "SQLite database");
  command->final_callback(
    [x, &chosen] { chosen = [x] { return run_lint(*x); }; });
}

void add_seed(CLI::App& schema, action& chosen) {
  auto x = std::make_shared<schema_options>();
  auto* command = schema.add_subcommand(
    "seed", "write a database with invented rows for every table");
  command->add_option("-s,--schema", x->schema, "schema file")->required();
  command->add_option("-o,--output,output", x->output, "database to write")
    ->required();
  command->add_option("--kind", x->kind, "one of " + state_kind_names());
  command->add_option("--seed", x->seed, "equal seeds give equal bytes");
  command->add_option("--rows", x->rows,
                      "rows of the largest tables (default: by the kind)");
  command->add_option("--now", x->now, "the moment that dates gather before");
  command->add_flag("--force", x->force, "replace an existing file");
  command->final_callback(
    [x, &chosen] { chosen = [x] { return run_seed(*x); }; });
}

void add_tables(CLI::App& schema, action& chosen) {
  auto x = std::make_shared<schema_options>();
  auto* command = schema.add_subcommand(
    "sql", "write CREATE TABLE statements for the tables of a schema");
  command->add_option("-s,--schema,schema", x->schema, "schema file")
    ->required();
  add_target_option(*command, x->target,
                    "sqlite, or duckdb with the types that `aura sql --target "
                    "duckdb` expects");
  command->final_callback(
    [x, &chosen] { chosen = [x] { return run_tables(*x); }; });
}

} // namespace

CLI::App* add_schema(CLI::App& app, action& chosen) {
  auto* command
    = app.add_subcommand("schema", "import, lint, seed or export a schema");
  command->require_subcommand(1);
  add_import(*command, chosen);
  add_lint(*command, chosen);
  add_seed(*command, chosen);
  add_tables(*command, chosen);
  return command;
}

} // namespace aura::tools
