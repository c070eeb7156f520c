#pragma once

#include "kernels/dsl/diagnostic.hpp"

#include <span>
#include <string_view>

namespace aura::dsl {

/// One kind of diagnostic. Codes are stable: a retired one is not given again.
struct code_entry {
  std::string_view code;
  dsl::severity severity;
  std::string_view title;
  /// Why it is one, and what to do.
  std::string_view meaning;
  /// A query over configs/schemas/smart_home.yaml that shows it and nothing
  /// else; empty where it would be too long to be read.
  std::string_view example;
};

/// The kinds that the lexer and the parser report, by code.
std::span<const code_entry> syntax_codes();

/// The kinds that resolving and translating report, by code.
std::span<const code_entry> meaning_codes();

} // namespace aura::dsl
