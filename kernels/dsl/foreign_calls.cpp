#include "kernels/dsl/foreign_calls.hpp"

#include "kernels/dsl/functions.hpp"
#include "kernels/dsl/words.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace aura::dsl::foreign {

namespace {

struct spelling {
  std::string_view foreign;
  std::string_view ours;
};

template <class Table>
std::string_view find(const Table& table, std::string_view word) {
  for (const auto& x : table)
    if (is_keyword(word, x.foreign))
      return x.ours;
  return {};
}

expr made(expr_kind kind, std::string text, std::vector<expr> arguments = {}) {
  auto result = expr{};
  result.kind = kind;
  result.text = std::move(text);
  result.arguments = std::move(arguments);
  return result;
}

expr call(std::string name, std::vector<expr> arguments) {
  return made(expr_kind::call, std::move(name), std::move(arguments));
}

expr text(std::string x) {
  return made(expr_kind::text, std::move(x));
}

expr integer(std::int64_t x) {
  return made(expr_kind::integer, std::to_string(x));
}

expr binary(std::string op, expr a, expr b) {
  return made(expr_kind::binary, std::move(op), {std::move(a), std::move(b)});
}

expr is_null(expr x, bool negated) {
  auto result = made(expr_kind::is_null, "", {std::move(x)});
  result.negated = negated;
  return result;
}

expr counted_distinct(expr x) {
  auto result = call("COUNT", {std::move(x)});
  result.distinct = true;
  return result;
}

std::string lower(std::string_view x) {
  auto result = std::string{x};
  for (auto& c : result)
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c - 'A' + 'a');
  return result;
}

/// The unit that a word or text names as an argument: `day`, 'month', dd.
std::optional<unit> unit_of(const expr& x) {
  auto word = std::string{};
  if (x.kind == expr_kind::text)
    word = x.text;
  else if (x.kind == expr_kind::column && x.path.size() == 1)
    word = x.path.front().text;
  if (auto u = find_unit(word))
    return u;
  return abbreviated_unit(lower(word));
}

expr unit_text(unit x) {
  return text(lower(to_string(x)));
}

/// `year` of DATE_PART and EXTRACT as our function of one argument.
std::string_view part_function(const expr& x) {
  static constexpr auto others
    = std::to_array<spelling>({{"DOW", "DAY_OF_WEEK"},
                               {"ISODOW", "DAY_OF_WEEK"},
                               {"DOY", "DAY_OF_YEAR"},
                               {"WEEKDAY", "DAY_OF_WEEK"},
                               {"DAYOFYEAR", "DAY_OF_YEAR"}});
  const auto word = x.kind == expr_kind::text ? std::string_view{x.text}
                    : x.kind == expr_kind::column && x.path.size() == 1
                      ? std::string_view{x.path.front().text}
                      : std::string_view{};
  if (const auto other = find(others, word); !other.empty())
    return other;
  const auto u = unit_of(x);
  if (!u || *u == unit::second)
    return {};
  return to_string(*u);
}

/// A format of TO_CHAR or format_datetime as one of FORMAT_DATE; empty if a
/// part of it is not known.
std::string our_format(std::string_view x) {
  static constexpr auto parts = std::to_array<spelling>(
    {{"YYYY", "%Y"},  {"yyyy", "%Y"}, {"HH24", "%H"}, {"MONTH", "%B"},
     {"Month", "%B"}, {"MON", "%b"},  {"Mon", "%b"},  {"DDD", "%j"},
     {"DAY", "%A"},   {"Day", "%A"},  {"YY", "%y"},   {"yy", "%y"},
     {"MM", "%m"},    {"DD", "%d"},   {"dd", "%d"},   {"HH", "%H"},
     {"hh", "%H"},    {"MI", "%M"},   {"mm", "%M"},   {"SS", "%S"},
     {"ss", "%S"},    {"DY", "%a"},   {"Dy", "%a"}});
  auto result = std::string{};
  while (!x.empty()) {
    const auto* found = static_cast<const spelling*>(nullptr);
    for (const auto& part : parts)
      if (!found && x.starts_with(part.foreign))
        found = &part;
    if (found) {
      result += found->ours;
      x.remove_prefix(found->foreign.size());
      continue;
    }
    const auto c = x.front();
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '%')
      return {};
    result += c;
    x.remove_prefix(1);
  }
  return result;
}

