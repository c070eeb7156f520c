#include "kernels/dsl/foreign_functions.hpp"

#include "kernels/dsl/words.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace aura::dsl {

namespace {

/// How the arguments of a foreign call become ours.
enum class way : std::uint8_t {
  rename,    // the same arguments
  swap,      // two, the other way round
  distinct,  // COUNT(DISTINCT x)
  only_if,   // COUNT(WHERE p)
  sum_if,    // SUM(x WHERE p)
  cast,      // CAST(x AS ours)
  is_null,   // x IS NULL
  not_null,  // x IS NOT NULL
  begin,     // SUBSTR(x, 1, n)
  separated, // STRING_AGG(x, ',') where the separator is left out
  part,      // DATE_PART('year', x): YEAR(x)
};

struct rule {
  std::string_view foreign;
  std::string_view ours;
  way how = way::rename;
  std::uint8_t least = 1;
  std::uint8_t most = 1;
};

constexpr auto rules = std::to_array<rule>({
  {"SUBSTRING", "SUBSTR", way::rename, 2, 3},
  {"MID", "SUBSTR", way::rename, 2, 3},
  {"LEFT", "SUBSTR", way::begin, 2, 2},
  {"LEN", "LENGTH"},
  {"STRLEN", "LENGTH"},
  {"CHAR_LENGTH", "LENGTH"},
  {"LCASE", "LOWER"},
  {"TOLOWER", "LOWER"},
  {"UCASE", "UPPER"},
  {"TOUPPER", "UPPER"},
  {"STRIP", "TRIM"},
  {"STRCAT", "CONCAT", way::rename, 1, 255},
  {"STARTSWITH", "STARTS_WITH", way::rename, 2, 2},
  {"ENDSWITH", "ENDS_WITH", way::rename, 2, 2},
  {"HAS", "CONTAINS", way::rename, 2, 2},
  {"INSTR", "POSITION", way::swap, 2, 2},
  {"STRPOS", "POSITION", way::swap, 2, 2},
  {"CHARINDEX", "POSITION", way::rename, 2, 2},
  {"LOCATE", "POSITION", way::rename, 2, 2},
  {"CEILING", "CEIL"},
  {"POW", "POWER", way::rename, 2, 2},
  {"IFNULL", "COALESCE", way::rename, 2, 2},
  {"NVL", "COALESCE", way::rename, 2, 2},
  {"ISNULL", "", way::is_null},
  {"ISNULL", "COALESCE", way::rename, 2, 2},
  {"ISNOTNULL", "", way::not_null},
  {"IIF", "IF", way::rename, 3, 3},
  {"IFF", "IF", way::rename, 3, 3},
  {"MEAN", "AVG"},
  {"AVERAGE", "AVG"},
  {"STD", "STDDEV"},
  {"STDEV", "STDDEV"},
  {"STDDEV_SAMP", "STDDEV"},
  {"STDEVP", "STDDEV_POP"},
  {"VAR", "VARIANCE"},
  {"VAR_SAMP", "VARIANCE"},
  {"VAR_POP", "VARIANCE_POP"},
  {"QUANTILE", "PERCENTILE", way::rename, 2, 2},
  {"NUNIQUE", "COUNT", way::distinct},
  {"COUNT_DISTINCT", "COUNT", way::distinct},
  {"DCOUNT", "COUNT", way::distinct},
  {"APPROX_COUNT_DISTINCT", "COUNT", way::distinct},
  {"COUNTIF", "COUNT", way::only_if},
  {"COUNT_IF", "COUNT", way::only_if},
  {"SUMIF", "SUM", way::sum_if, 2, 2},
  {"SUM_IF", "SUM", way::sum_if, 2, 2},
  {"AVGIF", "AVG", way::sum_if, 2, 2},
  {"BOOL_OR", "ANY"},
  {"BOOL_AND", "ALL"},
  {"EVERY", "ALL"},
  {"GROUP_CONCAT", "STRING_AGG", way::separated, 1, 2},
  {"LISTAGG", "STRING_AGG", way::separated, 1, 2},
  {"MAX_BY", "ARG_MAX", way::rename, 2, 2},
  {"MIN_BY", "ARG_MIN", way::rename, 2, 2},
  {"ARGMAX", "ARG_MAX", way::rename, 2, 2},
  {"ARGMIN", "ARG_MIN", way::rename, 2, 2},
  {"TAKE_ANY", "ANY_VALUE"},
  {"FIRST_VALUE", "FIRST"},
  {"LAST_VALUE", "LAST"},
  {"ROW_NUM", "ROW_NUMBER", way::rename, 0, 0},
  {"CURRENT_TIMESTAMP", "NOW", way::rename, 0, 0},
  {"GETDATE", "NOW", way::rename, 0, 0},
  {"CURRENT_DATE", "TODAY", way::rename, 0, 0},
  {"CURDATE", "TODAY", way::rename, 0, 0},
  {"STRFTIME", "FORMAT_DATE", way::swap, 2, 2},
  {"DATE_FORMAT", "FORMAT_DATE", way::rename, 2, 2},
  {"DATE_TRUNC", "TRUNC", way::swap, 2, 2},
  {"DATE_PART", "", way::part, 2, 2},
  {"DAYOFYEAR", "DAY_OF_YEAR"},
  {"DAYOFMONTH", "DAY"},
  {"WEEKOFYEAR", "WEEK"},
  {"TOSTRING", "TEXT", way::cast},
  {"STR", "TEXT", way::cast},
  {"TOINT", "INTEGER", way::cast},
  {"TOLONG", "INTEGER", way::cast},
  {"INT", "INTEGER", way::cast},
  {"TODOUBLE", "REAL", way::cast},
  {"TOREAL", "REAL", way::cast},
  {"FLOAT", "REAL", way::cast},
  {"DATE", "DATE", way::cast},
  {"TO_DATE", "DATE", way::cast},
  {"TODATETIME", "TIMESTAMP", way::cast},
  {"DATETIME", "TIMESTAMP", way::cast},
});

struct remark {
  std::string_view foreign;
  std::string_view hint;
};

constexpr auto remarks = std::to_array<remark>({
  {"LOG", "LN(x) is the natural logarithm, LOG10(x) the decimal one"},
  {"LOG2", "LN(x) / LN(2)"},
  {"GREATEST", "IF(a >= b, a, b) is the greater of two"},
  {"LEAST", "IF(a <= b, a, b) is the lesser of two"},
  {"RIGHT", "SUBSTR(x, LENGTH(x) - n + 1) takes the last n characters"},
  {"CONCAT_WS", "a || ', ' || b; NULL beside || gives NULL"},
  {"DATEDIFF", "DATE_DIFF(a, b, 'day') counts whole days from b to a"},
  {"DATEADD", "DATE_ADD(x, n, 'day'), or x + 7 DAYS"},
  {"DATE_SUB", "x - 7 DAYS"},
  {"TIMESTAMPDIFF", "DATE_DIFF(a, b, 'minute') counts from b to a"},
  {"JULIANDAY", "DATE_DIFF(a, b, 'day') counts whole days from b to a"},
  {"TO_CHAR", "FORMAT_DATE(x, '%Y-%m-%d')"},
  {"WEEKDAY", "DAY_OF_WEEK(x) is 1 on Monday and 7 on Sunday"},
  {"DAYOFWEEK", "DAY_OF_WEEK(x) is 1 on Monday and 7 on Sunday"},
  {"AGO", "NOW() - 7 DAYS, or x DURING LAST 7 DAYS"},
  {"STARTOFMONTH", "TRUNC(x, 'month')"},
  {"STARTOFDAY", "TRUNC(x, 'day')"},
  {"PERCENTILE_CONT", "PERCENTILE(x, 0.9)"},
  {"DECODE", "CASE WHEN x == 1 THEN ... END"},
  {"TOTAL", "COALESCE(SUM(x), 0)"},
  {"CUMSUM", "|> WINDOW SUM(x) AS total SORT day RUNNING"},
  {"SHIFT", "|> WINDOW LAG(x) AS before SORT day"},
  {"CASE", "CASE WHEN p THEN a ELSE b END, or IF(p, a, b)"},
});

expr call_of(std::string_view name, span where) {
  auto result = expr{};
  result.kind = expr_kind::call;
  result.text = name;
  result.where = where;
  return result;
}

expr literal_of(expr_kind kind, std::string text, span where) {
  auto result = expr{};
  result.kind = kind;
  result.text = std::move(text);
  result.where = where;
  return result;
}

std::optional<expr> apply(const rule& r, const expr& x) {
  auto result = x;
  result.text = r.ours;
  switch (r.how) {
  case way::rename:
    return result;
  case way::swap:
    std::swap(result.arguments[0], result.arguments[1]);
    return result;
  case way::distinct:
    result.distinct = true;
    return result;
  case way::only_if:
  case way::sum_if:
    if (!result.condition.empty())
      return std::nullopt;
    result.condition.push_back(std::move(result.arguments.back()));
    result.arguments.pop_back();
    return result;
  case way::cast:
    result.kind = expr_kind::cast;
    return result;
  case way::is_null:
  case way::not_null:
    result.kind = expr_kind::is_null;
    result.negated = r.how == way::not_null;
    result.text.clear();
    return result;
  case way::begin: {
    const auto at = result.arguments[1].where;
    result.arguments.insert(result.arguments.begin() + 1,
                            literal_of(expr_kind::integer, "1", at));
    return result;
  }
  case way::separated:
    if (result.arguments.size() == 1)
      result.arguments.push_back(literal_of(expr_kind::text, ",", x.where));
    return result;
  case way::part: {
    const auto& wanted = x.arguments[0];
    const auto known
      = wanted.kind == expr_kind::text ? find_unit(wanted.text) : std::nullopt;
    if (!known || *known == unit::second)
      return std::nullopt;
    auto taken = call_of(to_string(*known), x.where);
    taken.arguments.push_back(x.arguments[1]);
    return taken;
  }
  }
  return std::nullopt;
}

} // namespace

