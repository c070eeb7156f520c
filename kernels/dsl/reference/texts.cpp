#include "kernels/dsl/reference/texts.hpp"

#include "kernels/base/utf8.hpp"
#include "kernels/schema/schema.hpp"

#include <algorithm>

namespace aura::dsl::interpreter {

namespace {

// Whether one element of a pattern takes a character. Moves `at` behind it.
bool takes(const characters& pattern, std::size_t& at, std::string_view x) {
  if (pattern[at] == "_") {
    ++at;
    return true;
  }
  if (pattern[at] == "\\" && ++at == pattern.size())
    return false;
  return same_letters(pattern[at++], x);
}

} // namespace

characters split_characters(std::string_view text) {
  auto result = characters{};
  while (!text.empty()) {
    const auto length = std::max(character_length(text), std::size_t{1});
    result.push_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return result;
}

bool is_like(std::string_view text, std::string_view pattern) {
  const auto letters = split_characters(text);
  const auto wanted = split_characters(pattern);
  // Where to go on when the last % takes one more character.
  auto after_percent = wanted.size() + 1;
  auto resume = std::size_t{0};
  auto i = std::size_t{0};
  auto k = std::size_t{0};
  while (i < letters.size() || k < wanted.size()) {
    if (k < wanted.size() && wanted[k] == "%") {
      after_percent = ++k;
      resume = i;
      continue;
    }
    if (k < wanted.size() && i < letters.size()
        && takes(wanted, k, letters[i])) {
      ++i;
      continue;
    }
    if (after_percent > wanted.size() || resume >= letters.size())
      return false;
    i = ++resume;
    k = after_percent;
  }
  return true;
}

bool same_letters(std::string_view a, std::string_view b) {
  return schema::same_name(a, b);
}

} // namespace aura::dsl::interpreter