/// `datetime(2024-01-31)`, which reads as two subtractions.
std::optional<expr> moment_of(const expr& x) {
  if (x.kind == expr_kind::text)
    return made(x.text.size() > 10 ? expr_kind::timestamp : expr_kind::date,
                x.text);
  if (x.kind != expr_kind::binary || x.text != "-"
      || x.arguments[0].kind != expr_kind::binary || x.arguments[0].text != "-")
    return std::nullopt;
  const auto& y = x.arguments[0].arguments[0];
  const auto& m = x.arguments[0].arguments[1];
  const auto& d = x.arguments[1];
  for (const auto* part : {&y, &m, &d})
    if (part->kind != expr_kind::integer)
      return std::nullopt;
  return made(expr_kind::date, y.text + '-' + m.text + '-' + d.text);
}

std::optional<rewriting> rewriting_of(expr ours, double confidence = 0.9,
                                      std::string hint = {}) {
  return rewriting{std::move(ours), confidence, std::move(hint)};
}

std::optional<rewriting> rewrite_aggregate(const std::string& name,
                                           const expr& x) {
  const auto& a = x.arguments;
  if (name == "COUNTIF" || name == "COUNT_IF") {
    if (a.size() != 1)
      return std::nullopt;
    auto made = call("COUNT", {});
    made.condition.push_back(a[0]);
    return rewriting_of(std::move(made), 1);
  }
  static constexpr auto conditional
    = std::to_array<spelling>({{"SUMIF", "SUM"},
                               {"SUM_IF", "SUM"},
                               {"AVGIF", "AVG"},
                               {"AVG_IF", "AVG"},
                               {"MINIF", "MIN"},
                               {"MAXIF", "MAX"},
                               {"DCOUNTIF", "COUNT"}});
  if (const auto ours = find(conditional, name); !ours.empty()) {
    if (a.size() != 2)
      return std::nullopt;
    auto made = call(std::string{ours}, {a[0]});
    made.distinct = name == "DCOUNTIF";
    made.condition.push_back(a[1]);
    return rewriting_of(std::move(made), 1);
  }
  if (name == "DCOUNT" || name == "COUNT_DISTINCT" || name == "NUNIQUE"
      || name == "COUNTDISTINCT" || name == "APPROX_COUNT_DISTINCT")
    return a.size() == 1 ? rewriting_of(counted_distinct(a[0])) : std::nullopt;
  if (name == "GROUP_CONCAT")
    return a.empty() || a.size() > 2
             ? std::nullopt
             : rewriting_of(
               call("STRING_AGG", {a[0], a.size() == 2 ? a[1] : text(",")}));
  return std::nullopt;
}

std::optional<rewriting> rewrite_text(const std::string& name, const expr& x) {
  const auto& a = x.arguments;
  const auto n = a.size();
  if (name == "SUBSTRING" || name == "MID") {
    if (n < 2 || n > 3)
      return std::nullopt;
    auto arguments = a;
    // Where positions are counted from 0.
    const auto zero = a[1].kind == expr_kind::integer && a[1].text == "0";
    if (zero)
      arguments[1] = integer(1);
    return rewriting_of(call("SUBSTR", std::move(arguments)), 0.9,
                        zero ? "" : "SUBSTR counts characters from 1");
  }
  if (name == "LEFT" && n == 2)
    return rewriting_of(call("SUBSTR", {a[0], integer(1), a[1]}));
  if (name == "RIGHT" && n == 2)
    return rewriting_of(
      call("SUBSTR",
           {a[0], binary("+", binary("-", call("LENGTH", {a[0]}), a[1]),
                         integer(1))}),
      0.7, "a text shorter than that needs care");
  if ((name == "INSTR" || name == "STRPOS") && n == 2)
    return rewriting_of(call("POSITION", {a[1], a[0]}));
  if ((name == "LOCATE" || name == "CHARINDEX") && n == 2)
    return rewriting_of(call("POSITION", {a[0], a[1]}));
  if (name == "ISEMPTY" && n == 1)
    return rewriting_of(binary("==", binary("\?\?", a[0], text("")), text("")));
  if (name == "ISNOTEMPTY" && n == 1)
    return rewriting_of(binary("!=", binary("\?\?", a[0], text("")), text("")));
  return std::nullopt;
}

