#include "kernels/infill/join.hpp"
#include "kernels/infill/literals.hpp"
#include "kernels/infill/narrator.hpp"

#include "kernels/dsl/printer.hpp"
#include "kernels/skeleton/naming.hpp"

#include <algorithm>
#include <array>

namespace aura::infill {

namespace {

using dsl::expr_kind;

struct part_words {
  const char* name;
  const char* first;
  const char* second;
};

// What each part of a date is called; no two may read alike.
constexpr auto parts = std::to_array<part_words>(
  {{"YEAR", "year", "calendar year"},
   {"QUARTER", "quarter number", "quarter of the year"},
   {"MONTH", "month number", "month of the year"},
   {"WEEK", "week number", "week of the year"},
   {"DAY", "day of the month", "day number"},
   {"HOUR", "hour of the day", "hour of day"},
   {"MINUTE", "minute of the hour", "minute number"},
   {"DAY_OF_WEEK", "day of the week", "weekday"},
   {"DAY_OF_YEAR", "day of the year", "day number within the year"}});

bool is_count(const dsl::expr& x) {
  return x.kind == expr_kind::call && x.text == "COUNT" && x.arguments.empty();
}

// The inner COUNT(WHERE p) of `100.0 * COUNT(WHERE p) / COUNT()`, or null.
const dsl::expr* percentage_of(const dsl::expr& x) {
  if (x.text != "/" || !is_count(x.arguments[1])
      || !x.arguments[1].condition.empty())
    return nullptr;
  const auto& product = x.arguments[0];
  if (product.kind != expr_kind::binary || product.text != "*"
      || product.arguments[0].text != "100.0" || !is_count(product.arguments[1])
      || product.arguments[1].condition.empty())
    return nullptr;
  return &product.arguments[1];
}

std::string plural(const std::string& count, const char* noun) {
  return count + " " + noun + (count == "1" ? "" : "s");
}

} // namespace

std::string narrator::value(const dsl::expr& x, const dsl::expr* beside) {
  switch (x.kind) {
  case expr_kind::null:
    return "nothing";
  case expr_kind::boolean:
    return x.text == "TRUE" ? "true" : "false";
  case expr_kind::integer:
  case expr_kind::real:
    return x.text;
  case expr_kind::date:
    return day_value(x.text, random_);
  case expr_kind::timestamp:
    return x.text;
  case expr_kind::duration: {
    auto count = x.text;
    return plural(count, unit_name(x.unit));
  }
  case expr_kind::text:
    if (beside && flavour_of(*beside) == flavour::moment)
      return day_value(x.text, random_);
    return text_value(x.text, beside ? find_column(*beside).column : nullptr,
                      random_);
  default:
    return noun(x);
  }
}

std::string narrator::noun(const dsl::expr& x) {
  switch (x.kind) {
  case expr_kind::column:
    return column_noun(x);
  case expr_kind::null:
  case expr_kind::boolean:
  case expr_kind::integer:
  case expr_kind::real:
  case expr_kind::text:
  case expr_kind::date:
  case expr_kind::timestamp:
  case expr_kind::duration:
    return value(x, nullptr);
  case expr_kind::unary:
    if (x.text == "-")
      return "negative " + operand(x.arguments[0]);
    return "whether " + clause(x);
  case expr_kind::binary:
    return binary_noun(x);
  case expr_kind::is_null:
  case expr_kind::in_list:
  case expr_kind::between:
  case expr_kind::like:
  case expr_kind::during:
    return "whether " + clause(x);
  case expr_kind::call:
    return skeleton::is_aggregate(x.text) ? aggregate_noun(x) : call_noun(x);
  case expr_kind::case_when:
    return choice_noun(x);
  case expr_kind::cast:
    return operand(x.arguments[0]) + " converted to " + x.text;
  default:
    give_up("'" + dsl::print(x) + "'");
    return {};
  }
}

std::string narrator::reference(const dsl::expr& x, const std::string& said) {
  if (x.kind == expr_kind::binary) {
    if (percentage_of(x))
      return "that percentage";
    if (x.text == "/")
      return "that ratio";
    if (x.text == "-")
      return "that difference";
    return said;
  }
  if (x.kind == expr_kind::case_when
      || (x.kind == expr_kind::call && x.text == "IF"))
    return "that label";
  const auto condition = said.find(" (only where ");
  return said.substr(0, condition);
}

std::string narrator::operand(const dsl::expr& x) {
  const auto nested
    = x.kind == expr_kind::binary || x.kind == expr_kind::case_when
      || (x.kind == expr_kind::call && !skeleton::is_aggregate(x.text));
  return nested ? "(" + noun(x) + ")" : noun(x);
}

std::string narrator::binary_noun(const dsl::expr& x) {
  const auto& op = x.text;
  if (op == "AND" || op == "OR" || op == "==" || op == "!=" || op == "<"
      || op == "<=" || op == ">" || op == ">=")
    return "whether " + clause(x);
  if (const auto* counted = percentage_of(x))
    return join({choose({"percentage of ", "share in percent of "}), rows_,
                 " (only where ", clause(counted->condition[0]), ")"});
  const auto left = operand(x.arguments[0]);
  const auto right = op == "??" ? value(x.arguments[1], &x.arguments[0])
                                : operand(x.arguments[1]);
  if (op == "+")
    return left + choose({" plus ", " plus ", " added to "}) + right;
  if (op == "-")
    return left + " minus " + right;
  if (op == "*")
    return left + choose({" times ", " multiplied by "}) + right;
  if (op == "/")
    return chance(0.3) ? "ratio of " + left + " to " + right
                       : left + " divided by " + right;
  if (op == "//")
    return "whole quotient of " + left + " by " + right;
  if (op == "%")
    return "remainder of " + left + " divided by " + right;
  if (op == "||")
    return left + " followed by " + right;
  if (chance(0.5))
    return left + " (" + right + " if missing)";
  return left + " (or " + right + " when missing)";
}

std::string narrator::call_noun(const dsl::expr& x) {
  const auto& arguments = x.arguments;
  if (x.text == "IF")
    return choice_noun(x);
  if (x.text == "CONTAINS" || x.text == "STARTS_WITH" || x.text == "ENDS_WITH")
    return "whether " + clause(x);
  if (auto words = date_noun(x))
    return *words;
  if (auto words = text_noun(x))
    return *words;
  if (x.text == "NOW")
    return "the current time";
  if (x.text == "TODAY")
    return "the current date";
  if (arguments.empty()) {
    give_up("'" + x.text + "()'");
    return {};
  }
  const auto first = operand(arguments[0]);
  if (x.text == "ROUND" && arguments.size() == 1)
    return first + " rounded to a whole number";
  if (x.text == "ROUND")
    return first + " rounded to " + plural(noun(arguments[1]), "decimal");
  if (x.text == "FLOOR")
    return first + " rounded down";
  if (x.text == "CEIL")
    return first + " rounded up";
  if (x.text == "ABS")
    return "absolute value of " + first;
  if (x.text == "SQRT")
    return "square root of " + first;
  if (x.text == "SIGN")
    return "sign of " + first;
  if (x.text == "EXP")
    return "exponential of " + first;
  if (x.text == "LN")
    return "natural logarithm of " + first;
  if (x.text == "LOG10")
    return "decimal logarithm of " + first;
  if (x.text == "POWER" && arguments.size() == 2)
    return first + " to the power of " + operand(arguments[1]);
  if (x.text == "NULLIF" && arguments.size() == 2)
    return first + " (left empty where it equals "
           + value(arguments[1], &arguments[0]) + ")";
  if (x.text == "COALESCE") {
    auto result = first;
    for (std::size_t i = 1; i < arguments.size(); ++i)
      result += " or else " + value(arguments[i], &arguments[0]);
    return result;
  }
  give_up("the function " + x.text);
  return {};
}

std::optional<std::string> narrator::date_noun(const dsl::expr& x) {
  if (x.arguments.empty())
    return std::nullopt;
  const auto& of = x.arguments[0];
  auto words = std::string{};
  if (x.text == "TRUNC" && x.arguments.size() == 2) {
    words = x.arguments[1].text;
    if (words == "year")
      words = "start of the year";
    else if (words == "day")
      words = choose({"day", "calendar day"});
  } else if (x.text == "DATE_DIFF" && x.arguments.size() == 3) {
    return join({"number of ", x.arguments[2].text, "s from ",
                 operand(x.arguments[1]), " to ", operand(of)});
  } else if (x.text == "DATE_ADD" && x.arguments.size() == 3) {
    return join({operand(of), " plus ", noun(x.arguments[1]), " ",
                 x.arguments[2].text, "s"});
  } else if (x.text == "FORMAT_DATE" && x.arguments.size() == 2) {
    return operand(of) + " formatted as " + quoted(x.arguments[1].text);
  } else if (x.text == "BIN" && x.arguments.size() == 2) {
    return join({operand(of), " in steps of ", noun(x.arguments[1])});
  } else {
    const auto hit = std::ranges::find_if(
      parts, [&](const auto& y) { return x.text == y.name; });
    if (hit == parts.end())
      return std::nullopt;
    words = chance(0.5) ? hit->first : hit->second;
  }
  if (is_only_moment(of) && chance(0.6))
    return words;
  return words + " of the " + noun(of);
}

std::optional<std::string> narrator::text_noun(const dsl::expr& x) {
  const auto& arguments = x.arguments;
  if (arguments.empty())
    return std::nullopt;
  if (x.text == "CONCAT") {
    // The commonest form: two values with something between them.
    if (arguments.size() == 3 && arguments[1].kind == expr_kind::text) {
      const auto left = operand(arguments[0]);
      return left + " and " + operand(arguments[2]) + " joined by "
             + quoted(arguments[1].text);
    }
    auto result = std::string{"concatenation of "};
    for (std::size_t i = 0; i < arguments.size(); ++i)
      result += (i == 0                      ? ""
                 : i + 1 == arguments.size() ? " and "
                                             : ", ")
                + noun(arguments[i]);
    return result;
  }
  static constexpr auto known
    = std::to_array<const char*>({"UPPER", "LOWER", "TRIM", "LTRIM", "RTRIM",
                                  "LENGTH", "POSITION", "REPLACE", "SUBSTR"});
  if (std::ranges::none_of(known, [&](auto name) { return x.text == name; }))
    return std::nullopt;
  const auto first = operand(arguments[0]);
  if (x.text == "UPPER")
    return first + choose({" in upper case", " in capital letters"});
  if (x.text == "LOWER")
    return first + choose({" in lower case", " in small letters"});
  if (x.text == "TRIM")
    return first + " without surrounding blanks";
  if (x.text == "LTRIM")
    return first + " without leading blanks";
  if (x.text == "RTRIM")
    return first + " without trailing blanks";
  if (x.text == "LENGTH")
    return choose({"length of ", "number of characters in "}) + first;
  if (x.text == "POSITION" && arguments.size() == 2)
    return "position of " + first + " in " + operand(arguments[1]);
  if (x.text == "REPLACE" && arguments.size() == 3)
    return join({first, " with ", value(arguments[1], nullptr), " replaced by ",
                 value(arguments[2], nullptr)});
  if (x.text != "SUBSTR" || arguments.size() < 2)
    return std::nullopt;
  if (arguments.size() == 2)
    return first + " from character " + noun(arguments[1]) + " on";
  const auto length = noun(arguments[2]);
  if (arguments[1].text == "1")
    return "first " + plural(length, "character") + " of " + first;
  return plural(length, "character") + " of " + first + " from character "
         + noun(arguments[1]) + " on";
}

std::string narrator::choice_noun(const dsl::expr& x) {
  const auto& arguments = x.arguments;
  const auto say = [this](const dsl::expr& y) {
    return y.kind == expr_kind::text ? quoted(y.text) : noun(y);
  };
  if (arguments.size() == 3) {
    const auto then = say(arguments[1]);
    const auto condition = clause(arguments[0]);
    return join({then, choose({" if ", " when "}), condition,
                 choose({" and ", " but "}), say(arguments[2]), " otherwise"});
  }
  auto result = std::string{};
  for (std::size_t i = 0; i + 1 < arguments.size(); i += 2)
    result += join({i == 0 ? "" : ", ", say(arguments[i + 1]), " if ",
                    clause(arguments[i])});
  if (arguments.size() % 2 == 1)
    return result + " and " + say(arguments.back()) + " otherwise";
  return result + " and nothing otherwise";
}

} // namespace aura::infill
