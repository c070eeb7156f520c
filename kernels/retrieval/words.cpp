#include "kernels/retrieval/words.hpp"

namespace aura::retrieval {

namespace {

enum class letter { none, lower, upper, digit };

letter kind_of(char c) {
  if (c >= 'A' && c <= 'Z')
    return letter::upper;
  if (c >= '0' && c <= '9')
    return letter::digit;
  if ((c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80)
    return letter::lower;
  return letter::none;
}

bool strip(std::string& word, std::string_view ending,
           std::string_view replacement = "") {
  if (word.size() < ending.size() + 3 || !word.ends_with(ending))
    return false;
  word.replace(word.size() - ending.size(), ending.size(), replacement);
  return true;
}

bool vowel(char c) {
  return std::string_view{"aeiouy"}.find(c) != std::string_view::npos;
}

} // namespace

std::string stem(std::string word) {
  if (strip(word, "ies", "y") || strip(word, "sses", "ss")
      || strip(word, "ches", "ch") || strip(word, "shes", "sh")
      || strip(word, "xes", "x"))
    return word;
  if (!word.ends_with("ss") && !word.ends_with("us") && !word.ends_with("is"))
    strip(word, "s");
  if (strip(word, "ing") || strip(word, "ed")) {
    const auto n = word.size();
    if (n > 3 && word[n - 1] == word[n - 2] && !vowel(word[n - 1])
        && word[n - 1] != 'l' && word[n - 1] != 's')
      word.pop_back();
  }
  if (word.size() > 3 && word.ends_with('e'))
    word.pop_back();
  return word;
}

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> result;
  auto word = std::string{};
  auto flush = [&] {
    if (!word.empty())
      result.push_back(stem(std::move(word)));
    word.clear();
  };
  auto previous = letter::none;
  for (auto c : text) {
    const auto kind = kind_of(c);
    const auto camel = previous == letter::lower && kind == letter::upper;
    const auto number = (previous == letter::digit) != (kind == letter::digit);
    if (kind == letter::none || camel || number)
      flush();
    if (kind != letter::none)
      word += kind == letter::upper ? static_cast<char>(c + ('a' - 'A')) : c;
    previous = kind;
  }
  flush();
  return result;
}

} // namespace aura::retrieval
