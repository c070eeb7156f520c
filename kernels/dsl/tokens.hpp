#pragma once

#include "kernels/dsl/diagnostic.hpp"
#include "kernels/dsl/syntax.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace aura::dsl {

enum class token_kind : std::uint8_t {
  end,
  word,        // a keyword or a name: what it is depends on its place
  quoted_name, // `a name`
  integer,
  real,
  text,        // 'it''s'
  double_text, // "x", which belongs to other languages
  parameter,   // $name
  pipe,        // |>
  left_paren,
  right_paren,
  comma,
  dot,
  semicolon,
  plus,
  minus,
  star,
  slash,
  double_slash,
  percent,
  concat,   // ||
  coalesce, // ??
  equal,    // ==
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
  assign, // =, which is equality elsewhere and belongs to LET and SET here
  foreign // an operator of another language, such as <> or &&
};

/// `|>`, `a name`, …: how a message calls a token of this kind.
const char* describe(token_kind x);

/// A piece of the source. Its text is in the source and nowhere else.
struct token {
  token_kind kind = token_kind::end;
  span where;
  /// Whether the lexer has already said what is wrong with it.
  bool faulty = false;
};

struct token_list {
  /// Ends with one token of kind `end`.
  std::vector<token> tokens;
  std::vector<comment> comments;
  dsl::diagnostics diagnostics;
};

/// Splits any bytes into tokens. What is no token is a diagnostic, and left
/// out. @pre source.size() < 2^32
token_list tokenize(std::string_view source);

/// The bytes of `x`.
inline std::string_view raw(const token& x, std::string_view source) {
  return source.substr(x.where.start, x.where.end - x.where.start);
}

/// What a text, quoted name or parameter stands for: without quotes, doubled
/// ones halved, without the `$`. The bytes of any other token.
std::string value(const token& x, std::string_view source);

/// One line a token, with its bytes and place: `3..9 word "FILTER"`.
std::string dump(const token_list& x, std::string_view source);

} // namespace aura::dsl
