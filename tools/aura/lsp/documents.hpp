#pragma once

#include "kernels/dsl/editor/positions.hpp"
#include "kernels/dsl/syntax.hpp"
#include "kernels/schema/schema.hpp"

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aura::tools::lsp {

/// A text that is open in the editor.
struct document {
  std::string uri;
  std::string text;
  std::int64_t version = 0;
  dsl::editor::line_index lines{""};
  /// Its diagnostics are not published yet.
  bool is_dirty = true;

  void replace(std::string whole);
  /// Replaces the bytes from `start` to `end`.
  void change(std::size_t start, std::size_t end, std::string_view by);
};

/// The file of a `file:` address; nothing for any other.
std::optional<std::filesystem::path> path_of(std::string_view uri);

/// The `file:` address of a path.
std::string uri_of(const std::filesystem::path& file);

/// A schema that documents are written over, or why there is none.
struct schema_choice {
  std::shared_ptr<const schema::schema> schema;
  /// Its file; empty without one, and for a database.
  std::filesystem::path file;
  /// Set if a file was named or found that cannot be used.
  std::string trouble;
  /// Where the document names it; empty if it does not.
  dsl::span named;
};

/// Finds the schema of a document: the one that a comment `-- schema: path` in
/// it names; else the one that the user chose; else the only schema file in
/// the document's folder, or in the nearest folder above, up to the editor's,
/// that has one. Files are read again when they change.
class schema_finder {
public:
  /// A schema file or a database that the user chose; may be empty.
  void choose(std::filesystem::path file, std::filesystem::path database);

  /// The folder that the editor has open: the search ends there.
  void set_root(std::filesystem::path folder);

  /// Schema files may have come or gone.
  void look_again() {
    found_.clear();
  }

  schema_choice find(const document& x);

private:
  struct known {
    std::filesystem::file_time_type time;
    std::shared_ptr<const schema::schema> schema;
    std::string trouble;
  };

  const known& load(const std::filesystem::path& file, bool is_database);
  const std::vector<std::filesystem::path>&
  schemas_in(const std::filesystem::path& folder);

  std::filesystem::path file_;
  std::filesystem::path database_;
  std::filesystem::path root_;
  std::map<std::filesystem::path, known> known_;
  /// The schema files of a folder, of more than two some two.
  std::map<std::filesystem::path, std::vector<std::filesystem::path>> found_;
};

} // namespace aura::tools::lsp
