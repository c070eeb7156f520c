#include "kernels/infill/diversity.hpp"

#include <algorithm>

namespace aura::infill {

namespace {

// Lower-case words; numbers count as one and the same.
std::vector<std::string> words_of(std::string_view x) {
  auto result = std::vector<std::string>{};
  auto word = std::string{};
  const auto flush = [&] {
    if (!word.empty())
      result.push_back(word[0] >= '0' && word[0] <= '9' ? "0" : word);
    word.clear();
  };
  for (auto c : x) {
    const auto letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')
                        || static_cast<unsigned char>(c) >= 0x80;
    if (c >= 'A' && c <= 'Z')
      word += static_cast<char>(c + ('a' - 'A'));
    else if (letter)
      word += c;
    else
      flush();
  }
  flush();
  return result;
}

double share(std::size_t part, std::size_t whole) {
  return whole == 0 ? 0
                    : static_cast<double>(part) / static_cast<double>(whole);
}

} // namespace

void diversity::add(std::string_view question) {
  ++questions_;
  const auto words = words_of(question);
  for (std::size_t start = 0; start < words.size(); ++start) {
    auto gram = std::string{};
    for (std::size_t n = 0; n < 3 && start + n < words.size(); ++n) {
      gram += (n == 0 ? "" : " ") + words[start + n];
      ++grams_[n];
      ++distinct_[n][gram];
      if (start == 0 && (n == 2 || n + 1 == words.size()))
        ++openings_[gram];
    }
  }
  ++whole_[std::string{question}];
}

diversity::summary diversity::report(std::size_t most) const {
  auto result = summary{};
  result.questions = questions_;
  result.distinct_questions = whole_.size();
  result.words = grams_[0];
  result.vocabulary = distinct_[0].size();
  result.distinct_1 = share(distinct_[0].size(), grams_[0]);
  result.distinct_2 = share(distinct_[1].size(), grams_[1]);
  result.distinct_3 = share(distinct_[2].size(), grams_[2]);
  result.mean_words = share(grams_[0], questions_);
  result.openings.assign(openings_.begin(), openings_.end());
  // By the text where equally common, so that reports do not depend on hashes.
  std::ranges::sort(result.openings, [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  if (result.openings.size() > most)
    result.openings.resize(most);
  return result;
}

} // namespace aura::infill
