#pragma once

#include "kernels/dsl/syntax.hpp"

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The words of the language: which are reserved, and how alike two are.
namespace aura::dsl {

/// ASCII case-insensitive equality; the keyword is upper-case.
constexpr bool is_keyword(std::string_view word, std::string_view keyword) {
  if (word.size() != keyword.size())
    return false;
  for (std::size_t i = 0; i < word.size(); ++i) {
    const auto c = word[i];
    if ((c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c)
        != keyword[i])
      return false;
  }
  return true;
}

/// The words that cannot be names without backticks, in upper case.
std::span<const std::string_view> reserved_words();

/// Whether `word` cannot be a name without backticks.
bool is_reserved(std::string_view word);

/// `x` as the printer writes a name: in backticks where it would not read back
/// as that name otherwise.
std::string spell_name(std::string_view x);

/// `x` with ASCII letters in upper case.
std::string upper(std::string_view x);

/// `MINUTE` and `MINUTES` are the same unit.
std::optional<unit> find_unit(std::string_view word);

/// `MINUTE`
std::string_view to_string(unit x);

/// The operators of a pipeline by their first word: `FILTER`, `LEFT`, …
std::span<const std::string_view> operator_words();

/// Those of `candidates` that `word` may be a misspelling of, nearest first:
/// at most a third of the letters inserted, removed, replaced or swapped.
std::vector<std::string> alike(std::string_view word,
                               std::span<const std::string_view> candidates);

} // namespace aura::dsl
