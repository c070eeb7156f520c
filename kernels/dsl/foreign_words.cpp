#include "kernels/dsl/foreign_calls.hpp"

#include "kernels/dsl/words.hpp"

#include <array>

namespace aura::dsl::foreign {

namespace {

struct spelling {
  std::string_view foreign;
  std::string_view ours;
};

// Other names of functions that take the same arguments.
constexpr auto names = std::to_array<spelling>({
  {"IFNULL", "COALESCE"},
  {"NVL", "COALESCE"},
  {"UCASE", "UPPER"},
  {"UPPERCASE", "UPPER"},
  {"LOWERCASE", "LOWER"},
  {"TOUPPER", "UPPER"},
  {"TO_UPPER", "UPPER"},
  {"LCASE", "LOWER"},
  {"TOLOWER", "LOWER"},
  {"TO_LOWER", "LOWER"},
  {"CHAR_LENGTH", "LENGTH"},
  {"CHARACTER_LENGTH", "LENGTH"},
  {"LEN", "LENGTH"},
  {"STRLEN", "LENGTH"},
  {"STRCAT", "CONCAT"},
  {"CEILING", "CEIL"},
  {"POW", "POWER"},
  {"SIGNUM", "SIGN"},
  {"IFF", "IF"},
  {"IIF", "IF"},
  {"STARTSWITH", "STARTS_WITH"},
  {"ENDSWITH", "ENDS_WITH"},
  {"STRIP", "TRIM"},
  {"HAS", "CONTAINS"},
  {"STD", "STDDEV"},
  {"ARGMAX", "ARG_MAX"},
  {"ARGMIN", "ARG_MIN"},
  {"ROW_NUM", "ROW_NUMBER"},
  {"MEAN", "AVG"},
  {"AVERAGE", "AVG"},
  {"STDEV", "STDDEV"},
  {"STDDEV_SAMP", "STDDEV"},
  {"STDEVP", "STDDEV_POP"},
  {"VAR", "VARIANCE"},
  {"VAR_SAMP", "VARIANCE"},
  {"VAR_POP", "VARIANCE_POP"},
  {"VARP", "VARIANCE_POP"},
  {"LISTAGG", "STRING_AGG"},
  {"BOOL_AND", "ALL"},
  {"EVERY", "ALL"},
  {"LOGICAL_AND", "ALL"},
  {"BOOL_OR", "ANY"},
  {"LOGICAL_OR", "ANY"},
  {"FIRST_VALUE", "FIRST"},
  {"LAST_VALUE", "LAST"},
  {"PREV", "LAG"},
  {"NEXT", "LEAD"},
  {"QUANTILE", "PERCENTILE"},
  {"MAX_BY", "ARG_MAX"},
  {"MIN_BY", "ARG_MIN"},
  {"TAKE_ANY", "ANY_VALUE"},
  {"ANYVALUE", "ANY_VALUE"},
  {"DAYOFYEAR", "DAY_OF_YEAR"},
  {"WEEKOFYEAR", "WEEK"},
  {"WEEK_OF_YEAR", "WEEK"},
  {"ISOWEEK", "WEEK"},
  {"GETYEAR", "YEAR"},
  {"GETMONTH", "MONTH"},
  {"MONTHOFYEAR", "MONTH"},
  {"DAYOFMONTH", "DAY"},
  {"HOUROFDAY", "HOUR"},
  {"CURDATE", "TODAY"},
  {"CURRENT_DATE", "TODAY"},
  {"CURRENT_TIMESTAMP", "NOW"},
  {"GETDATE", "NOW"},
  {"SYSDATETIME", "NOW"},
  {"GETUTCDATE", "NOW"},
});

constexpr auto types = std::to_array<spelling>({
  {"INT", "INTEGER"},
  {"BIGINT", "INTEGER"},
  {"SMALLINT", "INTEGER"},
  {"TINYINT", "INTEGER"},
  {"INT64", "INTEGER"},
  {"INT32", "INTEGER"},
  {"LONG", "INTEGER"},
  {"SIGNED", "INTEGER"},
  {"UNSIGNED", "INTEGER"},
  {"VARCHAR", "TEXT"},
  {"CHAR", "TEXT"},
  {"STRING", "TEXT"},
  {"NVARCHAR", "TEXT"},
  {"CHARACTER", "TEXT"},
  {"STR", "TEXT"},
  {"FLOAT", "REAL"},
  {"DOUBLE", "REAL"},
  {"DECIMAL", "REAL"},
  {"NUMERIC", "REAL"},
  {"FLOAT64", "REAL"},
  {"NUMBER", "REAL"},
  {"BOOL", "BOOLEAN"},
  {"DATETIME", "TIMESTAMP"},
  {"TIMESTAMPTZ", "TIMESTAMP"},
  {"DATETIME64", "TIMESTAMP"},
});

constexpr auto values = std::to_array<spelling>({
  {"CURRENT_DATE", "TODAY()"},
  {"CURRENT_TIMESTAMP", "NOW()"},
  {"LOCALTIMESTAMP", "NOW()"},
  {"SYSDATE", "NOW()"},
  {"NONE", "NULL"},
  {"NIL", "NULL"},
  {"NAN", "NULL"},
  {"UNDEFINED", "NULL"},
});

// Functions that give their argument another type.
constexpr auto casts = std::to_array<spelling>({
  {"TOINT", "INTEGER"},
  {"TO_INT", "INTEGER"},
  {"TOLONG", "INTEGER"},
  {"INT", "INTEGER"},
  {"TOSTRING", "TEXT"},
  {"TO_STRING", "TEXT"},
  {"STR", "TEXT"},
  {"TODOUBLE", "REAL"},
  {"TOREAL", "REAL"},
  {"TO_NUMBER", "REAL"},
  {"FLOAT", "REAL"},
  {"TODECIMAL", "REAL"},
  {"TOBOOL", "BOOLEAN"},
  {"TODATETIME", "TIMESTAMP"},
  {"DATE", "DATE"},
  {"TO_DATE", "DATE"},
  {"TO_TIMESTAMP", "TIMESTAMP"},
});

// Where the arguments are others, or there is no function.
constexpr auto remarks = std::to_array<spelling>({
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

template <class Table>
std::string_view find(const Table& table, std::string_view word) {
  for (const auto& x : table)
    if (is_keyword(word, x.foreign))
      return x.ours;
  return {};
}

} // namespace

std::string_view our_function(std::string_view foreign) {
  return find(names, foreign);
}

std::string_view cast_of(std::string_view foreign) {
  return find(casts, foreign);
}

std::string_view advice_on_call(std::string_view name) {
  if (const auto remark = find(remarks, name); !remark.empty())
    return remark;
  return find(names, name).empty()
           ? std::string_view{}
           : std::string_view{"see what arguments it takes here"};
}

std::string_view our_type(std::string_view foreign) {
  for (const auto* ours :
       {"INTEGER", "REAL", "TEXT", "BOOLEAN", "DATE", "TIMESTAMP"})
    if (is_keyword(foreign, ours))
      return ours;
  return find(types, foreign);
}

std::string_view our_value(std::string_view foreign) {
  return find(values, foreign);
}

std::optional<unit> abbreviated_unit(std::string_view letters) {
  struct row {
    std::string_view letters;
    dsl::unit unit;
  };
  static constexpr auto rows = std::to_array<row>({
    {"s", unit::second}, {"sec", unit::second}, {"ss", unit::second},
    {"m", unit::minute}, {"min", unit::minute}, {"mi", unit::minute},
    {"h", unit::hour},   {"hr", unit::hour},    {"hh", unit::hour},
    {"d", unit::day},    {"dd", unit::day},     {"w", unit::week},
    {"wk", unit::week},  {"mo", unit::month},   {"mon", unit::month},
    {"mm", unit::month}, {"q", unit::quarter},  {"y", unit::year},
    {"yr", unit::year},  {"yy", unit::year},    {"yyyy", unit::year},
  });
  for (const auto& x : rows)
    if (x.letters == letters)
      return x.unit;
  return std::nullopt;
}

} // namespace aura::dsl::foreign
