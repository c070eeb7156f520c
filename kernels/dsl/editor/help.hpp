#pragma once

#include <span>
#include <string_view>

namespace aura::dsl::editor {

/// What one operator, function or keyword does.
struct help_entry {
  std::string_view word; // upper case
  /// How it is written: `LIMIT n [OFFSET m]`.
  std::string_view form;
  std::string_view text;
  std::string_view example;
};

/// The operators, which stand after `|>`, and SOURCE.
std::span<const help_entry> operator_help();

/// The functions. `form` names the parameters.
std::span<const help_entry> function_help();

/// Words inside operators and expressions.
std::span<const help_entry> keyword_help();

/// Null if there is no such word; in any case of letters.
const help_entry* find_operator_help(std::string_view word);
const help_entry* find_function_help(std::string_view word);
const help_entry* find_keyword_help(std::string_view word);

} // namespace aura::dsl::editor
