#include "kernels/skeleton/naming.hpp"

#include "kernels/schema/schema.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace aura::skeleton {

namespace {

using dsl::expr_kind;

std::string lower(std::string x) {
  for (auto& c : x)
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c + ('a' - 'A'));
  return x;
}

std::string alias_of_call(const dsl::expr& x) {
  static constexpr std::array<std::pair<const char*, const char*>, 14> words
    = {{{"ROUND", "rounded"},
        {"FLOOR", "rounded"},
        {"CEIL", "rounded"},
        {"ABS", "absolute"},
        {"UPPER", "upper"},
        {"LOWER", "lower"},
        {"LENGTH", "length"},
        {"CONCAT", "joined"},
        {"SUBSTR", "part"},
        {"DAY_OF_WEEK", "weekday"},
        {"DATE_DIFF", "days"},
        {"IF", "label"},
        {"COALESCE", "filled"},
        {"FORMAT_DATE", "formatted"}}};
  if (x.text == "TRUNC" && x.arguments.size() == 2)
    return x.arguments[1].text;
  if (x.text == "DATE_DIFF" && x.arguments.size() == 3)
    return x.arguments[2].text + "s";
  // A rounded aggregate is still what it was.
  if (x.text == "ROUND" && !x.arguments.empty()
      && x.arguments[0].kind == expr_kind::call)
    if (auto inner = default_name(x.arguments[0]))
      return *inner;
  for (const auto& [function, word] : words)
    if (x.text == function)
      return word;
  if (is_aggregate(x.text))
    return x.arguments.empty() ? lower(x.text)
                               : lower(x.text) + "_" + alias_of(x.arguments[0]);
  return lower(x.text);
}

bool is_hundred(const dsl::expr& x) {
  return (x.kind == expr_kind::real || x.kind == expr_kind::integer)
         && (x.text == "100.0" || x.text == "100");
}

std::string alias_of_binary(const dsl::expr& x) {
  if (x.text == "/") {
    const auto& left = x.arguments[0];
    const auto share = left.kind == expr_kind::binary && left.text == "*"
                       && is_hundred(left.arguments[0]);
    return share ? "percentage" : "ratio";
  }
  static constexpr std::array<std::pair<const char*, const char*>, 7> words
    = {{{"+", "total"},
        {"-", "difference"},
        {"*", "product"},
        {"//", "quotient"},
        {"%", "remainder"},
        {"||", "joined"},
        {"??", "filled"}}};
  for (const auto& [op, word] : words)
    if (x.text == op)
      return word;
  return "flag";
}

} // namespace

bool is_aggregate(const std::string& function) {
  static constexpr auto names = std::to_array<const char*>(
    {"COUNT", "SUM", "AVG", "MIN", "MAX", "MEDIAN", "PERCENTILE", "STDDEV",
     "VARIANCE", "STDDEV_POP", "VARIANCE_POP", "STRING_AGG", "ARG_MAX",
     "ARG_MIN", "ANY", "ALL", "ANY_VALUE"});
  return std::ranges::any_of(names, [&](auto n) { return function == n; });
}

std::optional<std::string> default_name(const dsl::expr& x) {
  if (x.kind == expr_kind::column && !x.path.empty())
    return x.path.back().text;
  if (x.kind != expr_kind::call || !is_aggregate(x.text)
      || !x.condition.empty())
    return std::nullopt;
  if (x.text == "COUNT" && x.arguments.empty())
    return "count";
  if (x.arguments.size() != 1 || x.arguments[0].kind != expr_kind::column)
    return std::nullopt;
  return lower(x.text) + "_" + x.arguments[0].path.back().text;
}

std::string alias_of(const dsl::expr& x) {
  if (auto name = default_name(x))
    return *name;
  switch (x.kind) {
  case expr_kind::call:
    return alias_of_call(x);
  case expr_kind::binary:
    return alias_of_binary(x);
  case expr_kind::case_when:
    return "label";
  case expr_kind::cast:
    return alias_of(x.arguments[0]);
  case expr_kind::unary:
    return x.text == "-" ? "negative" : "flag";
  case expr_kind::is_null:
  case expr_kind::in_list:
  case expr_kind::in_query:
  case expr_kind::between:
  case expr_kind::like:
  case expr_kind::during:
    return "flag";
  default:
    return "value";
  }
}

void taken_names::add(const std::string& name) {
  names_.push_back(name);
}

bool taken_names::contains(const std::string& name) const {
  return std::ranges::any_of(
    names_, [&](const auto& x) { return schema::same_name(x, name); });
}

dsl::item taken_names::name(dsl::expr x, std::string* into) {
  auto result = dsl::item{};
  auto chosen = default_name(x);
  if (!chosen || contains(*chosen)) {
    const auto base = alias_of(x);
    chosen = base;
    for (auto n = 2; contains(*chosen); ++n)
      chosen = base + "_" + std::to_string(n);
    result.alias = dsl::name{*chosen, {}};
  }
  result.value = std::move(x);
  names_.push_back(*chosen);
  if (into)
    *into = std::move(*chosen);
  return result;
}

} // namespace aura::skeleton
