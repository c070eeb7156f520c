#include "kernels/infill/faithful.hpp"

#include "kernels/skeleton/walk.hpp"

#include <algorithm>
#include <array>

namespace aura::infill {

namespace {

using dsl::expr_kind;

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
         || (c >= '0' && c <= '9') || c == '_'
         || static_cast<unsigned char>(c) >= 0x80;
}

std::string lower(std::string_view x) {
  auto result = std::string{x};
  for (auto& c : result)
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c + ('a' - 'A'));
  return result;
}

// Whether `word` stands in `text` with no letter or digit beside it.
bool mentions(std::string_view text, std::string_view word) {
  if (word.empty())
    return true;
  for (auto at = text.find(word); at != std::string_view::npos;
       at = text.find(word, at + 1)) {
    const auto end = at + word.size();
    const auto left = at == 0 || !is_word(text[at - 1]) || !is_word(word[0]);
    const auto right
      = end == text.size() || !is_word(text[end]) || !is_word(word.back());
    // `3` is not mentioned by `3.5`, nor by `1.3`.
    const auto decimal = end + 1 < text.size()
                         && (text[end] == '.' || text[end] == ',')
                         && text[end + 1] >= '0' && text[end + 1] <= '9';
    const auto fraction = at > 1 && (text[at - 1] == '.' || text[at - 1] == ',')
                          && text[at - 2] >= '0' && text[at - 2] <= '9';
    const auto digits = word[0] >= '0' && word[0] <= '9';
    if (left && right && !(digits && (decimal || fraction)))
      return true;
  }
  return false;
}

// Thousands may be grouped.
std::string without_groups(std::string_view x) {
  auto result = std::string{};
  for (std::size_t i = 0; i < x.size(); ++i) {
    const auto is_digit = [&](std::size_t k) {
      return k < x.size() && x[k] >= '0' && x[k] <= '9';
    };
    const auto group = x[i] == ',' && i > 0 && is_digit(i - 1)
                       && is_digit(i + 1) && is_digit(i + 2) && is_digit(i + 3)
                       && !is_digit(i + 4);
    if (!group)
      result += x[i];
  }
  return result;
}

constexpr auto number_words = std::to_array<const char*>(
  {"zero",     "one",      "two",      "three",   "four",    "five",
   "six",      "seven",    "eight",    "nine",    "ten",     "eleven",
   "twelve",   "thirteen", "fourteen", "fifteen", "sixteen", "seventeen",
   "eighteen", "nineteen", "twenty"});

bool mentions_number(const std::string& text, const std::string& number) {
  auto plain = number;
  if (plain.ends_with(".0"))
    plain.erase(plain.size() - 2);
  if (mentions(text, number) || mentions(text, plain)
      || mentions(without_groups(text), plain))
    return true;
  for (std::size_t i = 0; i < number_words.size(); ++i)
    if (plain == std::to_string(i) && mentions(text, number_words[i]))
      return true;
  // `0.25` may be called 25 %.
  if (plain.starts_with("0.") && plain.size() <= 4) {
    auto percent = plain.substr(2) + (plain.size() == 3 ? "0" : "");
    percent.erase(0, std::min(percent.find_first_not_of('0'), percent.size()));
    return mentions(text, percent + "%") || mentions(text, percent + " %")
           || mentions(text, percent + " percent");
  }
  return false;
}

constexpr auto months = std::to_array<const char*>(
  {"january", "february", "march", "april", "may", "june", "july", "august",
   "september", "october", "november", "december"});

std::size_t two_digits(std::string_view x) {
  return static_cast<std::size_t>((x[0] - '0') * 10 + (x[1] - '0'));
}

bool mentions_month(const std::string& text, std::size_t month) {
  if (month < 1 || month > 12)
    return false;
  const auto name = std::string_view{months[month - 1]};
  return mentions(text, name) || mentions(text, name.substr(0, 3));
}

