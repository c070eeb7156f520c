#include "kernels/text/prompt.hpp"

#include <algorithm>

namespace aura::text {

namespace {

bool digit(char c) {
  return c >= '0' && c <= '9';
}

bool name_character(char c) {
  return digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
         || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

/// The slot of a literal among numbers, or among all others; empty if it has
/// none.
std::string slot_of(const prompt& p, std::string_view value, bool number) {
  for (std::size_t i = 0; i < p.literals.size(); ++i)
    if (p.literals[i] == value && (p.slots[i].front() == '#') == number)
      return p.slots[i];
  return {};
}

/// What stands before the slot of a period that is meant as a number, such as
/// the year in `YEAR(x) == 2024`.
constexpr char as_number = '#';

/// The slot of a number, without the `.0` of a real where the question has a
/// whole number; empty if it has none.
std::string number_slot(const prompt& p, std::string_view number) {
  if (auto slot = slot_of(p, number, true); !slot.empty())
    return slot;
  if (number.ends_with(".0"))
    if (auto slot = slot_of(p, number.substr(0, number.size() - 2), true);
        !slot.empty())
      return slot + " .0";
  for (std::size_t i = 0; i < p.literals.size(); ++i)
    if (p.literals[i] == number && p.slots[i].front() == '@')
      return as_number + p.slots[i];
  return {};
}

const std::string* literal_of(const prompt& p, std::string_view slot) {
  const auto found = std::find(p.slots.begin(), p.slots.end(), slot);
  if (found == p.slots.end())
    return nullptr;
  return &p.literals[static_cast<std::size_t>(found - p.slots.begin())];
}

std::string doubled(std::string_view text) {
  std::string result;
  for (auto c : text)
    result.append(c == '\'' ? 2 : 1, c);
  return result;
}

std::string undoubled(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    result += text[i];
    i += text[i] == '\'' ? 1 : 0;
  }
  return result;
}

/// Whether `text` reads like a slot that is already marked `marks` times.
bool like_slot(std::string_view text) {
  const auto mark = text.empty() ? '\0' : text.front();
  if (mark != '#' && mark != '@' && mark != '$')
    return false;
  const auto digits = text.find_first_not_of(mark);
  return digits != std::string_view::npos
         && std::all_of(text.begin() + static_cast<std::ptrdiff_t>(digits),
                        text.end(), digit);
}

/// What stands between the quotes of a text without a slot of its own: the slot
/// of a number, as years are in periods, or the text. A text that could be
/// mistaken for a slot has its mark once more.
std::string quoted_content(const prompt& p, std::string_view content) {
  if (auto slot = slot_of(p, content, true); !slot.empty())
    return slot;
  std::string result{content};
  if (like_slot(content))
    result.insert(result.begin(), content.front());
  return result;
}

/// Inverse of `quoted_content`.
std::string read_content(const prompt& p, std::string_view content) {
  if (const auto* literal = literal_of(p, content))
    return *literal;
  if (content.size() > 1 && content[0] == content[1] && like_slot(content))
    content.remove_prefix(1);
  return std::string{content};
}

/// The end of the run of `name_character`s from `i`.
std::size_t name_end(std::string_view text, std::size_t i) {
  while (i < text.size() && name_character(text[i]))
    ++i;
  return i;
}

/// The end of a number: `24`, `3.5`, `1e3`.
std::size_t number_end(std::string_view text, std::size_t i) {
  while (i < text.size() && digit(text[i]))
    ++i;
  if (i + 1 < text.size() && text[i] == '.' && digit(text[i + 1]))
    for (++i; i < text.size() && digit(text[i]);)
      ++i;
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    auto end = i + 1;
    if (end < text.size() && (text[end] == '+' || text[end] == '-'))
      ++end;
    if (end < text.size() && digit(text[end]))
      for (i = end; i < text.size() && digit(text[i]);)
        ++i;
  }
  return i;
}

/// The place behind the quote that closes what `text[i]` opens.
std::size_t quote_end(std::string_view text, std::size_t i) {
  const auto quote = text[i];
  for (++i; i < text.size(); ++i) {
    if (text[i] != quote)
      continue;
    if (i + 1 < text.size() && text[i + 1] == quote) {
      ++i;
      continue;
    }
    return i + 1;
  }
  return i;
}

} // namespace

