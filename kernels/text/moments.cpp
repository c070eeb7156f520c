#include "kernels/text/moments.hpp"

#include <array>
#include <cstdint>

namespace aura::text {

namespace {

constexpr std::array<std::string_view, 12> months{
  "january", "february", "march",     "april",   "may",      "june",
  "july",    "august",   "september", "october", "november", "december"};

constexpr std::array<std::string_view, 4> ordinals{"first", "second", "third",
                                                   "fourth"};

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool digit(char c) {
  return c >= '0' && c <= '9';
}

bool word_character(char c) {
  return digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') || c == '_';
}

/// Reads on in a text; a reader that fails leaves the place as it was.
class cursor {
public:
  explicit cursor(std::string_view text) : text_{text} {
  }

  std::size_t place() const {
    return place_;
  }

  bool at_word_end() const {
    return place_ == text_.size() || !word_character(text_[place_]);
  }

  bool literally(std::string_view expected) {
    if (text_.size() - place_ < expected.size())
      return false;
    for (std::size_t i = 0; i < expected.size(); ++i)
      if (lower(text_[place_ + i]) != expected[i])
        return false;
    place_ += expected.size();
    return true;
  }

  /// A number of `least` to `most` digits, not followed by another digit.
  std::optional<int> number(std::size_t least, std::size_t most) {
    auto end = place_;
    auto value = 0;
    while (end < text_.size() && digit(text_[end]) && end - place_ <= most)
      value = value * 10 + (text_[end++] - '0');
    if (end - place_ < least || end - place_ > most)
      return std::nullopt;
    place_ = end;
    return value;
  }

  /// The index of the longest of `words` that stands here as a whole word.
  template <std::size_t n>
  std::optional<int> one_of(const std::array<std::string_view, n>& words,
                            std::size_t shortened = 0) {
    const auto start = place_;
    for (std::size_t i = 0; i < n; ++i) {
      for (auto length : {words[i].size(), shortened}) {
        if (length > 0 && literally(words[i].substr(0, length))
            && at_word_end())
          return static_cast<int>(i);
        place_ = start;
      }
    }
    return std::nullopt;
  }

private:
  std::string_view text_;
  std::size_t place_ = 0;
};

std::string two(int x) {
  return {static_cast<char>('0' + x / 10), static_cast<char>('0' + x % 10)};
}

bool plausible(int month, int day) {
  return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

std::string date(int year, int month, int day) {
  return std::to_string(year) + "-" + two(month) + "-" + two(day);
}

using result = std::optional<moment>;

/// `2024-03-05`, with a time if there is one, `2024-03`, `2024-Q1`.
result iso(cursor at) {
  const auto year = at.number(4, 4);
  if (!year || !at.literally("-"))
    return std::nullopt;
  if (at.literally("q")) {
    const auto quarter = at.number(1, 1);
    if (!quarter || *quarter < 1 || *quarter > 4 || !at.at_word_end())
      return std::nullopt;
    return moment{at.place(),
                  std::to_string(*year) + "-Q" + std::to_string(*quarter)};
  }
  const auto month = at.number(2, 2);
  if (!month || !plausible(*month, 1))
    return std::nullopt;
  auto rest = at;
  if (!rest.literally("-")) {
    if (!at.at_word_end())
      return std::nullopt;
    return moment{at.place(), std::to_string(*year) + "-" + two(*month)};
  }
  const auto day = rest.number(2, 2);
  if (!day || !plausible(*month, *day))
    return std::nullopt;
  auto value = date(*year, *month, *day);
  auto time = rest;
  if (time.literally(" ") || time.literally("t")) {
    const auto hour = time.number(2, 2);
    const auto minute
      = hour && time.literally(":") ? time.number(2, 2) : std::nullopt;
    if (minute && *hour < 24 && *minute < 60) {
      auto with_seconds = time;
      const auto second = with_seconds.literally(":")
                            ? with_seconds.number(2, 2)
                            : std::nullopt;
      if (second && with_seconds.at_word_end())
        return moment{with_seconds.place(), value + " " + two(*hour) + ":"
                                              + two(*minute) + ":"
                                              + two(*second)};
      if (time.at_word_end())
        return moment{time.place(),
                      value + " " + two(*hour) + ":" + two(*minute) + ":00"};
    }
  }
  if (!rest.at_word_end())
    return std::nullopt;
  return moment{rest.place(), value};
}

/// `5 March 2024`, `5th of March 2024`.
result day_first(cursor at) {
  const auto day = at.number(1, 2);
  if (!day)
    return std::nullopt;
  for (auto suffix : {"st", "nd", "rd", "th"})
    if (at.literally(suffix))
      break;
  if (!at.literally(" "))
    return std::nullopt;
  at.literally("of ");
  const auto month = at.one_of(months, 3);
  if (!month || !at.literally(" "))
    return std::nullopt;
  const auto year = at.number(4, 4);
  if (!year || !at.at_word_end() || !plausible(*month + 1, *day))
    return std::nullopt;
  return moment{at.place(), date(*year, *month + 1, *day)};
}

/// `March 5, 2024`, `March 2024`.
result month_first(cursor at) {
  const auto month = at.one_of(months, 3);
  if (!month || !at.literally(" "))
    return std::nullopt;
  auto alone = at;
  if (const auto year = alone.number(4, 4); year && alone.at_word_end())
    return moment{alone.place(), std::to_string(*year) + "-" + two(*month + 1)};
  const auto day = at.number(1, 2);
  if (!day)
    return std::nullopt;
  for (auto suffix : {"st", "nd", "rd", "th"})
    if (at.literally(suffix))
      break;
  at.literally(",");
  if (!at.literally(" "))
    return std::nullopt;
  const auto year = at.number(4, 4);
  if (!year || !at.at_word_end() || !plausible(*month + 1, *day))
    return std::nullopt;
  return moment{at.place(), date(*year, *month + 1, *day)};
}

/// `Q1 2024`, `the first quarter of 2024`.
result quarter(cursor at) {
  std::optional<int> which;
  if (at.literally("q")) {
    which = at.number(1, 1);
    if (!which || !at.literally(" "))
      return std::nullopt;
  } else {
    at.literally("the ");
    which = at.one_of(ordinals);
    if (!which || !at.literally(" quarter of "))
      return std::nullopt;
    ++*which;
  }
  const auto year = at.number(4, 4);
  if (!year || !at.at_word_end() || *which < 1 || *which > 4)
    return std::nullopt;
  return moment{at.place(),
                std::to_string(*year) + "-Q" + std::to_string(*which)};
}

} // namespace

std::optional<moment> read_moment(std::string_view text) {
  for (auto* reader : {iso, day_first, month_first, quarter})
    if (auto found = reader(cursor{text}))
      return found;
  return std::nullopt;
}

} // namespace aura::text
