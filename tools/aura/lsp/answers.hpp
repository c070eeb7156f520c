#pragma once

#include "kernels/base/expected.hpp"
#include "kernels/dsl/compile.hpp"
#include "tools/aura/lsp/documents.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>

/// What the protocol sends for what the language knows: each function answers
/// one request about one document.
namespace aura::tools::lsp {

/// A document as a request sees it.
struct view {
  const document& text;
  const schema_choice& choice;
  dsl::editor::column_unit unit;
  /// Whether the editor fills in snippets.
  bool snippets = false;
  /// Where the pages about diagnostics are; empty if nowhere.
  const std::string& manual;
  const dsl::compile_options& options;

  const schema::schema* schema() const {
    return choice.schema.get();
  }
};

nlohmann::json diagnostics_of(const view& x);
nlohmann::json hover(const view& x, std::size_t offset);
nlohmann::json completion(const view& x, std::size_t offset);
nlohmann::json signature_help(const view& x, std::size_t offset);
nlohmann::json definition(const view& x, std::size_t offset);
nlohmann::json references(const view& x, std::size_t offset, bool defining);
nlohmann::json highlights(const view& x, std::size_t offset);
nlohmann::json prepare_rename(const view& x, std::size_t offset);
nlohmann::json symbols(const view& x);
nlohmann::json formatting(const view& x);
nlohmann::json inlay_hints(const view& x, std::size_t start, std::size_t end);
/// Fixes of what is wrong between two bytes, and one for the whole document.
nlohmann::json code_actions(const view& x, std::size_t start, std::size_t end);

/// A change of the document, or why there is none.
expected<nlohmann::json> rename(const view& x, std::size_t offset,
                                const std::string& new_name);

/// The byte that a `Position` means.
std::size_t offset_of(const view& x, const nlohmann::json& position);

} // namespace aura::tools::lsp