std::string render_answer(const prompt& p, std::string_view query) {
  std::string out;
  const auto emit = [&](std::string_view atom) {
    out += ' ';
    out += atom;
  };
  for (std::size_t i = 0; i < query.size();) {
    const auto c = query[i];
    if (c == ' ') {
      ++i;
      continue;
    }
    if (c == '\'') {
      const auto end = quote_end(query, i);
      const auto content = query.substr(i + 1, end - i - 2);
      const auto slot = slot_of(p, undoubled(content), false);
      emit(slot.empty()
             ? std::string{"' "}.append(quoted_content(p, content)).append(" '")
             : slot);
      i = end;
      continue;
    }
    if (c == '`') {
      const auto end = quote_end(query, i);
      emit(query.substr(i, end - i));
      i = end;
      continue;
    }
    if (digit(c)) {
      const auto end = number_end(query, i);
      const auto number = query.substr(i, end - i);
      const auto slot = number_slot(p, number);
      emit(slot.empty() ? number : slot);
      i = end;
      continue;
    }
    if (name_character(c)) {
      auto end = name_end(query, i);
      if (end < query.size() && query[end] == '(')
        ++end;
      emit(query.substr(i, end - i));
      i = end;
      continue;
    }
    // A minus right before its operand is a sign, written so that it is not
    // the operator.
    if (c == '-' && i + 1 < query.size() && query[i + 1] != ' ') {
      emit("~");
      ++i;
      continue;
    }
    auto end = i + 1;
    if (c != '(' && c != ')' && c != ',' && c != '.' && c != ';')
      while (end < query.size() && query[end] != ' ' && query[end] != '\''
             && query[end] != '`' && query[end] != '(' && query[end] != ')'
             && query[end] != '-' && !name_character(query[end]))
        ++end;
    emit(query.substr(i, end - i));
    i = end;
  }
  return out;
}

std::string read_answer(const prompt& p, std::string_view answer) {
  std::string out;
  // Whether the next atom follows the last one without a space.
  auto glued = true;
  const auto emit = [&](std::string_view atom) {
    const auto first = atom.front();
    const auto attached
      = first == ')' || first == ',' || first == '.' || first == ';';
    if (!glued && !attached)
      out += ' ';
    out += atom;
    glued = atom.ends_with('(') || atom == ".";
  };
  for (std::size_t i = 0; i < answer.size();) {
    if (answer[i] == ' ') {
      ++i;
      continue;
    }
    if (answer[i] == '\'') {
      // The content stands between blanks; quotes in it are doubled.
      const auto begin = std::min(i + 2, answer.size());
      auto end = begin;
      while (end < answer.size()
             && (answer[end] != '\''
                 || (end + 1 < answer.size() && answer[end + 1] == '\'')))
        end += answer[end] == '\'' ? 2 : 1;
      if (end >= answer.size()) {
        emit("'" + read_content(p, answer.substr(begin)));
        return out;
      }
      emit("'"
           + read_content(
             p, answer.substr(begin, end > begin ? end - begin - 1 : 0))
           + "'");
      i = end + 1;
      continue;
    }
    if (answer[i] == '`') {
      const auto end = quote_end(answer, i);
      emit(answer.substr(i, end - i));
      i = end;
      continue;
    }
    const auto end = std::min(answer.find(' ', i), answer.size());
    const auto atom = answer.substr(i, end - i);
    i = end;
    // The beginning of a slot says nothing yet.
    if (end == answer.size()
        && atom.find_first_not_of("#@$") == std::string_view::npos)
      return out;
    if (atom == "~") {
      emit("-");
      glued = true;
      continue;
    }
    const auto* number = atom.front() == as_number && atom.size() > 1
                           ? literal_of(p, atom.substr(1))
                           : nullptr;
    const auto* literal = literal_of(p, atom);
    if (number != nullptr)
      emit(*number);
    else if (literal == nullptr)
      emit(atom);
    else if (atom.front() == '#')
      emit(*literal);
    else
      emit("'" + doubled(*literal) + "'");
  }
  return out;
}

} // namespace aura::text