// A day, month, quarter or year, in ISO or in words. A range may say the year
// or month once, hence the parts are looked for one by one.
bool mentions_date(const std::string& text, const std::string& iso) {
  if (mentions(text, lower(iso)))
    return true;
  if (iso.size() < 4 || !mentions(text, iso.substr(0, 4)))
    return false;
  if (iso.size() == 4)
    return true;
  if (iso.size() == 7 && iso[5] == 'Q') {
    static constexpr auto ordinals
      = std::to_array<const char*>({"first", "second", "third", "fourth"});
    const auto quarter = static_cast<std::size_t>(iso[6] - '1');
    return mentions(text, lower(iso.substr(5)))
           || (quarter < 4 && mentions(text, "quarter")
               && (mentions(text, ordinals[quarter])
                   || mentions(text, std::to_string(quarter + 1))));
  }
  if (iso.size() < 7 || !mentions_month(text, two_digits(iso.substr(5, 2))))
    return false;
  if (iso.size() < 10)
    return true;
  const auto day = std::to_string(two_digits(iso.substr(8, 2)));
  return mentions(text, day) || mentions(text, day + "st")
         || mentions(text, day + "nd") || mentions(text, day + "rd")
         || mentions(text, day + "th");
}

bool mentions_text(const std::string& text, const std::string& value,
                   const schema::schema& s) {
  if (mentions(text, lower(value)))
    return true;
  auto spaced = lower(value);
  std::ranges::replace(spaced, '_', ' ');
  if (mentions(text, spaced))
    return true;
  for (const auto& t : s.tables)
    for (const auto& c : t.columns)
      for (const auto& y : c.values)
        if (const auto* stored = std::get_if<std::string>(&y.stored);
            stored && *stored == value && !y.description.empty()
            && mentions(text, lower(y.description)))
          return true;
  return false;
}

// `%lamp%` says lamp.
std::string core_of_pattern(std::string_view pattern) {
  auto result = std::string{};
  for (auto c : pattern)
    if (c != '%' && c != '\\')
      result += c;
  return result;
}

bool is_mentioned(const std::string& text, const value_in_query& x,
                  const schema::schema& s) {
  switch (x.kind) {
  case value_kind::number:
    return mentions_number(text, x.text);
  case value_kind::date:
  case value_kind::period:
    return mentions_date(text, x.text);
  case value_kind::pattern:
    return text.find(lower(core_of_pattern(x.text))) != std::string::npos;
  case value_kind::text:
    return mentions_text(text, x.text, s);
  }
  return false;
}

bool is_iso_date(std::string_view x) {
  return x.size() >= 10 && x[4] == '-' && x[7] == '-' && x[0] >= '0'
         && x[0] <= '9';
}

bool takes_unit(const std::string& function) {
  return function == "TRUNC" || function == "DATE_DIFF"
         || function == "DATE_ADD";
}

// The arguments of `x` whose values go without saying.
void collect_silent(const dsl::expr& x, std::vector<const dsl::expr*>& silent) {
  if (x.kind == expr_kind::binary && x.text == "*"
      && x.arguments[0].text == "100.0")
    silent.push_back(&x.arguments[0]);
  if (x.kind == expr_kind::like)
    return;
  if (x.kind != expr_kind::call)
    return;
  if (takes_unit(x.text) && x.arguments.size() > 1)
    silent.push_back(&x.arguments.back());
  if (x.text == "SUBSTR" && x.arguments.size() == 3
      && x.arguments[1].text == "1")
    silent.push_back(&x.arguments[1]);
}

// The identifiers of the columns of `x` that read as such.
void collect_identifiers(const dsl::expr& x, std::vector<std::string>& into) {
  if (x.kind != expr_kind::column)
    return;
  const auto& name = x.path.back().text;
  if (name.find('_') != std::string::npos
      && std::ranges::find(into, name) == into.end())
    into.push_back(name);
}

} // namespace

