#include "kernels/schema/import.hpp"

#include "kernels/schema/check.hpp"
#include "kernels/schema/importer.hpp"
#include "kernels/schema/load.hpp"
#include "kernels/schema/naming.hpp"

#include <algorithm>

namespace aura::schema {

namespace {

std::string counted(std::size_t n, const char* one, const char* many) {
  return std::to_string(n) + " " + (n == 1 ? one : many);
}

} // namespace

expected<imported> import_catalog(sql::catalog& database,
                                  const import_options& options) {
  auto work = importer{database, options};
  if (const auto read = work.run(); !read)
    return read.error();
  auto result = work.take();
  // A schema that would not load is a bug, not something to hand out.
  if (const auto found = find_problem(result.schema))
    return fault{errc::internal, "the imported schema does not hold together: "
                                   + found->message};
  auto relations = std::size_t{0};
  auto columns = std::size_t{0};
  for (const auto& t : result.schema.tables) {
    relations += t.relations.size();
    columns += t.columns.size();
  }
  auto& notes = work.notes();
  notes.head = {
    "Imported: " + counted(result.schema.tables.size(), "table", "tables")
      + ", " + counted(columns, "column", "columns") + ", "
      + counted(relations, "relation", "relations") + ". Left out: "
      + counted(result.tables_left_out, "table or view", "tables and views")
      + ", " + counted(result.columns_left_out, "column", "columns") + ".",
    "Comments say what was inferred and what was left out. Descriptions, "
    "synonyms and units",
    "make better questions: please add them.",
  };
  result.yaml = write(result.schema, notes);
  const auto again = parse(result.yaml, "imported");
  if (!again)
    return fault{errc::internal,
                 "the imported schema does not load: " + again.error().message};
  if (*again != result.schema)
    return fault{errc::internal, "the imported schema does not read back"};
  return result;
}

expected<imported> import_database(const std::filesystem::path& file,
                                   const import_options& options) {
  auto database = sql::catalog::open(file);
  if (!database)
    return database.error();
  auto named = options;
  if (named.name.empty())
    named.name = printable(file.stem().string());
  return import_catalog(*database, named);
}

} // namespace aura::schema
