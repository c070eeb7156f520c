#include "kernels/text/bpe.hpp"

namespace aura::text {

namespace {

bool digit(char c) {
  return c >= '0' && c <= '9';
}

/// Letters of any script: all that is not ASCII counts as one.
bool letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'
         || static_cast<unsigned char>(c) >= 0x80;
}

bool space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

bool sign(char c) {
  return !digit(c) && !letter(c) && !space(c);
}

bool marks_slot(char c) {
  return c == '#' || c == '@' || c == '$';
}

/// The end of the piece that begins at `start`, after its one space.
std::size_t scan(std::string_view text, std::size_t i) {
  const auto n = text.size();
  if (marks_slot(text[i]) && i + 1 < n && digit(text[i + 1])) {
    for (++i; i < n && digit(text[i]);)
      ++i;
    return i;
  }
  if (letter(text[i])) {
    while (i < n && (letter(text[i]) || digit(text[i])))
      ++i;
    return i < n && text[i] == '(' ? i + 1 : i;
  }
  if (digit(text[i]))
    return i + 1;
  while (i < n && sign(text[i]))
    ++i;
  return i;
}

} // namespace

const char* const piece_pattern
  = " ?[#@$][0-9]+"
    "| ?[A-Za-z_\\x{80}-\\x{10FFFF}][A-Za-z_0-9\\x{80}-\\x{10FFFF}]*\\(?"
    "| ?[0-9]"
    "| ?[^ \\t-\\rA-Za-z_0-9\\x{80}-\\x{10FFFF}]+"
    "|[ \\t-\\r]";

std::vector<std::string_view> pieces(std::string_view text) {
  std::vector<std::string_view> result;
  for (std::size_t i = 0; i < text.size();) {
    const auto start = i;
    if (text[i] == ' ' && i + 1 < text.size() && !space(text[i + 1]))
      ++i;
    i = space(text[i]) ? i + 1 : scan(text, i);
    result.push_back(text.substr(start, i - start));
  }
  return result;
}

} // namespace aura::text
