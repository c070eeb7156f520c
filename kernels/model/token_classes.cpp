#include "kernels/model/token_classes.hpp"

#include "kernels/base/utf8_prefix.hpp"

#include <algorithm>

namespace aura::model {

namespace {

constexpr auto kinds
  = std::array{open_word::name, open_word::quoted_name, open_word::text};

bool is_letter(unsigned char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'
         || c >= 0x80;
}

// Whether a word of this kind ends before, or with, this byte, and a query can
// go on.
bool ends(open_word kind, unsigned char byte) {
  if (kind == open_word::name)
    return may_follow_name(byte);
  return !goes_on(kind, byte);
}

bool all_go_on(open_word kind, std::string_view x) {
  return unfinished_character(x).has_value()
         && std::all_of(x.begin(), x.end(), [kind](char c) {
              return goes_on(kind, static_cast<unsigned char>(c));
            });
}

} // namespace

bool may_follow_name(unsigned char byte) {
  return std::string_view{" (),;."}.find(static_cast<char>(byte))
         != std::string_view::npos;
}

bool goes_on(open_word kind, unsigned char byte) {
  switch (kind) {
  case open_word::name:
    return is_letter(byte) || (byte >= '0' && byte <= '9');
  case open_word::quoted_name:
    return byte != '`';
  case open_word::text:
    return byte != '\'';
  }
  return false;
}

token_classes::token_classes(std::span<const std::string_view> tokens)
  : trie_{tokens},
    inside_(kinds.size(), text::token_set{tokens.size()}), name_{tokens.size()},
    spaced_name_{tokens.size()} {
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    auto x = tokens[i];
    if (x.empty())
      continue;
    const auto id = static_cast<std::int32_t>(i);
    for (auto kind : kinds)
      if (all_go_on(kind, x))
        inside_[static_cast<std::size_t>(kind)].insert(id);
    const auto spaced = x.front() == ' ';
    x.remove_prefix(spaced ? 1 : 0);
    if (!x.empty() && is_letter(static_cast<unsigned char>(x.front()))
        && all_go_on(open_word::name, x))
      (spaced ? spaced_name_ : name_).insert(id);
  }
  for (auto kind : kinds) {
    auto& found = ends_[static_cast<std::size_t>(kind)];
    found.resize(trie_.nodes());
    for (auto n = trie_.nodes(); n-- > 0;) {
      const auto x = static_cast<text::token_trie::node>(n);
      const auto labels = trie_.labels(x);
      for (std::size_t i = 0; i < labels.size(); ++i)
        if (ends(kind, labels[i])
            || (goes_on(kind, labels[i]) && found[trie_.first_child(x) + i]))
          found[n] = 1;
    }
  }
}

} // namespace aura::model
