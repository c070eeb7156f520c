#include "kernels/dsl/parsing.hpp"
#include "kernels/dsl/period_text.hpp"
#include "kernels/dsl/words.hpp"

#include <charconv>

namespace aura::dsl {

std::optional<expr> parser::read_during(expr&& left, bool negated) {
  auto result = expr{};
  result.kind = expr_kind::during;
  result.negated = negated;
  const auto start = left.where.start;
  result.arguments.push_back(std::move(left));
  auto x = read_period();
  if (!x)
    return std::nullopt;
  result.when.push_back(std::move(*x));
  result.where = from(start);
  height_ = 0;
  return result;
}

std::optional<period> parser::read_period() {
  auto first = read_simple_period();
  if (!first || !accept_word("TO"))
    return first;
  auto last = read_simple_period();
  if (!last)
    return std::nullopt;
  auto result = period{};
  result.form = period::kind::range;
  result.where = from(first->where.start);
  result.ends.push_back(std::move(*first));
  result.ends.push_back(std::move(*last));
  return result;
}

// A period without TO.
std::optional<period> parser::read_simple_period() {
  auto result = period{};
  const auto start = here();
  if (watching_end())
    watch_->period();
  if (current().kind == token_kind::text) {
    result.text = value(current(), source_);
    if (!is_period(result.text) && !current().faulty)
      complain("AUR-E0128", current().where,
               "no period is written '" + result.text + "'")
        .hints.push_back("a period is '2024', '2024-03', '2024-Q1' or "
                         "'2024-03-05'");
    advance();
  } else if (accept_word("TODAY")) {
    result.form = period::kind::today;
  } else if (accept_word("YESTERDAY")) {
    result.form = period::kind::yesterday;
  } else {
    const auto is_this = accept_word("THIS");
    const auto is_last = !is_this && accept_word("LAST");
    const auto is_next = !is_this && !is_last && accept_word("NEXT");
    if (!is_this && !is_last && !is_next) {
      expected("a period, such as '2024-03' or LAST 7 DAYS");
      return std::nullopt;
    }
    result.form = period::kind::calendar;
    result.direction = is_this ? 0 : is_last ? -1 : 1;
    if (watching_end() && !is_this)
      watch_->count();
    if (!is_this && current().kind == token_kind::integer) {
      auto n = read_count("a number of units");
      if (!n)
        return std::nullopt;
      result.form = period::kind::rolling;
      result.count = *n;
    }
    auto u = read_unit();
    if (!u)
      return std::nullopt;
    result.unit = *u;
  }
  result.where = from(start);
  if (watch_ && !watch_->takes_period(result)) {
    fatal_ = true;
    return std::nullopt;
  }
  return result;
}

std::optional<unit> parser::read_unit() {
  if (watching_end())
    watch_->unit();
  if (current().kind == token_kind::word) {
    if (auto u = find_unit(text_of(current()))) {
      advance();
      return u;
    }
  }
  expected("a unit, such as DAY or MONTHS");
  return std::nullopt;
}

bool is_period(std::string_view x) {
  const auto digits = [x](std::size_t first, std::size_t n) {
    if (x.size() < first + n)
      return -1;
    auto number = 0;
    for (auto c : x.substr(first, n)) {
      if (c < '0' || c > '9')
        return -1;
      number = number * 10 + (c - '0');
    }
    return number;
  };
  const auto year = digits(0, 4);
  if (year < 0 || (x.size() > 4 && x[4] != '-'))
    return false;
  if (x.size() == 4)
    return true;
  if (x.size() == 7 && (x[5] == 'Q' || x[5] == 'q'))
    return x[6] >= '1' && x[6] <= '4';
  const auto month = digits(5, 2);
  if (month < 1 || month > 12)
    return false;
  if (x.size() == 7)
    return true;
  const auto leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  const auto last = month == 2 ? (leap ? 29 : 28)
                    : month == 4 || month == 6 || month == 9 || month == 11
                      ? 30
                      : 31;
  const auto day = digits(8, 2);
  return x.size() == 10 && x[7] == '-' && day >= 1 && day <= last;
}

} // namespace aura::dsl
