#pragma once

#include "kernels/base/exit_code.hpp"
#include "kernels/dsl/diagnostic.hpp"
#include "kernels/schema/schema.hpp"

#include <memory>
#include <string>

namespace aura::tools {

/// The query of a command line.
struct query_source {
  std::string name; // for messages: `query`, `standard input` or the file
  std::string text;
};

/// The text `argument`, or all of standard input for `-`.
query_source read_text(const std::string& argument);

/// All of a file. Fails with io_error, also for a folder.
expected<std::string> read_file(const std::string& path);

/// Whether an argument where a query may stand is the path of a file: one that
/// exists, or one word with a `/` or the extension of a query's file.
bool is_path(const std::string& argument);

/// The query itself, the content of the file, or for `-` standard input.
expected<query_source> read_query(const std::string& argument);

/// Loads a schema file; without one imports the schema of `database`.
expected<std::shared_ptr<const schema::schema>>
read_schema(const std::string& file, const std::string& database);

/// Says on standard error what went wrong, and returns its exit code.
exit_code complain(const fault& reason);

/// Shows diagnostics on standard error, with the line of the source.
void show(const dsl::diagnostics& found, const query_source& source);

/// The moment that NOW() means: `option`, or this second in UTC.
std::string moment(const std::string& option);

/// Writes `text` to `file`, or to standard output if that is empty or `-`.
status write_output(const std::string& file, const std::string& text);

} // namespace aura::tools
