#include "kernels/dsl/sql_duckdb.hpp"

#include "kernels/dsl/sql_expressions.hpp"

#include <charconv>
#include <cmath>

namespace aura::dsl {

using plan::data_type;
using plan::op;
using plan::value;

namespace {

/// The divisor, which DuckDB wants to be no zero.
void divisor(expression_writer& w, std::string& out, const value& x) {
  const auto* i = std::get_if<std::int64_t>(&x.literal);
  const auto* d = std::get_if<double>(&x.literal);
  if (x.form == value::kind::literal && ((i && *i != 0) || (d && *d != 0)))
    return w.operand(out, x, binding::joint, true);
  out += "nullif(";
  w.write(out, x);
  out += ", 0)";
}

/// `a symbol b`, where no b is zero.
binding quotient(expression_writer& w, std::string& out, const value& x,
                 std::string_view symbol) {
  const auto is_literal = x.arguments[1].form == value::kind::literal;
  w.operand(out, x.arguments[0], binding::product, !is_literal);
  out += ' ';
  out += symbol;
  out += ' ';
  divisor(w, out, x.arguments[1]);
  return binding::product;
}

/// The beginning of a text that reads as a number; 0 if there is none.
constexpr std::string_view whole_number
  = "CASE WHEN $1 IS NOT NULL THEN CAST(least(greatest(coalesce(TRY_CAST("
    "regexp_extract($1, '^[\\t-\\r ]*([+-]?[0-9]+)', 1) AS HUGEINT), 0), "
    "-9223372036854775808), 9223372036854775807) AS BIGINT) END";
constexpr std::string_view real_number
  = "CASE WHEN $1 IS NOT NULL THEN coalesce(TRY_CAST(regexp_extract($1, "
    "'^[\\t-\\r ]*([+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?)', 1) "
    "AS DOUBLE), 0) END";
/// Cuts off what is behind the point, and what is beyond 64 bits; least() and
/// greatest() would pass over a NULL.
constexpr std::string_view truncated
  = "CASE WHEN $1 IS NOT NULL THEN CAST(least(greatest(CAST(trunc(least("
    "greatest($1, -1e30), 1e30)) AS HUGEINT), -9223372036854775808), "
    "9223372036854775807) AS BIGINT) END";
/// Fifteen digits and always a point; zero has no sign.
constexpr std::string_view spelled
  = "CASE WHEN $1 = 0 THEN '0.0' ELSE regexp_replace(format('{:.15g}', $1), "
    "'^(-?[0-9]+)(e|$$)', '\\1.0\\2') END";
/// What a day or moment is written like; a fraction and a Z are cut off.
constexpr std::string_view moment_of_text
  = "date_trunc('second', TRY_CAST(rtrim(regexp_extract($1, '^([0-9]{4}-[0-9]{"
    "2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?Z?)"
    "?)$$', 1), 'Z') AS TIMESTAMP))";

binding write_cast(expression_writer& w, std::string& out, const value& x) {
  const auto& from = x.arguments[0];
  const auto to = [&](std::string_view type) {
    return w.expand(out, "CAST($1 AS $2)", {w.text(from), type});
  };
  switch (x.type) {
  case data_type::integer:
    return from.type == data_type::text
             ? w.expand(out, whole_number, {w.text(from)})
           : from.type == data_type::real
             ? w.expand(out, truncated, {w.text(from)})
             : to("BIGINT");
  case data_type::real:
    return from.type == data_type::text
             ? w.expand(out, real_number, {w.text(from)})
             : to("DOUBLE");
  case data_type::boolean:
    if (from.type == data_type::text)
      return w.expand(
        out,
        "CASE WHEN lower($1) IN ('true', 't', 'yes', 'y', 'on', '1') THEN TRUE "
        "WHEN lower($1) IN ('false', 'f', 'no', 'n', 'off', '0') THEN FALSE "
        "END",
        {w.text(from)});
    if (from.type == data_type::boolean)
      return w.write(out, from);
    w.operand(out, from, binding::sum);
    out += " <> 0";
    return binding::equality;
  case data_type::date:
    if (from.type == data_type::text) {
      out += "CAST(";
      w.expand(out, moment_of_text, {w.text(from)});
      out += " AS DATE)";
      return binding::atom;
    }
    return to("DATE");
  case data_type::timestamp:
    return from.type == data_type::text
             ? w.expand(out, moment_of_text, {w.text(from)})
             : to("TIMESTAMP");
  default:
    return from.type == data_type::real ? w.expand(out, spelled, {w.text(from)})
                                        : to("VARCHAR");
  }
}

} // namespace

std::string duckdb_dialect::literal(const datum& x, data_type type) const {
  const auto text = to_literal(x);
  if (const auto* i = std::get_if<std::int64_t>(&x))
    // Without a type a number is an INTEGER of 32 bits.
    return *i < 0 ? "CAST(" + text + " AS BIGINT)" : text + "::BIGINT";
  if (const auto* d = std::get_if<double>(&x)) {
    if (!std::isfinite(*d))
      return "'" + text + "'::DOUBLE";
    // Without an exponent it is a DECIMAL.
    return text.find('e') == std::string::npos ? text + "e0" : text;
  }
  if (type == data_type::date)
    return "DATE " + text;
  if (type == data_type::timestamp)
    return "TIMESTAMP " + text;
  // A NUL would end the statement.
  auto result = std::string{};
  for (auto c : text)
    if (c == '\0')
      result += "' || chr(0) || '";
    else
      result += c;
  return result.size() == text.size() ? result : "(" + result + ")";
}

binding duckdb_dialect::call(expression_writer& w, std::string& out,
                             const value& x) const {
  switch (x.what) {
  case op::divide:
    return quotient(w, out, x, "/");
  case op::whole_divide:
    if (x.type == data_type::integer)
      return quotient(w, out, x, "//");
    out += "trunc(";
    quotient(w, out, x, "/");
    out += ')';
    return binding::atom;
  case op::modulo:
    return quotient(w, out, x, "%");
  case op::cast:
    return write_cast(w, out, x);
  case op::normalise: // every moment has its own type already
    return w.write(out, x.arguments[0]);
  default:
    if (x.what >= op::year && x.what <= op::format_date
        && x.what != op::bin_number)
      return write_duckdb_time(w, out, x);
    return write_duckdb_function(w, out, x);
  }
}

std::string duckdb_dialect::readable(const plan::column& x,
                                     std::string_view text) const {
  auto result = std::string{text};
  // A column that is NULL throughout has no type, but its table needs one.
  return x.type == data_type::null ? "CAST(" + result + " AS VARCHAR)" : result;
}

std::string duckdb_dialect::seconds(const plan::column&,
                                    std::string_view text) const {
  return "epoch(" + std::string{text} + ")";
}

std::string duckdb_dialect::calendar(const plan::column&,
                                     std::string_view text) const {
  const auto at = std::string{text};
  return "(year(" + at + ") * 12 + month(" + at + ")) * 2678400 + day(" + at
         + ") * 86400 + epoch(" + at + ") - epoch(date_trunc('day', " + at
         + "))";
}

bool duckdb_dialect::ranges_by(std::string_view text) const {
  // DuckDB 2.0 cannot copy the subquery to the ends of the frame.
  return text.find("(SELECT") == std::string_view::npos;
}

std::string_view duckdb_dialect::direction(bool descending,
                                           bool nulls_first) const {
  // Which is the default depends on a setting.
  if (descending)
    return nulls_first ? " DESC NULLS FIRST" : " DESC NULLS LAST";
  return nulls_first ? " NULLS FIRST" : " NULLS LAST";
}

std::string duckdb_dialect::group_key(const std::string& text) const {
  return text; // a literal has its type beside it, hence is no ordinal
}

std::string duckdb_dialect::sort_key(const std::string& text) const {
  // A sort by a literal alone is refused.
  const auto literal
    = text.find('"') == std::string::npos
      && (text[0] == '\'' || text[0] == '-'
          || (text[0] >= '0' && text[0] <= '9') || text == "TRUE"
          || text == "FALSE" || text == "NULL");
  return literal ? "coalesce(" + text + ")" : text;
}

bool duckdb_dialect::has_multisets() const {
  return true;
}

} // namespace aura::dsl
