#include "kernels/dsl/tokens.hpp"

#include <array>

/// What tokens stand for, and what they are called.
namespace aura::dsl {

namespace {

constexpr auto descriptions
  = std::to_array<const char*>({"the end",
                                "a word",
                                "a name in backticks",
                                "an integer",
                                "a number",
                                "a text",
                                "a text in double quotes",
                                "a parameter",
                                "`|>`",
                                "`(`",
                                "`)`",
                                "`,`",
                                "`.`",
                                "`;`",
                                "`+`",
                                "`-`",
                                "`*`",
                                "`/`",
                                "`//`",
                                "`%`",
                                "`||`",
                                "`\?\?`",
                                "`==`",
                                "`!=`",
                                "`<`",
                                "`<=`",
                                "`>`",
                                "`>=`",
                                "`=`",
                                "a foreign operator"});

static_assert(descriptions.size()
              == static_cast<std::size_t>(token_kind::foreign) + 1);

} // namespace

const char* describe(token_kind x) {
  return descriptions[static_cast<std::size_t>(x)];
}

std::string value(const token& x, std::string_view source) {
  auto bytes = raw(x, source);
  if (x.kind == token_kind::parameter)
    return std::string{bytes.substr(1)};
  if (x.kind != token_kind::text && x.kind != token_kind::double_text
      && x.kind != token_kind::quoted_name)
    return std::string{bytes};
  const auto quote = bytes.front();
  bytes.remove_prefix(1);
  // Only an unclosed one is faulty and non-empty here.
  if (!x.faulty || (bytes.size() == 1 && bytes.back() == quote))
    bytes.remove_suffix(1);
  auto result = std::string{};
  result.reserve(bytes.size());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    result += bytes[i];
    if (bytes[i] == quote)
      ++i;
  }
  return result;
}

std::string dump(const token_list& x, std::string_view source) {
  auto result = std::string{};
  for (const auto& t : x.tokens) {
    result += std::to_string(t.where.start) + ".." + std::to_string(t.where.end)
              + " " + describe(t.kind);
    if (t.kind != token_kind::end)
      result += " " + std::string{raw(t, source)};
    result += '\n';
  }
  for (const auto& c : x.comments)
    result += std::to_string(c.where.start) + ".." + std::to_string(c.where.end)
              + " comment " + c.text + '\n';
  return result;
}

} // namespace aura::dsl
