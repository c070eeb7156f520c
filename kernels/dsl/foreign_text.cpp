#include "kernels/dsl/foreign_text.hpp"

#include "kernels/dsl/functions.hpp"
#include "kernels/dsl/words.hpp"

#include <algorithm>
#include <array>

namespace aura::dsl::foreign {

namespace {

bool opens(const words& x, std::size_t i) {
  return x.is(i, token_kind::left_paren) || x.symbol(i, "{")
         || x.symbol(i, "[");
}

bool closes(const words& x, std::size_t i) {
  return x.is(i, token_kind::right_paren) || x.symbol(i, "}")
         || x.symbol(i, "]");
}

/// What PRQL calls our functions where it calls them otherwise.
std::string function_name(std::string_view word) {
  const auto name = upper(word);
  if (name == "AVERAGE" || name == "MEAN")
    return "AVG";
  if (name == "COUNT_DISTINCT")
    return "COUNT_DISTINCT";
  return find_function(name) ? name : std::string{};
}

/// `sum x`, `round 2 x`, `count this`: PRQL calls without parentheses.
std::string applied(const words& x) {
  const auto start = x.is(0, "MATH") && x.is(1, token_kind::dot)
                       ? std::size_t{2}
                       : std::size_t{0};
  const auto n = x.size() - start;
  if (!x.is(start, token_kind::word) || n < 2 || n > 3)
    return {};
  const auto name = function_name(x.raw(start));
  if (name.empty() || x.is(start + 1, token_kind::left_paren))
    return {};
  const auto operand = [&](std::size_t i) {
    return x.name(i) || x.is(i, token_kind::integer)
           || x.is(i, token_kind::real) || x.is(i, token_kind::text);
  };
  if (!operand(start + 1) || (n == 3 && !operand(start + 2)))
    return {};
  if (x.is(start + 1, "THIS"))
    return n == 2 ? name + "()" : std::string{};
  if (name == "COUNT_DISTINCT")
    return "COUNT(DISTINCT " + std::string{x.raw(start + 1)} + ")";
  auto text = name + '(';
  if (n == 3)
    text += std::string{x.raw(start + 2)} + ", ";
  return text + std::string{x.raw(start + 1)} + ')';
}

} // namespace

bool words::is(std::size_t i, std::string_view keyword) const {
  return is(i, token_kind::word) && is_keyword(raw(i), keyword);
}

bool words::symbol(std::size_t i, std::string_view spelling) const {
  return i < size() && tokens_[i].kind != token_kind::word
         && raw(i) == spelling;
}

bool words::name(std::size_t i) const {
  return is(i, token_kind::word) || is(i, token_kind::quoted_name);
}

std::string words::text() const {
  auto result = std::string{};
  for (std::size_t i = 0; i < size(); ++i) {
    if (i > 0 && tokens_[i].where.start > tokens_[i - 1].where.end)
      result += ' ';
    result += raw(i);
  }
  return result;
}

std::size_t words::behind(std::size_t i) const {
  auto depth = 0;
  for (; i < size(); ++i) {
    depth += opens(*this, i) ? 1 : 0;
    depth -= closes(*this, i) ? 1 : 0;
    if (depth <= 0)
      return i + 1;
  }
  return size();
}

std::size_t words::find(std::string_view keyword, std::size_t start) const {
  for (auto i = start; i < size(); ++i) {
    if (opens(*this, i)) {
      i = behind(i) - 1;
      continue;
    }
    if (is(i, keyword))
      return i;
  }
  return size();
}

std::vector<words> words::split() const {
  auto result = std::vector<words>{};
  auto start = std::size_t{0};
  for (std::size_t i = 0; i < size(); ++i) {
    if (opens(*this, i)) {
      i = behind(i) - 1;
      continue;
    }
    if (!is(i, token_kind::comma))
      continue;
    if (i > start)
      result.push_back(part(start, i));
    start = i + 1;
  }
  if (start < size())
    result.push_back(part(start, size()));
  return result;
}

words words::unwrapped() const {
  if (size() >= 2 && opens(*this, 0) && behind(0) == size())
    return part(1, size() - 1);
  return *this;
}

bool calls_aggregate(const words& x) {
  static constexpr auto others = std::to_array<std::string_view>(
    {"COUNTIF", "SUMIF", "AVGIF", "DCOUNT", "GROUP_CONCAT", "AVERAGE", "MEAN",
     "COUNT_DISTINCT", "LISTAGG", "STDEV"});
  for (std::size_t i = 0; i + 1 < x.size(); ++i) {
    if (!x.is(i, token_kind::word) || !x.is(i + 1, token_kind::left_paren))
      continue;
    const auto name = upper(x.raw(i));
    const auto* known = find_function(name);
    if (known ? known->group == function_group::aggregate
              : std::find(others.begin(), others.end(), name) != others.end())
      return true;
  }
  return false;
}

std::string named_item(const words& x) {
  if (x.name(0) && x.is(1, token_kind::assign) && x.size() > 2)
    return named_item(x.from(2)) + " AS " + std::string{x.raw(0)};
  const auto call = applied(x);
  return call.empty() ? x.text() : call;
}

std::string named_items(const words& x) {
  auto result = std::string{};
  for (const auto& item : x.split())
    result += (result.empty() ? "" : ", ") + named_item(item);
  return result;
}

std::string name_of(const words& x, std::size_t i) {
  return x.is(i, token_kind::word) ? std::string{x.raw(i)}
                                   : spell_name(value(x[i], x.source()));
}

} // namespace aura::dsl::foreign
