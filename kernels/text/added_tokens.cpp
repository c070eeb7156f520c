#include "kernels/text/added_tokens.hpp"

#include "kernels/base/utf8.hpp"

#include <utf8proc.h>

#include <algorithm>

namespace aura::text {

namespace {

std::uint32_t code_point(std::string_view text) {
  const auto length = character_length(text);
  const auto byte = [&](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i]));
  };
  if (length < 2)
    return length == 1 ? byte(0) : 0;
  auto result = byte(0) & (0xffu >> (length + 1));
  for (std::size_t i = 1; i < length; ++i)
    result = result << 6 | (byte(i) & 0x3f);
  return result;
}

// Where the character before `end` begins.
std::size_t previous(std::string_view text, std::size_t end) {
  do
    --end;
  while (end > 0 && (text[end] & 0xc0) == 0x80);
  return end;
}

// `\w` of Rust's regular expressions (Unicode Technical Standard 18, annex C).
bool is_word(std::string_view text) {
  const auto c = static_cast<utf8proc_int32_t>(code_point(text));
  if (c == 0x200c || c == 0x200d || (c >= 0x24b6 && c <= 0x24e9))
    return true;
  switch (utf8proc_category(c)) {
  case UTF8PROC_CATEGORY_LU:
  case UTF8PROC_CATEGORY_LL:
  case UTF8PROC_CATEGORY_LT:
  case UTF8PROC_CATEGORY_LM:
  case UTF8PROC_CATEGORY_LO:
  case UTF8PROC_CATEGORY_MN:
  case UTF8PROC_CATEGORY_MC:
  case UTF8PROC_CATEGORY_ME:
  case UTF8PROC_CATEGORY_ND:
  case UTF8PROC_CATEGORY_NL:
  case UTF8PROC_CATEGORY_PC:
    return true;
  default:
    return false;
  }
}

} // namespace

bool is_unicode_space(std::string_view text) {
  if (text.empty())
    return false;
  const auto c = code_point(text);
  return (c >= 9 && c <= 13) || c == 0x20 || c == 0x85 || c == 0xa0
         || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028
         || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

added_tokens::added_tokens(std::vector<added_token> tokens)
  : tokens_{std::move(tokens)} {
  std::erase_if(tokens_, [](const auto& x) { return x.content.empty(); });
  std::stable_sort(tokens_.begin(), tokens_.end(),
                   [](const auto& a, const auto& b) {
                     return a.content.size() > b.content.size();
                   });
  for (const auto& x : tokens_)
    begins_[static_cast<unsigned char>(x.content[0])] = true;
}

const added_token* added_tokens::match(std::string_view text,
                                       bool specials) const {
  for (const auto& x : tokens_)
    if (text.starts_with(x.content) && (specials || !x.special))
      return &x;
  return nullptr;
}

std::vector<section> added_tokens::find(std::string_view text,
                                        bool specials) const {
  auto result = std::vector<section>{};
  auto done = std::size_t{0}; // what the result covers so far
  for (std::size_t at = 0; at < text.size();) {
    if (!begins_[static_cast<unsigned char>(text[at])]) {
      ++at;
      continue;
    }
    const auto* token = match(text.substr(at), specials);
    if (!token) {
      ++at;
      continue;
    }
    auto begin = at;
    auto end = at + token->content.size();
    at = end;
    const auto alone
      = (begin == 0 || !is_word(text.substr(previous(text, begin))))
        && (end == text.size() || !is_word(text.substr(end)));
    if (token->single_word && !alone)
      continue;
    if (token->lstrip)
      while (begin > done
             && is_unicode_space(text.substr(previous(text, begin))))
        begin = previous(text, begin);
    if (token->rstrip)
      while (is_unicode_space(text.substr(end)))
        end += character_length(text.substr(end));
    if (done < begin)
      result.push_back({done, begin, -1});
    result.push_back({begin, end, token->id});
    done = end;
    at = std::max(at, end);
  }
  if (done < text.size())
    result.push_back({done, text.size(), -1});
  return result;
}

} // namespace aura::text
