#include "kernels/dsl/sql_expressions.hpp"
#include "kernels/dsl/sql_sqlite.hpp"

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

std::string quoted_text(std::string_view text) {
  return to_literal(std::string{text});
}

/// The directives that SQLite's strftime has no counterpart of.
std::string_view recipe_of(char directive) {
  switch (directive) {
  case 'y':
    return "substr(strftime('%Y', $1), 3)";
  case 'b':
    return "substr('JanFebMarAprMayJunJulAugSepOctNovDec', "
           "3 * strftime('%m', $1) - 2, 3)";
  case 'B':
    return "rtrim(substr('January  February March    April    May      June    "
           " July     August   SeptemberOctober  November December ', "
           "9 * strftime('%m', $1) - 8, 9))";
  case 'a':
    return "substr('SunMonTueWedThuFriSat', 3 * strftime('%w', $1) + 1, 3)";
  case 'A':
    return "rtrim(substr('Sunday   Monday   Tuesday  WednesdayThursday Friday  "
           " Saturday ', 9 * strftime('%w', $1) + 1, 9))";
  default:
    return {};
  }
}

std::string moment(expression_writer& w, const value& x) {
  auto result = w.text(x);
  if (x.format == schema::date_format::epoch_seconds)
    result += ", 'unixepoch'";
  return result;
}

binding write_trunc(expression_writer& w, std::string& out, const value& x) {
  const auto at = moment(w, x.arguments[0]);
  const auto is_date = x.type == data_type::date;
  const auto to = [&](std::string_view date, std::string_view time,
                      std::string_view change = {}) {
    return w.expand(out, "strftime('$1$2', $3$4)",
                    {date, is_date ? std::string_view{} : time, at, change});
  };
  switch (x.unit) {
  case unit::second:
    return to("%Y-%m-%d", " %H:%M:%S");
  case unit::minute:
    return to("%Y-%m-%d", " %H:%M:00");
  case unit::hour:
    return to("%Y-%m-%d", " %H:00:00");
  case unit::day:
    return to("%Y-%m-%d", " 00:00:00");
  case unit::week:
    return to("%Y-%m-%d", " 00:00:00", ", 'weekday 0', '-6 days'");
  case unit::month:
    return to("%Y-%m-01", " 00:00:00");
  case unit::quarter: {
    const auto change = ", 'start of month', '-' || ((strftime('%m', " + at
                        + ") - 1) % 3) || ' months'";
    return to("%Y-%m-%d", " 00:00:00", change);
  }
  case unit::year:
    return to("%Y-01-01", " 00:00:00");
  }
  return binding::atom;
}

binding write_bin(expression_writer& w, std::string& out, const value& x) {
  const auto step = std::to_string(x.count * seconds_in(x.unit));
  // 1970 began on a Thursday; bins of days and weeks begin on a Monday.
  const auto shifted = x.unit >= unit::day;
  const auto name = x.type == data_type::date ? "date" : "datetime";
  return w.expand(out,
                  shifted ? "$1(CAST(floor((unixepoch($2) - 345600) / $3.0) AS "
                            "INTEGER) * $3 + 345600, 'unixepoch')"
                          : "$1(CAST(floor(unixepoch($2) / $3.0) AS INTEGER) * "
                            "$3, 'unixepoch')",
                  {name, moment(w, x.arguments[0]), step});
}

binding write_date_add(expression_writer& w, std::string& out, const value& x) {
  const auto at = moment(w, x.arguments[0]);
  const auto is_date = x.type == data_type::date;
  const auto& n = x.arguments[1];
  const auto* fixed = n.form == value::kind::literal
                        ? std::get_if<std::int64_t>(&n.literal)
                        : nullptr;
  const auto monthly = seconds_in(x.unit) == 0;
  const auto factor = monthly                ? months_in(x.unit)
                      : x.unit == unit::week ? 7
                                             : 1;
  constexpr std::string_view names[]
    = {"seconds", "minutes", "hours",  "days",
       "days",    "months",  "months", "months"};
  const auto name = names[static_cast<std::size_t>(x.unit)];
  // The modifier for n more units, as SQLite reads it.
  const auto modifier = [&](std::int64_t more) {
    if (fixed)
      return quoted_text(std::to_string(*fixed * factor + more) + " "
                         + std::string{name});
    auto count = std::string{};
    w.operand(count, n, binding::atom);
    if (factor != 1)
      count += " * " + std::to_string(factor);
    if (more != 0)
      count += " + " + std::to_string(more);
    if (factor != 1 || more != 0)
      count = "(" + count + ")";
    return count + " || ' " + std::string{name} + "'";
  };
  if (!monthly)
    return w.expand(out, is_date ? "date($1, $2)" : "datetime($1, $2)",
                    {at, modifier(0)});
  // The plain modifier would run over the end of a short month.
  constexpr auto day
    = std::string_view{"min(date($1, $2), date($1, 'start of month', $3, "
                       "'-1 day'))"};
  w.expand(out, day, {at, modifier(0), modifier(1)});
  if (is_date)
    return binding::atom;
  return w.expand(out, " || strftime(' %H:%M:%S', $1)", {at}, binding::joint);
}