std::vector<value_in_query> values_of(const dsl::query& x) {
  auto result = std::vector<value_in_query>{};
  auto silent = std::vector<const dsl::expr*>{};
  auto patterns = std::vector<const dsl::expr*>{};
  const auto on_expr = [&](const dsl::expr& y) {
    collect_silent(y, silent);
    if (y.kind == expr_kind::like)
      patterns.push_back(&y.arguments[1]);
    if (std::ranges::find(silent, &y) != silent.end())
      return;
    switch (y.kind) {
    case expr_kind::integer:
    case expr_kind::real:
      result.push_back({value_kind::number, y.text});
      break;
    case expr_kind::duration:
      result.push_back({value_kind::number, y.text});
      break;
    case expr_kind::date:
    case expr_kind::timestamp:
      result.push_back({value_kind::date, y.text.substr(0, 10)});
      break;
    case expr_kind::text:
      if (std::ranges::find(patterns, &y) != patterns.end())
        result.push_back({value_kind::pattern, y.text});
      else if (is_iso_date(y.text))
        result.push_back({value_kind::date, y.text.substr(0, 10)});
      else
        result.push_back({value_kind::text, y.text});
      break;
    default:
      break;
    }
  };
  const auto on_period = [&](const dsl::period& y) {
    if (y.form == dsl::period::kind::literal)
      result.push_back({value_kind::period, y.text});
    if (y.form == dsl::period::kind::rolling && y.count != 1)
      result.push_back({value_kind::number, std::to_string(y.count)});
  };
  const auto on_count = [&](std::int64_t count) {
    if (count != 1)
      result.push_back({value_kind::number, std::to_string(count)});
  };
  skeleton::walk(
    x, skeleton::visitor{on_expr, on_period,
                         [&](const dsl::limit& y) {
                           on_count(y.count);
                           if (y.offset)
                             on_count(*y.offset);
                         },
                         [&](const dsl::top& y) { on_count(y.count); },
                         [](const auto&) {}});
  return result;
}

status faithful(std::string_view question, const dsl::query& query,
                const schema::schema& s) {
  if (question.find_first_not_of(" \t\r\n") == std::string_view::npos)
    return fault{errc::unfaithful, "an empty question"};
  const auto text = lower(question);
  for (const auto& x : values_of(query))
    if (!is_mentioned(text, x, s))
      return fault{errc::unfaithful,
                   "the question does not mention '" + x.text + "'"};
  auto identifiers = std::vector<std::string>{};
  skeleton::walk(query, skeleton::visitor{[&](const dsl::expr& x) {
                                            collect_identifiers(x, identifiers);
                                          },
                                          [](const auto&) {}});
  auto leaked = std::vector<std::string>{};
  for (const auto& x : identifiers)
    if (mentions(text, lower(x)))
      leaked.push_back(x);
  if (leaked.size() > 1)
    return fault{errc::unfaithful, "the question names columns as they are "
                                   "spelled: '"
                                     + leaked[0] + "', '" + leaked[1] + "'"};
  if (question.find("|>") != std::string_view::npos)
    return fault{errc::unfaithful, "the question holds a query: '|>'"};
  return ok;
}

dsl::query masked(dsl::query x) {
  auto kept = std::vector<const dsl::expr*>{};
  skeleton::walk(
    x, skeleton::visitor{[&](dsl::expr& y) {
                           if (y.kind == expr_kind::call && takes_unit(y.text)
                               && y.arguments.size() > 1)
                             kept.push_back(&y.arguments.back());
                           if (std::ranges::find(kept, &y) != kept.end())
                             return;
                           switch (y.kind) {
                           case expr_kind::integer:
                           case expr_kind::real:
                             y.kind = expr_kind::integer;
                             y.text = "0";
                             break;
                           case expr_kind::text:
                           case expr_kind::date:
                           case expr_kind::timestamp:
                             y.text.clear();
                             break;
                           default:
                             break;
                           }
                         },
                         [](dsl::period& y) {
                           if (y.form == dsl::period::kind::literal)
                             y.text.clear();
                           y.count = 0;
                         },
                         [](dsl::limit& y) {
                           y.count = 0;
                           if (y.offset)
                             y.offset = 0;
                         },
                         [](dsl::top& y) { y.count = 0; }, [](auto&) {}});
  return x;
}

} // namespace aura::infill