std::optional<rewriting> rewrite_number(const std::string& name,
                                        const expr& x) {
  const auto& a = x.arguments;
  const auto n = a.size();
  if (name == "MOD" && n == 2)
    return rewriting_of(binary("%", a[0], a[1]));
  if (name == "DIV" && n == 2)
    return rewriting_of(binary("//", a[0], a[1]));
  if (name == "SQUARE" && n == 1)
    return rewriting_of(call("POWER", {a[0], integer(2)}));
  if (name == "LOG" && n == 1)
    return rewriting_of(call("LN", {a[0]}), 0.6,
                        "LN is the natural logarithm, LOG10 the decimal one");
  if (name == "LOG2" && n == 1)
    return rewriting_of(
      binary("/", call("LN", {a[0]}), call("LN", {integer(2)})));
  if ((name == "GREATEST" || name == "LEAST") && n == 2)
    return rewriting_of(
      call("IF", {binary(name == "LEAST" ? "<" : ">", a[0], a[1]), a[0], a[1]}),
      0.8, "where a is NULL this is b");
  if (name == "NVL2" && n == 3)
    return rewriting_of(call("IF", {is_null(a[0], true), a[1], a[2]}), 1);
  if ((name == "ISNULL" || name == "ISNA") && n == 1)
    return rewriting_of(is_null(a[0], false), 1);
  if (name == "ISNULL" && n == 2)
    return rewriting_of(binary("\?\?", a[0], a[1]), 1);
  if ((name == "ISNOTNULL" || name == "NOTNULL" || name == "NOTNA") && n == 1)
    return rewriting_of(is_null(a[0], true), 1);
  return std::nullopt;
}

std::optional<rewriting> rewrite_time(const std::string& name, const expr& x) {
  const auto& a = x.arguments;
  const auto n = a.size();
  static constexpr auto starts
    = std::to_array<spelling>({{"STARTOFYEAR", "YEAR"},
                               {"STARTOFMONTH", "MONTH"},
                               {"STARTOFWEEK", "WEEK"},
                               {"STARTOFDAY", "DAY"},
                               {"STARTOFHOUR", "HOUR"},
                               {"TOSTARTOFMONTH", "MONTH"},
                               {"TOSTARTOFYEAR", "YEAR"},
                               {"TOSTARTOFHOUR", "HOUR"}});
  if (const auto u = find(starts, name); !u.empty() && n == 1)
    return rewriting_of(call("TRUNC", {a[0], unit_text(*find_unit(u))}),
                        u == "WEEK" ? 0.8 : 0.9,
                        u == "WEEK" ? "a week begins on Monday" : "");
  if (name == "DATE_TRUNC" && n == 2) {
    if (const auto u = unit_of(a[0]))
      return rewriting_of(call("TRUNC", {a[1], unit_text(*u)}));
    if (const auto u = unit_of(a[1]))
      return rewriting_of(call("TRUNC", {a[0], unit_text(*u)}));
    return std::nullopt;
  }
  if ((name == "DATE_PART" || name == "DATEPART" || name == "EXTRACT")
      && n == 2) {
    const auto part = part_function(a[0]);
    return part.empty() ? std::nullopt
                        : rewriting_of(call(std::string{part}, {a[1]}));
  }
  if (name == "AGO" && n == 1)
    return rewriting_of(binary("-", call("NOW", {}), a[0]), 1);
  // SQL Server: from the first to the second. MySQL: the first less the second.
  if ((name == "DATEDIFF" || name == "TIMESTAMPDIFF" || name == "DATE_DIFF")
      && n == 3) {
    if (const auto u = unit_of(a[0]))
      return rewriting_of(call("DATE_DIFF", {a[2], a[1], unit_text(*u)}), 0.9,
                          "DATE_DIFF(a, b, unit) is a less b");
    return std::nullopt;
  }
  if (name == "DATEDIFF" && n == 2)
    return rewriting_of(call("DATE_DIFF", {a[0], a[1], text("day")}));
  if (name == "DATETIME_DIFF" && n == 3)
    if (const auto u = unit_of(a[0]))
      return rewriting_of(call("DATE_DIFF", {a[1], a[2], unit_text(*u)}));
  if ((name == "DATEADD" || name == "TIMESTAMPADD" || name == "DATETIME_ADD"
       || name == "DATE_ADD")
      && n == 3)
    if (const auto u = unit_of(a[0]))
      return rewriting_of(call("DATE_ADD", {a[2], a[1], unit_text(*u)}));
  if (n == 2 && a[1].kind == expr_kind::duration) {
    if (name == "DATE_ADD" || name == "ADDDATE")
      return rewriting_of(binary("+", a[0], a[1]), 1);
    if (name == "DATE_SUB" || name == "SUBDATE")
      return rewriting_of(binary("-", a[0], a[1]), 1);
  }
  if (name == "STRFTIME" && n == 2)
    return rewriting_of(a[0].kind == expr_kind::text
                          ? call("FORMAT_DATE", {a[1], a[0]})
                          : call("FORMAT_DATE", {a[0], a[1]}));
  if (name == "DATE_FORMAT" && n == 2)
    return rewriting_of(call("FORMAT_DATE", {a[0], a[1]}));
  if ((name == "TO_CHAR" || name == "FORMAT_DATETIME") && n == 2
      && a[1].kind == expr_kind::text) {
    auto format = our_format(a[1].text);
    return format.empty() ? std::nullopt
                          : rewriting_of(call("FORMAT_DATE",
                                              {a[0], text(std::move(format))}));
  }
  if ((name == "DATETIME" || name == "TODATETIME" || name == "TO_DATE"
       || name == "DATE" || name == "TIMESTAMP")
      && n == 1)
    if (auto moment = moment_of(a[0]))
      return rewriting_of(std::move(*moment), 1);
  if ((name == "DAYOFWEEK" || name == "WEEKDAY") && n == 1)
    return rewriting_of(call("DAY_OF_WEEK", {a[0]}), 0.6,
                        "DAY_OF_WEEK is 1 for Monday and 7 for Sunday");
  return std::nullopt;
}

} // namespace

