#include "kernels/evaluation/normalise.hpp"

#include "kernels/base/hash.hpp"
#include "kernels/base/random.hpp"

#include <algorithm>

namespace aura::evaluation {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Bytes above ASCII belong to letters of other scripts.
bool is_word(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z')
         || static_cast<unsigned char>(c) >= 0x80;
}

} // namespace

std::string normalised(std::string_view question) {
  std::string out;
  out.reserve(question.size());
  auto pending = false;
  for (std::size_t i = 0; i < question.size(); ++i) {
    auto c = question[i];
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c - 'A' + 'a');
    auto within_number = (c == '.' || c == ',') && i > 0
                         && i + 1 < question.size() && is_digit(question[i - 1])
                         && is_digit(question[i + 1]);
    if (!is_word(c) && !within_number) {
      // An apostrophe joins: `what's` and `whats` are one word.
      pending = pending || c != '\'';
      continue;
    }
    if (pending && !out.empty())
      out += ' ';
    pending = false;
    out += c;
  }
  return out;
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    auto end = std::min(text.find(' '), text.size());
    out.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::vector<std::uint64_t> grams(const std::vector<std::string_view>& words,
                                 std::size_t n) {
  std::vector<std::uint64_t> hashes;
  hashes.reserve(words.size());
  for (auto x : words)
    hashes.push_back(hash64(x));
  std::vector<std::uint64_t> out;
  if (hashes.empty())
    return out;
  n = std::min(n, hashes.size());
  for (std::size_t i = 0; i + n <= hashes.size(); ++i) {
    std::uint64_t gram = 0;
    for (std::size_t k = 0; k < n; ++k)
      gram = mix64(gram ^ hashes[i + k]);
    out.push_back(gram);
  }
  return out;
}

} // namespace aura::evaluation