binding write_date_diff(expression_writer& w, std::string& out,
                        const value& x) {
  const auto a = moment(w, x.arguments[0]);
  const auto b = moment(w, x.arguments[1]);
  if (const auto size = seconds_in(x.unit); size > 0)
    return size == 1 ? w.expand(out, "unixepoch($1) - unixepoch($2)", {a, b},
                                binding::sum)
                     : w.expand(out, "(unixepoch($1) - unixepoch($2)) / $3",
                                {a, b, std::to_string(size)}, binding::product);
  // Months by the calendar, less the one that is not over yet. A month that
  // is too short for a day is over on its last day, as when months are added.
  const auto over_at = [&](std::string_view from, std::string_view in) {
    auto day = std::string{};
    w.expand(day,
             "min(strftime('%d', $1), strftime('%d', $2, 'start of month', "
             "'+1 month', '-1 day')) || strftime(' %H:%M:%S', $1)",
             {from, in});
    return day;
  };
  constexpr auto months = std::string_view{
    "((strftime('%Y', $1) - strftime('%Y', $2)) * 12 + strftime('%m', $1) - "
    "strftime('%m', $2) - (unixepoch($1) >= unixepoch($2) AND strftime('%d "
    "%H:%M:%S', $1) < $3) + (unixepoch($1) < unixepoch($2) AND strftime('%d "
    "%H:%M:%S', $2) < $4))"};
  w.expand(out, months, {a, b, over_at(b, a), over_at(a, b)});
  if (months_in(x.unit) == 1)
    return binding::atom;
  out += " / " + std::to_string(months_in(x.unit));
  return binding::product;
}

binding write_format_date(expression_writer& w, std::string& out,
                          const value& x) {
  const auto* format = std::get_if<std::string>(&x.arguments[1].literal);
  const auto at = moment(w, x.arguments[0]);
  auto pieces = std::vector<std::string>{};
  auto plain = std::string{};
  const auto flush = [&] {
    if (plain.empty())
      return;
    pieces.push_back("strftime(" + w.literal(plain, data_type::text) + ", " + at
                     + ")");
    plain.clear();
  };
  for (std::size_t i = 0; format && i < format->size(); ++i) {
    const auto c = (*format)[i];
    if (c != '%' || i + 1 == format->size()) {
      plain += c;
      continue;
    }
    const auto directive = (*format)[++i];
    if (const auto recipe = recipe_of(directive); !recipe.empty()) {
      flush();
      w.expand(pieces.emplace_back(), recipe, {at});
    } else {
      plain += c;
      plain += directive;
    }
  }
  flush();
  // An empty format still is NULL for a missing moment.
  if (pieces.empty())
    return w.expand(out, "strftime('', $1)", {at});
  for (std::size_t i = 0; i < pieces.size(); ++i)
    out += (i > 0 ? " || " : "") + pieces[i];
  return pieces.size() > 1 ? binding::joint : binding::atom;
}

} // namespace

binding write_sqlite_time(expression_writer& w, std::string& out,
                          const value& x) {
  const auto part = [&](std::string_view directive) {
    return w.expand(out, "CAST(strftime('$2', $1) AS INTEGER)",
                    {moment(w, x.arguments[0]), directive});
  };
  switch (x.what) {
  case op::year:
    return part("%Y");
  case op::month:
    return part("%m");
  case op::day:
    return part("%d");
  case op::hour:
    return part("%H");
  case op::minute:
    return part("%M");
  case op::day_of_year:
    return part("%j");
  case op::quarter:
    return w.expand(out, "(strftime('%m', $1) + 2) / 3",
                    {moment(w, x.arguments[0])}, binding::product);
  case op::week:
    return w.expand(out,
                    "(strftime('%j', $1, '-3 days', 'weekday 4') - 1) / 7 + 1",
                    {moment(w, x.arguments[0])}, binding::sum);
  case op::day_of_week:
    return w.expand(out, "(strftime('%w', $1) + 6) % 7 + 1",
                    {moment(w, x.arguments[0])}, binding::sum);
  case op::trunc:
    return write_trunc(w, out, x);
  case op::bin:
    return write_bin(w, out, x);
  case op::date_diff:
    return write_date_diff(w, out, x);
  case op::date_add:
    return write_date_add(w, out, x);
  default:
    return write_format_date(w, out, x);
  }
}

} // namespace aura::dsl
