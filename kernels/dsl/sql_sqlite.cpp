#include "kernels/dsl/sql_sqlite.hpp"

#include "kernels/dsl/sql_expressions.hpp"

namespace aura::dsl {

using plan::data_type;
using plan::op;
using plan::value;

namespace {

/// Whether SQLite computes `x` as a REAL, so that dividing it is real.
bool surely_real(const value& x) {
  if (x.form == value::kind::literal)
    return std::holds_alternative<double>(x.literal);
  if (x.form != value::kind::call)
    return false;
  return x.what == op::divide || x.what == op::sqrt || x.what == op::exp
         || x.what == op::ln || x.what == op::log10
         || (x.what == op::cast && x.type == data_type::real);
}

binding write_cast(expression_writer& w, std::string& out, const value& x) {
  const auto& from = x.arguments[0];
  if (x.type == data_type::timestamp && from.type == data_type::date) {
    w.operand(out, from, binding::joint);
    out += " || ' 00:00:00'";
    return binding::joint;
  }
  if (x.type == data_type::date || x.type == data_type::timestamp) {
    const auto name = x.type == data_type::date ? "date" : "datetime";
    if (from.type != data_type::text)
      return w.expand(out, "$1($2)", {name, w.text(from)});
    // SQLite reads more: Julian days, 10:30, 2024-02-30, other time zones.
    return w.expand(out,
                    x.type == data_type::date ? "date(aura_moment($1))"
                                              : "aura_moment($1)",
                    {w.text(from)});
  }
  if (x.type == data_type::boolean) {
    if (from.type != data_type::text) {
      w.operand(out, from, binding::sum);
      out += " <> 0";
      return binding::equality;
    }
    return w.expand(
      out,
      "CASE WHEN lower($1) IN ('true', 't', 'yes', 'y', 'on', '1') THEN "
      "$2 WHEN lower($1) IN ('false', 'f', 'no', 'n', 'off', '0') THEN "
      "$3 END",
      {w.text(from), w.truth(true), w.truth(false)});
  }
  if (x.type == data_type::text && from.type == data_type::boolean)
    return w.expand(out,
                    "CASE WHEN $1 THEN 'true' WHEN NOT ($1) THEN 'false' END",
                    {w.text(from)});
  // Moments are ISO text already.
  if (x.type == data_type::text
      && (from.type == data_type::date || from.type == data_type::timestamp))
    return w.write(out, from);
  return w.expand(out, "CAST($1 AS $2)",
                  {w.text(from), plan::to_string(x.type)});
}

} // namespace

std::string sqlite_dialect::literal(const datum& x, data_type) const {
  const auto* s = std::get_if<std::string>(&x);
  if (!s || s->find('\0') == std::string::npos)
    return to_literal(x);
  // A NUL would end the statement.
  auto hex = std::string{"CAST(x'"};
  constexpr auto digits = std::string_view{"0123456789abcdef"};
  for (auto c : *s) {
    hex += digits[static_cast<unsigned char>(c) >> 4];
    hex += digits[static_cast<unsigned char>(c) & 15];
  }
  return hex + "' AS TEXT)";
}

binding sqlite_dialect::call(expression_writer& w, std::string& out,
                             const value& x) const {
  switch (x.what) {
  case op::divide:
    if (surely_real(x.arguments[0])) {
      w.operand(out, x.arguments[0], binding::product);
    } else {
      out += "CAST(";
      w.write(out, x.arguments[0]);
      out += " AS REAL)";
    }
    out += " / ";
    w.operand(out, x.arguments[1], binding::joint);
    return binding::product;
  case op::whole_divide:
    if (x.type == data_type::integer)
      return w.write_binary(out, x, "/", binding::product);
    out += "trunc(CAST(";
    w.write(out, x.arguments[0]);
    out += " AS REAL) / ";
    w.operand(out, x.arguments[1], binding::joint);
    out += ')';
    return binding::atom;
  case op::modulo:
    if (x.type == data_type::integer)
      return w.write_binary(out, x, "%", binding::product);
    w.function(out, "mod", x.arguments);
    return binding::atom;
  case op::cast:
    return write_cast(w, out, x);
  case op::normalise: {
    const auto& inner = x.arguments[0];
    const auto epoch = inner.format == schema::date_format::epoch_seconds;
    if (epoch)
      out += x.type == data_type::date ? "date(" : "datetime(";
    else
      out += "replace(";
    w.write(out, inner);
    out += epoch ? ", 'unixepoch')" : ", 'T', ' ')";
    return binding::atom;
  }
  default:
    if (x.what >= op::year && x.what <= op::format_date
        && x.what != op::bin_number)
      return write_sqlite_time(w, out, x);
    return write_sqlite_function(w, out, x);
  }
}

std::string sqlite_dialect::readable(const plan::column& x,
                                     std::string_view text) const {
  auto result = std::string{};
  const auto is_time
    = x.type == data_type::date || x.type == data_type::timestamp;
  if (!is_time || x.format == schema::date_format::iso_space
      || (x.type == data_type::date && x.format == schema::date_format::iso_t))
    return result += text;
  if (x.format == schema::date_format::iso_t) {
    result += "replace(";
    result += text;
    return result += ", 'T', ' ')";
  }
  result += x.type == data_type::date ? "date(" : "datetime(";
  result += text;
  return result += ", 'unixepoch')";
}

std::string sqlite_dialect::seconds(const plan::column& x,
                                    std::string_view text) const {
  auto result = std::string{text};
  return x.format == schema::date_format::epoch_seconds
           ? result
           : "unixepoch(" + result + ")";
}

std::string sqlite_dialect::calendar(const plan::column& x,
                                     std::string_view text) const {
  auto at = std::string{text};
  if (x.format == schema::date_format::epoch_seconds)
    at += ", 'unixepoch'";
  const auto part = [&](const char* directive, int days) {
    return std::string{"strftime('"} + directive + "', " + at + ") * "
           + std::to_string(days * 86'400) + " + ";
  };
  return part("%Y", 12 * 31) + part("%m", 31) + part("%d", 1) + "unixepoch("
         + at + ") - unixepoch(" + at + ", 'start of day')";
}

bool sqlite_dialect::ranges_by(std::string_view) const {
  return true;
}

std::string_view sqlite_dialect::direction(bool descending,
                                           bool nulls_first) const {
  // SQLite takes NULL for the least value.
  if (descending)
    return nulls_first ? " DESC NULLS FIRST" : " DESC";
  return nulls_first ? "" : " NULLS LAST";
}

std::string sqlite_dialect::group_key(const std::string& text) const {
  const auto number
    = !text.empty()
      && text.find_first_not_of("0123456789+-() ") == std::string::npos;
  return number ? "0 + " + text : text;
}

std::string sqlite_dialect::sort_key(const std::string& text) const {
  return group_key(text);
}

bool sqlite_dialect::has_multisets() const {
  return false; // of UNION alone
}

} // namespace aura::dsl
