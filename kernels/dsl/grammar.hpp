#pragma once

#include "kernels/schema/schema.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace aura::dsl {

/// One rule of the grammar. A body is made of `"terminals"`, rule-names,
/// `[classes]` of characters, `( )`, `|`, `?`, `*`, `+` and `{m,n}`; `_` is the
/// space that the canonical form has between two tokens.
struct grammar_rule {
  std::string name;
  std::string body;
  /// A heading that begins here, or empty.
  std::string heading;
};

/// The canonical form as a context-free grammar, the first rule being `query`.
/// What it derives parses, but for the limits of size, nesting and operators,
/// which are beyond a grammar; what resolves and is printed is derived.
struct grammar {
  std::vector<grammar_rule> rules;
};

/// What a grammar may be restricted to.
struct grammar_options {
  /// Names of tables, columns and relations are those of this schema; the
  /// steps of a path follow its relations. Null: any name.
  const schema::schema* schema = nullptr;
  /// Names that a query may make up, for LETs, aliases and columns. Empty: any.
  std::vector<std::string> new_names;
  /// With a schema: text literals are these and the declared values. Empty:
  /// any text.
  std::vector<std::string> texts;
};

grammar make_grammar(const grammar_options& options);

/// In the notation of the W3C (XML), for people and prompts. There, any blanks
/// and comments may stand between tokens.
std::string to_ebnf(const grammar& x);

/// In the notation of llama.cpp, for constrained decoding: the canonical form
/// to the byte. The first rule is `root`. Without left recursion.
std::string to_gbnf(const grammar& x);

} // namespace aura::dsl
