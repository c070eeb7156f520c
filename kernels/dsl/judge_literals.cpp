#include "kernels/dsl/judge.hpp"
#include "kernels/dsl/period_text.hpp"
#include "kernels/dsl/print_expression.hpp"

#include <algorithm>
#include <array>
#include <charconv>

/// Which literals an unfinished query may have: those of the question, and the
/// values that a column is declared to have.
namespace aura::dsl {

namespace {

constexpr auto unit_names = std::to_array<std::string_view>(
  {"second", "minute", "hour", "day", "week", "month", "quarter", "year"});

constexpr auto date_formats = std::to_array<std::string_view>(
  {"%Y", "%m", "%d", "%H", "%M", "%S", "%j", "%y", "%B", "%b", "%A", "%a",
   "%Y-%m", "%Y-%m-%d", "%H:%M", "%d.%m.%Y", "%B %Y", "%b %Y",
   "%Y-%m-%d %H:%M"});

constexpr auto separators = std::to_array<std::string_view>({", ", ",", "; "});

bool is_whole(std::string_view x) {
  return !x.empty() && std::all_of(x.begin(), x.end(), [](char c) {
    return c >= '0' && c <= '9';
  });
}

std::string_view without_sign(std::string_view x) {
  return x.starts_with('-') ? x.substr(1) : x;
}

// All columns in `x`.
template <class Function>
bool any_column(const expr& x, Function f) {
  if (x.kind == expr_kind::column)
    return f(x);
  return std::any_of(x.arguments.begin(), x.arguments.end(),
                     [&](const expr& a) { return any_column(a, f); });
}

// Whether `x` could begin a number, a text or a date that nothing restricts.
bool is_number_prefix(std::string_view x) {
  return std::all_of(x.begin(), x.end(),
                     [](char c) { return (c >= '0' && c <= '9') || c == '.'; })
         && !x.starts_with('.');
}

bool is_text_prefix(std::string_view x) {
  return x.empty() || x.front() == '\'';
}

// Whether a frame that begins at `from` may end at `digits` with this sign.
bool reaches(std::string_view digits, bool negative, std::int64_t from) {
  auto value = std::int64_t{};
  const auto [end, error]
    = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return error == std::errc{} && end == digits.data() + digits.size()
         && (negative ? -value : value) >= from;
}

} // namespace

bool is_share(std::string_view x) {
  auto value = 2.0;
  const auto [end, error]
    = std::from_chars(x.data(), x.data() + x.size(), value);
  return error == std::errc{} && end == x.data() + x.size() && value >= 0
         && value <= 1;
}

bool judge::number_fits(std::string_view x) const {
  return !words_.restrict_literals
         || std::any_of(words_.numbers.begin(), words_.numbers.end(),
                        [x](const auto& n) { return without_sign(n) == x; });
}

void judge::offer_numbers(bool whole_only) {
  if (!words_.restrict_literals && is_number_prefix(what_.word)
      && (!whole_only || what_.word.find('.') == what_.word.npos)) {
    // Any number goes on with a digit, and a word of digits is one.
    offer_any(whole_only ? &continuations::whole_number
                         : &continuations::number,
              what_.word);
    return;
  }
  for (const auto& n : words_.numbers) {
    const auto x = without_sign(n);
    if (!whole_only || is_whole(x))
      offer(x);
  }
}

void judge::count() {
  const auto rolls = what_.before == "ROLLING";
  const auto* from = pipelines_.empty() || !pipelines_.back().frame_start
                       ? nullptr
                       : &*pipelines_.back().frame_start;
  if (!rolls && !from) {
    offer_numbers(true);
    return;
  }
  if (!words_.restrict_literals) {
    offer_numbers(true);
    return;
  }
  for (const auto& n : words_.numbers)
    if (is_whole(n)
        && (rolls ? n.find_first_not_of('0') != n.npos
                  : reaches(n, what_.before == "-", *from)))
      offer(n);
}

bool judge::has_number(bool whole) const {
  return !words_.restrict_literals
         || std::any_of(words_.numbers.begin(), words_.numbers.end(),
                        [whole](const auto& n) {
                          return !whole || is_whole(without_sign(n));
                        });
}

bool judge::has_share() const {
  return !words_.restrict_literals
         || std::any_of(words_.numbers.begin(), words_.numbers.end(), is_share);
}

// Whether there is a literal for a column of this type.
bool judge::has_literal(classes type, const schema::column* origin) const {
  if (!words_.restrict_literals || (type & boolean_class))
    return true;
  if (type & number_classes)
    return has_number(!(type & real_class));
  if (type & date_class)
    return knows(is_date_text);
  if (type & timestamp_class)
    return knows(is_timestamp_text) || knows(is_date_text);
  return !words_.texts.empty()
         || (origin
             && std::any_of(origin->values.begin(), origin->values.end(),
                            [](const schema::declared_value& v) {
                              return std::holds_alternative<std::string>(
                                v.stored);
                            }));
}

// Whether only the name of a unit may stand here.
bool judge::takes_unit() const {
  const auto* f = top();
  const auto* shape
    = f && f->what == slot::argument ? find_shape(f->word) : nullptr;
  return shape && f->before
         && argument_letter(*shape, f->before->size()) == 'U';
}

// Whether `fits` holds for a text that may stand here.
template <class Function>
bool judge::any_text(Function fits) const {
  const auto* f = top();
  const auto* shape
    = f && f->what == slot::argument ? find_shape(f->word) : nullptr;
  const auto letter
    = shape && f->before ? argument_letter(*shape, f->before->size()) : '\0';
  if (takes_unit())
    return std::any_of(unit_names.begin(), unit_names.end(), fits);
  if (letter == 'F'
      && std::any_of(date_formats.begin(), date_formats.end(), fits))
    return true;
  if (shape && shape->name == "STRING_AGG" && f->before->size() == 1
      && std::any_of(separators.begin(), separators.end(), fits))
    return true;
  // A cell of PIVOT stands in a frame of its own, in that of its column.
  const auto* beside = f && f->what == slot::pivot_cell && frames.size() > 1
                         ? frames[frames.size() - 2].left
                       : f ? f->left
                           : nullptr;
  if (beside && any_column(*beside, [&](const expr& c) {
        const auto found = find_column(c.path);
        if (!found || !found->origin)
          return false;
        return std::any_of(
          found->origin->values.begin(), found->origin->values.end(),
          [&](const schema::declared_value& v) {
            const auto* text = std::get_if<std::string>(&v.stored);
            return text && fits(std::string_view{*text});
          });
      }))
    return true;
  for (const auto& x : words_.texts)
    if (fits(std::string_view{x}))
      return true;
  if (!f || f->what != slot::pattern)
    return false;
  for (const auto& x : words_.texts)
    if (fits(std::string_view{x + "%"}) || fits(std::string_view{"%" + x})
        || fits(std::string_view{"%" + x + "%"}))
      return true;
  return false;
}

// Whether there is a text of this kind to be written.
bool judge::knows(bool (*kind)(std::string_view)) const {
  return !words_.restrict_literals
         || std::any_of(words_.texts.begin(), words_.texts.end(), kind);
}

// Whether an operand of this type leads anywhere.
bool judge::fits_here(classes type) const {
  return (comparable(type) & wanted_operand()) != 0
         && ((type & wanted_operand()) || wanted_operand() != timestamp_class);
}

bool judge::text_fits(std::string_view x) const {
  return !words_.restrict_literals
         || any_text([x](std::string_view y) { return x == y; });
}

void judge::offer_texts(classes type) {
  if (!is_text_prefix(what_.word) || found_)
    return;
  if (!words_.restrict_literals && !takes_unit()) {
    offer_any(&continuations::text, what_.word.empty() ? "'" : what_.word);
    return;
  }
  any_text([&](std::string_view x) {
    const auto fits = (type & text_class) || is_date_text(x)
                      || ((type & timestamp_class) && is_timestamp_text(x));
    return fits && offer(print_text(x));
  });
}

void judge::date_text(bool is_date) {
  if (!fits_here(is_date ? date_class : timestamp_class))
    return;
  if (!is_text_prefix(what_.word) || found_)
    return;
  if (!words_.restrict_literals) {
    offer_any(&continuations::text, what_.word.empty() ? "'" : what_.word);
    return;
  }
  for (const auto& x : words_.texts)
    if (is_date ? is_date_text(x) : is_timestamp_text(x))
      offer(print_text(x));
}

void judge::period() {
  if (!is_text_prefix(what_.word) || found_)
    return;
  if (!words_.restrict_literals) {
    offer_any(&continuations::text, what_.word.empty() ? "'" : what_.word);
    return;
  }
  for (const auto& x : words_.texts)
    if (is_period(x))
      offer(print_text(x));
}

} // namespace aura::dsl
