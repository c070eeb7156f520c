#include "actors/stages/schema.hpp"

#include "actors/flow/files.hpp"
#include "actors/stages/domain.hpp"
#include "kernels/schema/import.hpp"
#include "kernels/schema/load.hpp"
#include "kernels/schema/write.hpp"

namespace aura::stages {

namespace {

expected<schema::schema> read(const schema_options& options,
                              const flow::environment& at) {
  if (!options.file.empty())
    return schema::load(options.file);
  auto imported = schema::import_database(options.database, {});
  if (!imported)
    return imported.error();
  for (const auto& text : imported->notes)
    at.tell({at.stage, text, 0, 0});
  return std::move(imported->schema);
}

} // namespace

status check(const schema_options& options) {
  if (options.file.empty() == options.database.empty())
    return fault{errc::invalid_option,
                 "give either 'file' or 'database' under 'schema'"};
  return ok;
}

std::string plan_of(const schema_options& options) {
  return options.file.empty() ? "import " + options.database
                              : "read " + options.file;
}

expected<flow::stage_spec> make_stage(const schema_options& options,
                                      const flow::environment& at) {
  return flow::map_stage(at, 1, [=] {
    return expected<flow::step>{[=](batch& x) -> status {
      auto read_schema = read(options, at);
      if (!read_schema)
        return read_schema.error();
      if (read_schema->tables.empty())
        return fault{errc::invalid_schema,
                     "schema '" + read_schema->name + "' has no tables"};
      auto result = std::make_shared<domain>();
      result->database = options.database;
      result->schema_text
        = std::make_shared<std::string>(schema::write(*read_schema));
      result->schema
        = std::make_shared<schema::schema>(std::move(*read_schema));
      auto retriever = retrieval::schema_retriever::build(result->schema);
      if (!retriever)
        return retriever.error();
      result->retriever
        = std::make_shared<retrieval::schema_retriever>(std::move(*retriever));
      if (!at.directory.empty())
        if (auto written = flow::write_file(at.directory / "schema.yaml",
                                            *result->schema_text);
            !written)
          return written.error();
      x.context = std::move(result);
      return ok;
    }};
  });
}

} // namespace aura::stages
