#include "kernels/text/linker.hpp"

#include "kernels/text/moments.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace aura::text {

namespace {

constexpr std::array<std::pair<std::string_view, int>, 28> number_words{{
  {"two", 2},       {"three", 3},     {"four", 4},      {"five", 5},
  {"six", 6},       {"seven", 7},     {"eight", 8},     {"nine", 9},
  {"ten", 10},      {"eleven", 11},   {"twelve", 12},   {"thirteen", 13},
  {"fourteen", 14}, {"fifteen", 15},  {"sixteen", 16},  {"seventeen", 17},
  {"eighteen", 18}, {"nineteen", 19}, {"twenty", 20},   {"thirty", 30},
  {"forty", 40},    {"fifty", 50},    {"sixty", 60},    {"seventy", 70},
  {"eighty", 80},   {"ninety", 90},   {"hundred", 100}, {"dozen", 12},
}};

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool digit(char c) {
  return c >= '0' && c <= '9';
}

bool word_character(char c) {
  return digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') || c == '_'
         || static_cast<unsigned char>(c) >= 0x80;
}

bool begins_word(std::string_view text, std::size_t i) {
  return i == 0 || !word_character(text[i - 1]);
}

bool ends_word(std::string_view text, std::size_t i) {
  return i == text.size() || !word_character(text[i])
         || !word_character(text[i - 1]);
}

bool begins_with(std::string_view text, std::string_view word) {
  return text.size() >= word.size()
         && std::equal(word.begin(), word.end(), text.begin(),
                       [](char a, char b) { return lower(a) == lower(b); });
}

using found = std::optional<mention>;

/// `'Iron Maiden'`, `"it's"`; an apostrophe in a word opens nothing.
found read_quoted(std::string_view text, std::size_t i) {
  const auto quote = text[i];
  if ((quote != '\'' && quote != '"') || !begins_word(text, i))
    return std::nullopt;
  for (auto end = i + 1; end < text.size(); ++end)
    if (text[end] == quote && ends_word(text, end + 1) && end > i + 1)
      return mention{i, end + 1, literal_kind::text,
                     std::string{text.substr(i + 1, end - i - 1)}};
  return std::nullopt;
}

/// `24`, `3.5`, `1,000`. A minus before it stays in the text.
found read_number(std::string_view text, std::size_t i) {
  if (!digit(text[i]) || !begins_word(text, i)
      || (i > 1 && text[i - 1] == '.' && digit(text[i - 2])))
    return std::nullopt;
  std::string value;
  auto end = i;
  const auto digits_at = [&](std::size_t at) {
    std::size_t n = 0;
    while (at + n < text.size() && digit(text[at + n]))
      ++n;
    return n;
  };
  const auto whole = digits_at(i);
  value = text.substr(i, whole);
  end += whole;
  while (whole <= 3 && end < text.size() && text[end] == ','
         && digits_at(end + 1) == 3) {
    value += text.substr(end + 1, 3);
    end += 4;
  }
  if (end + 1 < text.size() && text[end] == '.' && digits_at(end + 1) > 0) {
    const auto fraction = digits_at(end + 1);
    value += text.substr(end, fraction + 1);
    end += fraction + 1;
  }
  return mention{i, end, literal_kind::number, std::move(value)};
}

/// `2024` behind `in`, `since` or the like, or behind `to` after another
/// period: a period, not an amount.
found read_year(std::string_view text, std::size_t i,
                const std::vector<mention>& earlier) {
  if (i < 2 || text[i - 1] != ' ' || !begins_with(text.substr(i), "20"))
    return std::nullopt;
  auto end = i;
  while (end < text.size() && digit(text[end]))
    ++end;
  const auto goes_on = end < text.size()
                       && (text[end] == '.' || text[end] == ',')
                       && end + 1 < text.size() && digit(text[end + 1]);
  if (end - i != 4 || !ends_word(text, end) || goes_on)
    return std::nullopt;
  const auto before = text.substr(0, i - 1);
  for (std::string_view word : {"in", "during", "from", "until", "since", "of",
                                "year", "for", "before", "after", "to"}) {
    const auto size = word.size();
    if (word == "to"
        && (earlier.empty() || earlier.back().kind != literal_kind::moment))
      continue;
    if (before.size() >= size
        && begins_with(before.substr(before.size() - size), word)
        && begins_word(before, before.size() - size))
      return mention{i, end, literal_kind::moment,
                     std::string{text.substr(i, 4)}};
  }
  return std::nullopt;
}

found read_number_word(std::string_view text, std::size_t i) {
  if (!begins_word(text, i))
    return std::nullopt;
  for (const auto& [word, value] : number_words)
    if (begins_with(text.substr(i), word) && ends_word(text, i + word.size()))
      return mention{i, i + word.size(), literal_kind::number,
                     std::to_string(value)};
  return std::nullopt;
}

/// Texts that the tables declare, the longest first.
std::vector<std::string_view>
declared_texts(const std::vector<const schema::table*>& tables) {
  std::vector<std::string_view> result;
  for (const auto* t : tables)
    for (const auto& c : t->columns)
      for (const auto& v : c.values)
        if (const auto* text = std::get_if<std::string>(&v.stored);
            text != nullptr && !text->empty())
          result.push_back(*text);
  std::sort(result.begin(), result.end(), [](auto a, auto b) {
    return a.size() != b.size() ? a.size() > b.size() : a < b;
  });
  result.erase(std::unique(result.begin(), result.end()), result.end());
  return result;
}

found read_declared(std::string_view text, std::size_t i,
                    const std::vector<std::string_view>& values) {
  if (!begins_word(text, i))
    return std::nullopt;
  for (auto value : values)
    if (begins_with(text.substr(i), value) && ends_word(text, i + value.size()))
      return mention{i, i + value.size(), literal_kind::text,
                     std::string{value}};
  return std::nullopt;
}

} // namespace

std::vector<mention> link(std::string_view question,
                          const std::vector<const schema::table*>& tables) {
  const auto values = declared_texts(tables);
  std::vector<mention> result;
  for (std::size_t i = 0; i < question.size();) {
    found best;
    const auto offer = [&](found x) {
      if (x && (!best || x->end > best->end))
        best = std::move(x);
    };
    offer(read_quoted(question, i));
    if (begins_word(question, i)) {
      if (auto x = read_moment(question.substr(i)))
        offer(mention{i, i + x->length, literal_kind::moment, x->value});
      offer(read_declared(question, i, values));
    }
    offer(read_year(question, i, result));
    offer(read_number(question, i));
    offer(read_number_word(question, i));
    if (!best) {
      ++i;
      continue;
    }
    i = best->end;
    result.push_back(std::move(*best));
  }
  return result;
}

} // namespace aura::text
