#include "kernels/dsl/words.hpp"

#include "kernels/base/nearest.hpp"

#include <algorithm>

namespace aura::dsl {

namespace {

constexpr auto reserved = std::to_array<std::string_view>(
  {"AND",    "OR",    "NOT",  "IN",   "IS",   "LIKE", "BETWEEN",
   "DURING", "CASE",  "WHEN", "THEN", "ELSE", "END",  "NULL",
   "TRUE",   "FALSE", "AS",   "ON",   "BY",   "PER"});

constexpr auto units = std::to_array<std::string_view>(
  {"SECOND", "MINUTE", "HOUR", "DAY", "WEEK", "MONTH", "QUARTER", "YEAR"});

constexpr auto operators = std::to_array<std::string_view>(
  {"FILTER",    "SELECT", "EXTEND",   "DROP",  "RENAME", "SET",  "AGGREGATE",
   "SORT",      "LIMIT",  "DISTINCT", "TOP",   "AS",     "JOIN", "INNER",
   "LEFT",      "RIGHT",  "FULL",     "CROSS", "SEMI",   "ANTI", "UNION",
   "INTERSECT", "EXCEPT", "WINDOW",   "PIVOT", "UNPIVOT"});

char upper_letter(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

bool is_plain(std::string_view x) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'
           || static_cast<unsigned char>(c) >= 0x80;
  };
  return !x.empty() && letter(x.front())
         && std::all_of(x.begin(), x.end(), [&](char c) {
              return letter(c) || (c >= '0' && c <= '9');
            });
}

} // namespace

std::span<const std::string_view> reserved_words() {
  return reserved;
}

bool is_reserved(std::string_view word) {
  // Most words are told apart by their first letter.
  constexpr auto initials = std::string_view{"ANOILBDCWTEFP"};
  return word.size() >= 2 && word.size() <= 7
         && initials.find(upper_letter(word.front())) != std::string_view::npos
         && std::any_of(reserved.begin(), reserved.end(),
                        [word](auto x) { return is_keyword(word, x); });
}

std::string spell_name(std::string_view x) {
  if (is_plain(x) && !is_reserved(x))
    return std::string{x};
  auto result = std::string{"`"};
  for (auto c : x) {
    result += c;
    if (c == '`')
      result += c;
  }
  return result + '`';
}

std::string upper(std::string_view x) {
  auto result = std::string{x};
  std::transform(result.begin(), result.end(), result.begin(), upper_letter);
  return result;
}

std::optional<unit> find_unit(std::string_view word) {
  if (word.empty() || word.size() > 8)
    return std::nullopt;
  const auto singular
    = upper_letter(word.back()) == 'S' ? word.substr(0, word.size() - 1) : word;
  for (std::size_t i = 0; i < units.size(); ++i)
    if (is_keyword(singular, units[i]))
      return static_cast<unit>(i);
  return std::nullopt;
}

std::string_view to_string(unit x) {
  return units[static_cast<std::size_t>(x)];
}

std::span<const std::string_view> operator_words() {
  return operators;
}

std::vector<std::string> alike(std::string_view word,
                               std::span<const std::string_view> candidates) {
  if (word.size() > 64)
    return {};
  auto found = std::vector<std::pair<std::size_t, std::string_view>>{};
  for (auto x : candidates) {
    const auto bound
      = std::max<std::size_t>(1, std::max(word.size(), x.size()) / 3);
    const auto longer = std::max(word.size(), x.size());
    const auto shorter = std::min(word.size(), x.size());
    if (longer - shorter > bound)
      continue;
    const auto d = edit_distance(word, x);
    if (d <= bound && d < word.size())
      found.emplace_back(d, x);
  }
  std::stable_sort(
    found.begin(), found.end(),
    [](const auto& a, const auto& b) { return a.first < b.first; });
  auto result = std::vector<std::string>{};
  for (const auto& x : found)
    result.emplace_back(x.second);
  return result;
}

} // namespace aura::dsl
