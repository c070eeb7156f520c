#include "kernels/schema/naming.hpp"

#include "kernels/base/utf8.hpp"
#include "kernels/schema/schema.hpp"
#include "kernels/schema/words.hpp"

#include <algorithm>
#include <array>

namespace aura::schema {

namespace {

bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}

bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}

bool is_word(char c) {
  return is_upper(c) || is_lower(c) || (c >= '0' && c <= '9')
         || static_cast<unsigned char>(c) >= 0x80;
}

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() > end.size()
         && same_name(text.substr(text.size() - end.size()), end);
}

/// What all of `names` begin with, up to and without a mark between words.
std::string common_beginning(const std::vector<std::string>& names) {
  auto length = names.front().size();
  for (const auto& x : names) {
    length = std::min(length, x.size());
    while (!same_name(std::string_view{x}.substr(0, length),
                      std::string_view{names.front()}.substr(0, length)))
      --length;
  }
  const auto end = names.front().find_last_of("_- ", length);
  return end == std::string::npos || end >= length
           ? std::string{}
           : names.front().substr(0, end);
}

} // namespace

std::string spoken(std::string_view name) {
  std::string text;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const auto c = name[i];
    const auto begins_word
      = is_upper(c) && i > 0
        && (is_lower(name[i - 1])
            || (is_upper(name[i - 1]) && i + 1 < name.size()
                && is_lower(name[i + 1])));
    if ((begins_word || !is_word(c)) && !text.empty() && text.back() != ' ')
      text += ' ';
    if (is_word(c))
      text += c;
  }
  while (!text.empty() && text.back() == ' ')
    text.pop_back();
  return to_lower(std::move(text));
}

std::string description_of(std::string_view name) {
  auto plain = to_lower(std::string{name});
  std::replace(plain.begin(), plain.end(), '_', ' ');
  auto words = spoken(name);
  return words == plain ? std::string{} : words;
}

std::string without_key_suffix(std::string_view name) {
  for (const auto* end : {"_id", "_key", "_no", " id", " key", " no"})
    if (ends_with(name, end))
      return std::string{
        name.substr(0, name.size() - std::string_view{end}.size())};
  // ArtistId, albumid, ORDERKEY, but not `paid`.
  for (const auto* end : {"id", "key"}) {
    const auto size = std::string_view{end}.size();
    if (ends_with(name, end)
        && (name.size() >= size + 3
            || (is_upper(name[name.size() - size])
                && !is_upper(name[name.size() - size - 1]))))
      return std::string{name.substr(0, name.size() - size)};
  }
  return std::string{name};
}

bool is_reserved(std::string_view name) {
  static constexpr std::array words
    = {"and",  "or",    "not",  "in",   "is",  "like", "between",
       "case", "when",  "then", "else", "end", "null", "during",
       "true", "false", "as",   "on",   "by",  "per"};
  return std::any_of(words.begin(), words.end(),
                     [&](const char* x) { return same_name(x, name); });
}

std::string relation_name(const std::vector<std::string>& columns,
                          std::string_view table,
                          const std::vector<std::string>& taken) {
  const auto free = [&](const std::string& name) {
    return !name.empty() && !is_reserved(name)
           && std::none_of(taken.begin(), taken.end(),
                           [&](const auto& x) { return same_name(x, name); });
  };
  const auto name = without_key_suffix(
    columns.size() == 1 ? columns.front() : common_beginning(columns));
  if (free(name) && !same_name(name, "id"))
    return name;
  auto longer = std::string{table} + "_by";
  for (const auto& x : columns)
    longer += "_" + x;
  auto numbered = longer;
  for (int i = 2; !free(numbered); ++i)
    numbered = longer + "_" + std::to_string(i);
  return numbered;
}

std::string printable(std::string_view text) {
  std::string clean;
  while (!text.empty()) {
    const auto length = character_length(text);
    const auto bad = length == 0 || static_cast<unsigned char>(text[0]) < 0x20
                     || text[0] == 0x7f;
    clean += bad ? std::string_view{"?"} : text.substr(0, length);
    text.remove_prefix(std::max<std::size_t>(1, length));
  }
  return clean;
}

bool is_usable(std::string_view name) {
  return !name.empty() && printable(name) == name
         && name.find('`') == std::string_view::npos;
}

bool holds_name(const std::vector<std::string>& names,
                std::string_view wanted) {
  return std::any_of(names.begin(), names.end(),
                     [&](const auto& x) { return same_name(x, wanted); });
}

bool same_columns(const std::vector<std::string>& a,
                  const std::vector<std::string>& b) {
  return a.size() == b.size()
         && std::all_of(a.begin(), a.end(),
                        [&](const auto& x) { return holds_name(b, x); });
}

std::string listed_names(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& x : names)
    text += (text.empty() ? "" : ", ") + x;
  return text;
}

} // namespace aura::schema
