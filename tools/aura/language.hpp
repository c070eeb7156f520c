#pragma once

#include "kernels/base/expected.hpp"
#include "kernels/dsl/compile.hpp"
#include "kernels/schema/schema.hpp"
#include "tools/aura/input.hpp"

#include <memory>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace aura::tools {

/// What the commands over one query have in common.
struct language_options {
  std::string schema;
  std::string database;
  std::string query;
  std::string now;
  std::vector<std::string> parameters; // name=value
  bool inline_literals = false;
  bool deterministic = false;
};

/// The query: its text, a file that holds it, or `-`.
void add_query_argument(CLI::App& command, language_options& x);

/// `--schema` and `--database`, one of which is needed.
void add_schema_options(CLI::App& command, language_options& x);

/// What changes the meaning of a query: `--now`, `--param`, `--deterministic`.
void add_compile_options(CLI::App& command, language_options& x);

/// `--inline`.
void add_inline_option(CLI::App& command, language_options& x);

/// `--target sqlite|duckdb`.
void add_target_option(CLI::App& command, dsl::sql_target& x,
                       const char* description);

dsl::compile_options compile_options_of(const language_options& x);

/// A query and the schema that it is over.
struct language_input {
  std::shared_ptr<const schema::schema> schema;
  query_source source;
};

/// Reads both.
expected<language_input> read_input(const language_options& x);

} // namespace aura::tools
