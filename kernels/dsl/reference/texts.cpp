#include "kernels/dsl/reference/texts.hpp"

#include "kernels/base/utf8.hpp"
#include "kernels/schema/schema.hpp"

#include <algorithm>
#include <span>

namespace aura::dsl::interpreter {

namespace {

bool matches(std::span<const std::string_view> text,
             std::span<const std::string_view> pattern) {
  if (pattern.empty())
    return text.empty();
  if (pattern[0] == "%") {
    for (std::size_t skipped = 0; skipped <= text.size(); ++skipped)
      if (matches(text.subspan(skipped), pattern.subspan(1)))
        return true;
    return false;
  }
  const auto escaped = pattern[0] == "\\";
  if (escaped)
    pattern = pattern.subspan(1);
  if (pattern.empty() || text.empty())
    return false;
  return ((pattern[0] == "_" && !escaped) || same_letters(text[0], pattern[0]))
         && matches(text.subspan(1), pattern.subspan(1));
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
  return matches(split_characters(text), split_characters(pattern));
}

bool same_letters(std::string_view a, std::string_view b) {
  return schema::same_name(a, b);
}

} // namespace aura::dsl::interpreter