std::optional<rewriting> rewrite_call(const expr& x) {
  if (x.distinct || !x.condition.empty() || !x.sort.empty())
    return std::nullopt;
  // One of ours means itself, unless its first argument is a unit.
  const auto* known = find_function(x.text);
  if (known && x.text != "DATE_ADD" && x.text != "DATE_DIFF")
    return std::nullopt;
  const auto name = upper(x.text);
  // With the unit last it is our order of arguments.
  if (known
      && (x.arguments.size() < 3 || x.arguments[2].kind == expr_kind::text))
    return x.arguments.size() == 2 ? rewrite_time(name, x) : std::nullopt;
  for (const auto rewrite :
       {rewrite_time, rewrite_aggregate, rewrite_text, rewrite_number})
    if (auto result = rewrite(name, x))
      return result;
  if (known)
    return std::nullopt;
  if (const auto ours = our_function(name); !ours.empty())
    return rewriting_of(call(std::string{ours}, x.arguments));
  if (const auto type = cast_of(name); !type.empty() && x.arguments.size() == 1)
    return rewriting_of(
      made(expr_kind::cast, std::string{type}, {x.arguments[0]}));
  return std::nullopt;
}

std::optional<rewriting> rewrite_method(const expr& x) {
  const auto& receiver = x.arguments.front();
  if (receiver.path.size() < 2)
    return std::nullopt;
  auto self = receiver;
  const auto method = upper(self.path.back().text);
  self.path.pop_back();
  if (self.path.size() > 1
      && (is_keyword(self.path.back().text, "STR")
          || is_keyword(self.path.back().text, "DT")))
    self.path.pop_back();
  auto arguments = std::vector<expr>{self};
  arguments.insert(arguments.end(), x.arguments.begin() + 1, x.arguments.end());
  const auto n = arguments.size();
  if (method == "ISIN" && n >= 2)
    return rewriting_of(made(expr_kind::in_list, "", std::move(arguments)));
  if (method == "BETWEEN" && n == 3)
    return rewriting_of(made(expr_kind::between, "", std::move(arguments)));
  if (method == "FILLNA" && n == 2)
    return rewriting_of(binary("\?\?", arguments[0], arguments[1]));
  if (method == "ASTYPE" && n == 2 && arguments[1].path.size() == 1) {
    const auto type = our_type(arguments[1].path.front().text);
    return type.empty() ? std::nullopt
                        : rewriting_of(made(expr_kind::cast, std::string{type},
                                            {arguments[0]}));
  }
  auto name = method == "STRIP"    ? std::string{"TRIM"}
              : method == "LSTRIP" ? std::string{"LTRIM"}
              : method == "RSTRIP" ? std::string{"RTRIM"}
              : method == "STD"    ? std::string{"STDDEV"}
                                   : method;
  auto as_call = call(std::move(name), std::move(arguments));
  if (const auto* known = find_function(as_call.text))
    return n >= known->least && n <= known->most
             ? rewriting_of(std::move(as_call))
             : std::nullopt;
  return rewrite_call(as_call);
}

} // namespace aura::dsl::foreign