std::optional<translated_call> translate_call(const expr& call) {
  const auto name = upper(call.text);
  auto result = translated_call{};
  auto known = false;
  for (const auto& r : rules) {
    if (r.foreign != name)
      continue;
    known = true;
    if (call.arguments.size() >= r.least && call.arguments.size() <= r.most)
      result.ours = apply(r, call);
    else if (!r.ours.empty())
      result.hint = "it is called " + std::string{r.ours} + " here";
    if (result.ours)
      break;
  }
  for (const auto& r : remarks)
    if (r.foreign == name) {
      known = true;
      result.hint = r.hint;
    }
  if (!known)
    return std::nullopt;
  return result;
}

std::string our_type(std::string_view name) {
  static constexpr auto types
    = std::to_array<std::pair<std::string_view, std::string_view>>({
      {"INT", "INTEGER"},
      {"BIGINT", "INTEGER"},
      {"SMALLINT", "INTEGER"},
      {"TINYINT", "INTEGER"},
      {"LONG", "INTEGER"},
      {"FLOAT", "REAL"},
      {"DOUBLE", "REAL"},
      {"NUMERIC", "REAL"},
      {"DECIMAL", "REAL"},
      {"NUMBER", "REAL"},
      {"STRING", "TEXT"},
      {"VARCHAR", "TEXT"},
      {"CHAR", "TEXT"},
      {"NVARCHAR", "TEXT"},
      {"BOOL", "BOOLEAN"},
      {"DATETIME", "TIMESTAMP"},
      {"TIMESTAMPTZ", "TIMESTAMP"},
    });
  for (const auto& [foreign, ours] : types)
    if (is_keyword(name, foreign))
      return std::string{ours};
  return {};
}

} // namespace aura::dsl
