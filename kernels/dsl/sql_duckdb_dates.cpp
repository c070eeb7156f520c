#include "kernels/dsl/sql_duckdb.hpp"
#include "kernels/dsl/sql_expressions.hpp"

namespace aura::dsl {

using plan::data_type;
using plan::op;
using plan::value;

namespace {

/// How many seconds, or 0 for months and longer.
std::int64_t seconds_in(unit x) {
  constexpr std::int64_t sizes[] = {1, 60, 3600, 86'400, 604'800, 0, 0, 0};
  return sizes[static_cast<std::size_t>(x)];
}

std::int64_t months_in(unit x) {
  return x == unit::month ? 1 : x == unit::quarter ? 3 : 12;
}

std::string moment(expression_writer& w, const value& x) {
  auto result = w.text(x);
  // DuckDB would not know which of its functions is meant.
  return x.type == data_type::null ? "CAST(" + result + " AS TIMESTAMP)"
                                   : result;
}

bool is_date(const value& x) {
  return x.type == data_type::date;
}

binding write_trunc(expression_writer& w, std::string& out, const value& x) {
  constexpr std::string_view names[]
    = {"second", "minute", "hour", "day", "week", "month", "quarter", "year"};
  // Before 2.0 what has no time left is a DATE.
  const auto pattern = is_date(x) ? "CAST(date_trunc('$1', $2) AS DATE)"
                       : x.unit >= unit::day
                         ? "CAST(date_trunc('$1', $2) AS TIMESTAMP)"
                         : "date_trunc('$1', $2)";
  return w.expand(
    out, pattern,
    {names[static_cast<std::size_t>(x.unit)], moment(w, x.arguments[0])});
}

binding write_bin(expression_writer& w, std::string& out, const value& x) {
  const auto step = std::to_string(x.count * seconds_in(x.unit));
  // 1970 began on a Thursday; bins of days and weeks begin on a Monday.
  const auto* origin = x.unit >= unit::day ? "1970-01-05" : "1970-01-01";
  return w.expand(out,
                  is_date(x)
                    ? "CAST(time_bucket(to_seconds($1), CAST($2 AS TIMESTAMP), "
                      "TIMESTAMP '$3') AS DATE)"
                    : "time_bucket(to_seconds($1), $2, TIMESTAMP '$3')",
                  {step, moment(w, x.arguments[0]), origin});
}

/// A moment that may lie beyond the year 9999, where it is NULL.
constexpr std::string_view bounded
  = "nullif(least($1, TIMESTAMP '10000-01-01'), TIMESTAMP '10000-01-01')";

/// `x ± INTERVAL n unit` for a fixed number, NULL if that is out of reach.
std::string shifted(const std::string& at, std::int64_t n,
                    std::string_view name, std::int64_t reach) {
  if (n > reach || n < -reach)
    return "CAST(NULL AS TIMESTAMP)";
  return at + (n < 0 ? " - INTERVAL " : " + INTERVAL ")
         + std::to_string(n < 0 ? -n : n) + " " + std::string{name};
}

binding write_date_add(expression_writer& w, std::string& out, const value& x) {
  const auto& n = x.arguments[1];
  const auto seconds = seconds_in(x.unit);
  // In months, days or seconds, and how many of them ten thousand years have.
  const auto monthly = seconds == 0;
  const auto daily = !monthly && x.unit >= unit::day;
  const auto factor = monthly ? months_in(x.unit)
                      : daily ? seconds / 86'400
                              : seconds;
  const auto reach = monthly ? 120'000 : daily ? 3'660'000 : 316'224'000'000;
  auto at = std::string{};
  w.operand(at, x.arguments[0], binding::sum);
  if (x.arguments[0].type == data_type::null)
    at = moment(w, x.arguments[0]);
  const auto* fixed = n.form == value::kind::literal
                        ? std::get_if<std::int64_t>(&n.literal)
                        : nullptr;
  auto sum = std::string{};
  if (fixed) {
    sum = shifted(at, *fixed * factor,
                  monthly ? "MONTH"
                  : daily ? "DAY"
                          : "SECOND",
                  reach);
  } else {
    auto count = std::string{};
    w.operand(count, n, binding::sum);
    const auto most = std::to_string(reach / factor);
    auto number = std::string{};
    w.operand(number, n, binding::product);
    if (factor != 1)
      number += " * " + std::to_string(factor);
    w.expand(sum, "$1 + $2(CASE WHEN $3 BETWEEN -$4 AND $4 THEN $5 END)",
             {at,
              monthly ? "to_months"
              : daily ? "to_days"
                      : "to_seconds",
              count, most, number});
  }
  const auto later = !fixed || *fixed > 0;
  if (is_date(x))
    out += "CAST(";
  if (later)
    w.expand(out, bounded, {sum});
  else
    out += sum;
  if (is_date(x))
    out += " AS DATE)";
  return later || is_date(x) ? binding::atom : binding::sum;
}

binding write_date_diff(expression_writer& w, std::string& out,
                        const value& x) {
  const auto a = moment(w, x.arguments[0]);
  const auto b = moment(w, x.arguments[1]);
  const auto days = is_date(x.arguments[0]) && is_date(x.arguments[1]);
  if (const auto size = seconds_in(x.unit); size > 0) {
    const auto by_day = days && x.unit >= unit::day;
    w.expand(out, "date_diff('$1', $2, $3)", {by_day ? "day" : "second", b, a});
    const auto steps = by_day ? size / 86'400 : size;
    if (steps == 1)
      return binding::atom;
    out += " // " + std::to_string(steps);
    return binding::product;
  }
  // Months by the calendar, less the one that is not over yet. A month that is
  // too short for the day of b is over on its last day, as when months are
  // added.
  const auto day_and_time
    = [&](std::string day, const std::string& at, const value& of) {
        if (days)
          return day;
        const auto time = is_date(of) ? std::string{"TIME '00:00:00'"}
                                      : "CAST(" + at + " AS TIME)";
        return "(" + std::move(day) + ", " + time + ")";
      };
  const auto reached = [&](const std::string& at, const value& of) {
    return day_and_time("day(" + at + ")", at, of);
  };
  const auto over
    = [&](const std::string& from, const value& of, const std::string& in) {
        auto last = std::string{};
        w.expand(last, "least(day($1), day(last_day($2)))", {from, in});
        return day_and_time(std::move(last), from, of);
      };
  const auto& first = x.arguments[0];
  const auto& second = x.arguments[1];
  w.expand(out,
           "((year($1) - year($2)) * 12 + month($1) - month($2) - CASE WHEN $1 "
           ">= $2 AND $3 < $4 THEN 1 WHEN $1 < $2 AND $5 < $6 THEN -1 ELSE 0 "
           "END)",
           {a, b, reached(a, first), over(b, second, a), reached(b, second),
            over(a, first, b)});
  if (months_in(x.unit) == 1)
    return binding::atom;
  out += " // " + std::to_string(months_in(x.unit));
  return binding::product;
}

} // namespace

binding write_duckdb_time(expression_writer& w, std::string& out,
                          const value& x) {
  const auto part = [&](std::string_view name) {
    return w.expand(out, "$1($2)", {name, moment(w, x.arguments[0])});
  };
  switch (x.what) {
  case op::year:
    return part("year");
  case op::quarter:
    return part("quarter");
  case op::month:
    return part("month");
  case op::week:
    return part("week");
  case op::day:
    return part("day");
  case op::hour:
    return part("hour");
  case op::minute:
    return part("minute");
  case op::day_of_year:
    return part("dayofyear");
  case op::day_of_week:
    return part("isodow");
  case op::trunc:
    return write_trunc(w, out, x);
  case op::bin:
    return write_bin(w, out, x);
  case op::date_diff:
    return write_date_diff(w, out, x);
  case op::date_add:
    return write_date_add(w, out, x);
  default:
    if (x.arguments[1].literal == datum{std::string{}})
      return w.expand(out, "CASE WHEN $1 IS NOT NULL THEN '' END",
                      {moment(w, x.arguments[0])});
    return w.expand(out, "strftime($1, $2)",
                    {moment(w, x.arguments[0]), w.text(x.arguments[1])});
  }
}

} // namespace aura::dsl
