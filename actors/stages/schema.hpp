#pragma once

#include "actors/flow/step.hpp"

#include <string>

namespace aura::stages {

/// What a pipeline file may say under `schema:`.
struct schema_options {
  std::string file;
  std::string database;
};

template <class Visitor>
void describe(Visitor& v, schema_options& x) {
  v.file("file", x.file, "Schema file to read.");
  v.file("database", x.database,
         "SQLite database to import the schema from, instead of a file.");
}

/// Exactly one of file and database is given.
status check(const schema_options& options);

std::string plan_of(const schema_options& options);

/// Sets the domain's schema.
expected<flow::stage_spec> make_stage(const schema_options& options,
                                      const flow::environment& at);

} // namespace aura::stages
