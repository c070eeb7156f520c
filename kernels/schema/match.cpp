#include "kernels/schema/match.hpp"

#include <algorithm>

namespace aura::schema {

namespace {

std::string name_in_match(const std::string& name) {
  return std::all_of(name.begin(), name.end(),
                     [](char c) {
                       return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
                              || c == '_' || (c >= '0' && c <= '9')
                              || static_cast<unsigned char>(c) >= 0x80;
                     })
           ? name
           : "`" + name + "`";
}

/// Takes a column name off the front of `text`: a plain word or `…` in
/// backticks. Empty if there is none.
std::string take_name(std::string_view& text) {
  auto skip = [&] {
    while (!text.empty() && text.front() == ' ')
      text.remove_prefix(1);
  };
  skip();
  auto length = std::size_t{0};
  std::string name;
  if (!text.empty() && text.front() == '`') {
    length = text.find('`', 1);
    if (length == std::string_view::npos)
      return {};
    name = text.substr(1, length - 1);
    ++length;
  } else {
    length = std::min(text.size(), text.find_first_of(" =`"));
    name = text.substr(0, length);
  }
  text.remove_prefix(length);
  skip();
  return name;
}

bool take_word(std::string_view& text, std::string_view word) {
  if (!same_name(text.substr(0, word.size()), word))
    return false;
  text.remove_prefix(word.size());
  return true;
}

} // namespace

std::string match_text(const relation& r) {
  std::string text;
  for (const auto& [here, there] : r.match)
    text += (text.empty() ? "" : " AND ") + name_in_match(here)
            + " == " + name_in_match(there);
  return text;
}

std::optional<std::vector<std::pair<std::string, std::string>>>
parse_match(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> pairs;
  do {
    auto left = take_name(text);
    if (left.empty() || !take_word(text, "=="))
      return std::nullopt;
    auto right = take_name(text);
    if (right.empty())
      return std::nullopt;
    pairs.emplace_back(std::move(left), std::move(right));
  } while (take_word(text, "AND "));
  if (!text.empty())
    return std::nullopt;
  return pairs;
}

} // namespace aura::schema
