#include "kernels/model/guide.hpp"

#include "kernels/base/utf8_prefix.hpp"
#include "kernels/schema/words.hpp"

#include <algorithm>

namespace aura::model {

namespace {

bool is_digit(unsigned char c) {
  return c >= '0' && c <= '9';
}

bool is_ascii(char c) {
  return static_cast<unsigned char>(c) < 0x80;
}

unsigned char byte_at(const std::string& x, std::size_t i) {
  return static_cast<unsigned char>(x[i]);
}

} // namespace

guide::guide(const token_classes& classes, dsl::constraint rules)
  : classes_{&classes}, memory_{std::make_shared<memory>(std::move(rules))},
    now_{begin(find({}))} {
}

bool guide::memory::is_known(std::string_view name) {
  using schema::to_lower;
  if (names.empty())
    for (const auto& t : rules.domain().tables) {
      names.insert(to_lower(t.name));
      for (const auto& c : t.columns)
        names.insert(to_lower(c.name));
      for (const auto& r : t.relations)
        names.insert(to_lower(r.name));
    }
  return names.contains(to_lower(std::string{name}));
}

guide::place& guide::find(std::string before) const {
  auto& result = memory_->places[before];
  if (!result) {
    result = std::make_unique<place>();
    result->next = memory_->rules.after(before);
    // Two minus signs would begin a comment.
    if (before.ends_with('-'))
      std::erase_if(result->next.words,
                    [](const auto& x) { return x.starts_with('-'); });
    result->before = std::move(before);
  }
  return *result;
}

guide::writing guide::begin_open(const dsl::continuations& x) {
  if (!x.name && !x.number && !x.whole_number && !x.text)
    return writing::nothing;
  return x.spaced ? writing::blank : writing::start;
}

guide::position guide::begin(place& x) {
  return {&x, 0, static_cast<std::uint32_t>(x.next.words.size()),
          begin_open(x.next)};
}

// `word` is what stands before `byte`, with its blank.
guide::writing guide::step_open(writing x, unsigned char byte,
                                std::string_view word,
                                const dsl::continuations& next) {
  auto result = writing::nothing;
  switch (x) {
  case writing::nothing:
    break;
  case writing::blank:
    return byte == ' ' ? writing::start : writing::nothing;
  case writing::start:
    if (next.name && byte == '`')
      return writing::quoted;
    if (next.text && byte == '\'')
      return writing::quoted_text;
    if ((next.number || next.whole_number) && is_digit(byte))
      return writing::digits;
    if (next.name && !is_digit(byte) && goes_on(open_word::name, byte))
      result = writing::name;
    break;
  case writing::name:
    if (goes_on(open_word::name, byte))
      result = writing::name;
    break;
  case writing::quoted:
    result = byte == '`' ? writing::quoted_end : writing::quoted;
    break;
  case writing::quoted_end:
    return byte == '`' ? writing::quoted : writing::nothing;
  case writing::digits:
    if (byte == '.' && next.number)
      return writing::point;
    return is_digit(byte) ? writing::digits : writing::nothing;
  case writing::point:
  case writing::fraction:
    return is_digit(byte) ? writing::fraction : writing::nothing;
  case writing::quoted_text:
    result = byte == '\'' ? writing::text_end : writing::quoted_text;
    break;
  case writing::text_end:
    return byte == '\'' ? writing::quoted_text : writing::nothing;
  }
  // Only what can become UTF-8.
  if (byte < 0x80 && (word.empty() || is_ascii(word.back())))
    return result;
  auto end = std::string{last_character(word)};
  end += static_cast<char>(byte);
  return unfinished_character(end) ? result : writing::nothing;
}

bool guide::is_whole(const position& x, std::string_view word) {
  switch (x.open) {
  case writing::name:
    // A character may still be incomplete.
    if (unfinished_character(last_character(word)) == std::size_t{0})
      return true;
    break;
  case writing::quoted_end:
  case writing::digits:
  case writing::fraction:
  case writing::text_end:
    return true;
  default:
    break;
  }
  return x.low < x.high && !word.empty()
         && x.at->next.words[x.low].size() == word.size();
}

bool guide::step(position& x, std::string& word, unsigned char byte) const {
  const auto depth = word.size();
  const auto& words = x.at->next.words;
  const auto key = [depth](const std::string& w) {
    return w.size() > depth ? byte_at(w, depth) : -1;
  };
  const auto begin = words.begin();
  const auto low
    = std::partition_point(begin + x.low, begin + x.high,
                           [&](const std::string& w) { return key(w) < byte; });
  const auto high = std::partition_point(
    low, begin + x.high, [&](const std::string& w) { return key(w) == byte; });
  const auto open = step_open(x.open, byte, word, x.at->next);
  if (low != high || open != writing::nothing) {
    x.low = static_cast<std::uint32_t>(low - begin);
    x.high = static_cast<std::uint32_t>(high - begin);
    x.open = open;
    word += static_cast<char>(byte);
    return true;
  }
  if (!is_whole(x, word))
    return false;
  x = guide::begin(find(x.at->before + word));
  word.clear();
  return step(x, word, byte);
}

bool guide::allows(std::string_view bytes) const {
  auto x = now_;
  auto word = word_;
  return std::all_of(bytes.begin(), bytes.end(), [&](char c) {
    return step(x, word, static_cast<unsigned char>(c));
  });
}

void guide::append(std::string_view bytes) {
  for (auto c : bytes)
    step(now_, word_, static_cast<unsigned char>(c));
}

std::string guide::text() const {
  return now_.at->before + word_;
}

bool guide::ends_at(place& x) const {
  // Whatever is a query may go on.
  if (!x.ends)
    x.ends = std::binary_search(x.next.words.begin(), x.next.words.end(), " |>")
             && memory_->rules.complete(x.before);
  return *x.ends;
}

bool guide::ends_at(const position& x, std::string_view word) const {
  return is_whole(x, word) && ends_at(find(x.at->before + std::string{word}));
}

// Looks at so many words more, where there is little choice.
bool guide::leads_on(const position& x, std::string_view word,
                     int words) const {
  constexpr auto most = std::uint32_t{6};
  if (words == 0 || x.high - x.low > most)
    return true;
  const auto goes_on_behind = [&](std::string_view whole) {
    auto& next = find(x.at->before + std::string{whole});
    return ends_at(next) || leads_on(begin(next), {}, words - 1);
  };
  if (x.open != writing::nothing)
    return !is_whole(x, word) || goes_on_behind(word);
  for (auto i = x.low; i < x.high; ++i)
    if (goes_on_behind(x.at->next.words[i]))
      return true;
  return false;
}

bool guide::leads_on(std::string_view bytes) const {
  auto x = now_;
  auto word = word_;
  for (auto c : bytes)
    if (!step(x, word, static_cast<unsigned char>(c)))
      return false;
  return leads_on(x, word, 3);
}

bool guide::may_end() const {
  return ends_at(now_, word_);
}

std::optional<char> guide::only(const position& x,
                                std::string_view word) const {
  auto result = std::optional<char>{};
  if (x.open != writing::nothing && x.open != writing::blank)
    return std::nullopt;
  if (x.open == writing::blank)
    result = ' ';
  const auto depth = word.size();
  const auto& words = x.at->next.words;
  auto low = x.low;
  while (low < x.high && words[low].size() == depth)
    ++low;
  if (low < x.high) {
    const auto byte = words[low][depth];
    if (byte != words[x.high - 1][depth] || (result && *result != byte))
      return std::nullopt;
    result = byte;
  }
  if (!is_whole(x, word))
    return result;
  if (ends_at(x, word))
    return std::nullopt;
  const auto next = only(begin(find(x.at->before + std::string{word})), {});
  return !result ? next : std::nullopt;
}

std::string guide::forced(std::size_t most) const {
  auto result = std::string{};
  auto x = now_;
  auto word = word_;
  while (result.size() < most) {
    const auto next = only(x, word);
    if (!next || !step(x, word, static_cast<unsigned char>(*next)))
      break;
    result += *next;
  }
  return result;
}

} // namespace aura::model
