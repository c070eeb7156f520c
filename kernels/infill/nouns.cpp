#include "kernels/infill/nouns.hpp"

#include <algorithm>
#include <array>

namespace aura::infill {

namespace {

bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}

char lower(char c) {
  return is_upper(c) ? static_cast<char>(c + ('a' - 'A')) : c;
}

bool is_gap(char c) {
  return c == ' ' || c == '_';
}

std::size_t count_words(std::string_view x) {
  return 1 + static_cast<std::size_t>(std::ranges::count(x, ' '));
}

// A description that can stand for the column within a sentence.
bool is_noun(std::string_view description) {
  static constexpr auto openings
    = std::to_array<std::string_view>({"whether ", "what ", "who ", "if "});
  if (description.empty() || count_words(description) > 4
      || description.find_first_of(",.;:()") != std::string_view::npos)
    return false;
  // A relative clause is too heavy within another sentence.
  if (description.find(" that ") != std::string_view::npos
      || description.find(" who ") != std::string_view::npos)
    return false;
  return std::ranges::none_of(
    openings, [&](auto word) { return description.starts_with(word); });
}

std::vector<std::string> all_nouns(const schema::column& c) {
  auto result = std::vector<std::string>{spaced(c.name)};
  if (is_noun(c.description))
    result.push_back(c.description);
  result.insert(result.end(), c.synonyms.begin(), c.synonyms.end());
  return result;
}

bool could_mean(const schema::column& c, std::string_view noun) {
  return std::ranges::any_of(
    all_nouns(c), [&](const auto& x) { return same_words(x, noun); });
}

std::vector<std::string> all_names(const schema::table& t) {
  auto result = std::vector<std::string>{spaced(t.name)};
  result.insert(result.end(), t.synonyms.begin(), t.synonyms.end());
  return result;
}

bool is_plural(std::string_view x) {
  return x.size() > 3 && x.back() == 's' && x[x.size() - 2] != 's'
         && x[x.size() - 2] != 'u';
}

} // namespace

std::string spaced(std::string_view identifier) {
  auto result = std::string{};
  for (std::size_t i = 0; i < identifier.size(); ++i) {
    const auto c = identifier[i];
    const auto hump = i > 0 && is_upper(c) && !is_upper(identifier[i - 1])
                      && !is_gap(identifier[i - 1]);
    if (is_gap(c) || hump)
      if (!result.empty() && result.back() != ' ')
        result += ' ';
    if (!is_gap(c))
      result += c;
  }
  if (result.ends_with(' '))
    result.pop_back();
  // An abbreviation such as CO2 is no shouting.
  if (std::ranges::any_of(result, [](char c) { return c >= 'a' && c <= 'z'; }))
    std::ranges::transform(result, result.begin(), lower);
  return result;
}

bool same_words(std::string_view a, std::string_view b) {
  return a.size() == b.size()
         && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
              return lower(x) == lower(y) || (is_gap(x) && is_gap(y));
            });
}

std::vector<std::string> nouns_of(const schema::table& t,
                                  const schema::column& c) {
  auto result = std::vector<std::string>{};
  for (auto& noun : all_nouns(c)) {
    const auto known = std::ranges::any_of(
      result, [&](const auto& x) { return same_words(x, noun); });
    const auto ambiguous
      = !result.empty() && std::ranges::any_of(t.columns, [&](const auto& y) {
          return &y != &c && could_mean(y, noun);
        });
    if (!known && !ambiguous)
      result.push_back(std::move(noun));
  }
  // `occurred at` is a poor noun where there is a better one.
  const auto dangling
    = result[0].ends_with(" at") || result[0].ends_with(" on");
  if (dangling && result.size() > 1)
    std::ranges::rotate(result, result.begin() + 1);
  return result;
}

std::vector<std::string> flag_words(const schema::table& t,
                                    const schema::column& c) {
  auto result = nouns_of(t, c);
  for (auto& noun : result)
    if (noun.starts_with("is "))
      noun.erase(0, 3);
  // "The on flag" is hardly English.
  if (result.size() > 1)
    std::erase_if(result, [](const auto& noun) { return noun.size() < 3; });
  auto once = std::vector<std::string>{};
  for (auto& noun : result)
    if (std::ranges::find(once, noun) == once.end())
      once.push_back(std::move(noun));
  return once;
}

std::vector<std::string> rows_of(const schema::schema& s,
                                 const schema::table& t) {
  auto result = std::vector<std::string>{};
  for (const auto& name : all_names(t)) {
    const auto ambiguous
      = !result.empty() && std::ranges::any_of(s.tables, [&](const auto& y) {
          return &y != &t && std::ranges::any_of(all_names(y), [&](auto& z) {
            return same_words(z, name);
          });
        });
    if (ambiguous)
      continue;
    if (is_plural(name)) {
      result.push_back(name);
      continue;
    }
    result.push_back(name + " records");
    if (result.size() == 1)
      result.push_back(name + " entries");
  }
  return result;
}

std::string clause_of(const schema::column& c, bool negated) {
  constexpr auto opening = std::string_view{"whether "};
  if (!c.description.starts_with(opening))
    return {};
  auto clause = c.description.substr(opening.size());
  if (!negated)
    return clause;
  for (auto verb : {" is ", " was ", " are ", " were "}) {
    const auto at = clause.find(verb);
    if (at == std::string::npos)
      continue;
    clause.insert(at + std::string_view{verb}.size(), "not ");
    return clause;
  }
  return {};
}

} // namespace aura::infill
