#include "kernels/dsl/sql_duckdb.hpp"
#include "kernels/dsl/sql_expressions.hpp"

#include <algorithm>

namespace aura::dsl {

using plan::data_type;
using plan::op;
using plan::value;

namespace {

std::string ascii_lower(expression_writer& w, const value& x) {
  auto result = std::string{};
  w.expand(result, duckdb_ascii_lower, {w.text(x)});
  return result;
}

/// The text of a literal, with the letters A to Z in lower case, if it is one.
std::optional<std::string> fixed_lower(const value& x) {
  const auto* text = std::get_if<std::string>(&x.literal);
  if (x.form != value::kind::literal || !text)
    return std::nullopt;
  auto result = *text;
  for (auto& c : result)
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c - 'A' + 'a');
  return result;
}

bool has_letter(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return c >= 'a' && c <= 'z'; });
}

binding write_like(expression_writer& w, std::string& out, const value& x) {
  const auto& pattern = x.arguments[1];
  auto text = has_letter(fixed_lower(pattern).value_or("a"))
                ? ascii_lower(w, x.arguments[0])
                : std::string{};
  if (text.empty())
    w.operand(text, x.arguments[0], binding::sum);
  const auto* words = x.negated ? " NOT LIKE " : " LIKE ";
  if (const auto fixed = fixed_lower(pattern)) {
    const auto last = fixed->find_last_not_of('\\');
    const auto slashes
      = fixed->size() - (last == std::string::npos ? 0 : last + 1);
    // What the last backslash escapes is missing, so that nothing matches.
    if (slashes % 2 == 1)
      return w.expand(out, "CASE WHEN $1 IS NOT NULL THEN $2 END",
                      {text, x.negated ? "TRUE" : "FALSE"});
    out += text + words + w.literal(*fixed, data_type::text);
    if (fixed->find('\\') != std::string::npos)
      out += " ESCAPE '\\'";
    return binding::equality;
  }
  return w.expand(out,
                  "CASE WHEN $1 IS NOT NULL AND regexp_matches($2, "
                  "'(^|[^\\\\])(\\\\\\\\)*\\\\$$') THEN $3 ELSE $4$5$6 ESCAPE "
                  "'\\' END",
                  {w.text(x.arguments[0]), w.text(pattern),
                   x.negated ? "TRUE" : "FALSE", text, words,
                   ascii_lower(w, pattern)});
}

binding write_match(expression_writer& w, std::string& out, const value& x) {
  const auto* name = x.what == op::contains      ? "contains"
                     : x.what == op::starts_with ? "starts_with"
                                                 : "ends_with";
  const auto fixed = fixed_lower(x.arguments[1]);
  if (!fixed)
    return w.expand(
      out, "$1($2, $3)",
      {name, ascii_lower(w, x.arguments[0]), ascii_lower(w, x.arguments[1])});
  return w.expand(out, "$1($2, $3)",
                  {name,
                   has_letter(*fixed) ? ascii_lower(w, x.arguments[0])
                                      : w.text(x.arguments[0]),
                   w.literal(*fixed, data_type::text)});
}

binding write_round(expression_writer& w, std::string& out, const value& x) {
  const auto whole = x.arguments[0].type == data_type::integer;
  if (x.count >= 0 && whole)
    return w.write(out, x.arguments[0]); // an integer is round already
  auto argument = std::string{};
  w.operand(argument, x.arguments[0], binding::product);
  if (x.count == 0)
    return w.expand(out, "round($1)", {argument});
  // 2.675 is meant as it reads, though no double is as large as that.
  if (x.count > 0)
    return w.expand(out, "round($1 * 1.0000000000000003e0, $2)",
                    {argument, std::to_string(x.count)});
  const auto power = "1" + std::string(static_cast<std::size_t>(-x.count), '0');
  return w.expand(out,
                  whole ? "CAST(round($1 / $2) AS BIGINT) * $2"
                        : "round($1 / $2e0) * $2e0",
                  {argument, power}, binding::product);
}

/// `x` within these bounds. Not by greatest() and least(), which pass over
/// NULL.
std::string bounded(const std::string& x, std::int64_t low, std::int64_t high) {
  const auto least = std::to_string(low);
  const auto most = std::to_string(high);
  return "CASE WHEN " + x + " < " + least + " THEN " + least + " WHEN " + x
         + " > " + most + " THEN " + most + " ELSE " + x + " END";
}

// A position below 1 counts from the end in DuckDB, a length below 0 goes
// backwards, and neither may have more than 32 bits; here there is nothing
// before the first character.
binding write_substr(expression_writer& w, std::string& out, const value& x) {
  constexpr auto most = std::int64_t{2147483647};
  const auto& all = x.arguments;
  const auto fits = [&](std::size_t i, std::int64_t least) {
    const auto* number = std::get_if<std::int64_t>(&all[i].literal);
    return all[i].form == value::kind::literal && number && *number >= least
           && *number <= most;
  };
  const auto plain = fits(1, 1);
  if (plain && (all.size() < 3 || fits(2, 0))) {
    w.function(out, "substr", all);
    return binding::atom;
  }
  const auto start = w.text(all[1]);
  const auto from = plain ? start : bounded(start, 1, most);
  if (all.size() < 3)
    return w.expand(out, "substr($1, $2)", {w.text(all[0]), from});
  auto length = w.text(all[2]);
  if (!plain)
    length = "((" + length + ") + " + bounded(start, -most, 1) + " - 1)";
  return w.expand(out, "substr($1, $2, $3)",
                  {w.text(all[0]), from, bounded(length, 0, most)});
}

} // namespace

binding write_duckdb_function(expression_writer& w, std::string& out,
                              const value& x) {
  const auto argument = [&](std::size_t i) { return w.text(x.arguments[i]); };
  const auto whole = x.type == data_type::integer;
  switch (x.what) {
  case op::absolute:
    return w.expand(out, "abs($1)", {argument(0)});
  case op::sign:
    return w.expand(out, "CAST(sign($1) AS BIGINT)", {argument(0)});
  case op::floor:
    return whole ? w.write(out, x.arguments[0])
                 : w.expand(out, "floor($1)", {argument(0)});
  case op::ceil:
    return whole ? w.write(out, x.arguments[0])
                 : w.expand(out, "ceil($1)", {argument(0)});
  case op::round:
    return write_round(w, out, x);
  case op::sqrt:
    return w.expand(out, "sqrt(CASE WHEN $1 >= 0 THEN $1 END)", {argument(0)});
  case op::ln:
    return w.expand(out, "ln(CASE WHEN $1 > 0 THEN $1 END)", {argument(0)});
  case op::log10:
    return w.expand(out, "log10(CASE WHEN $1 > 0 THEN $1 END)", {argument(0)});
  case op::power:
    return w.expand(
      out,
      "nullif(nullif(nullif(power($1, $2), 'inf'::DOUBLE), '-inf'::DOUBLE), "
      "'nan'::DOUBLE)",
      {argument(0), argument(1)});
  case op::exp:
    return w.expand(out, "nullif(exp($1), 'inf'::DOUBLE)", {argument(0)});
  case op::bin_number: {
    auto width = std::string{};
    w.operand(width, x.arguments[1], binding::atom);
    auto number = std::string{};
    w.operand(number, x.arguments[0], binding::product);
    return w.expand(out,
                    whole ? "CAST(floor($1 / $2) AS BIGINT) * $2"
                          : "floor($1 / $2) * $2",
                    {number, width}, binding::product);
  }
  case op::lower:
    return w.expand(out, duckdb_ascii_lower, {argument(0)});
  case op::upper:
    return w.expand(out,
                    "translate($1, 'abcdefghijklmnopqrstuvwxyz', "
                    "'ABCDEFGHIJKLMNOPQRSTUVWXYZ')",
                    {argument(0)});
  case op::trim:
    return w.expand(out, "trim($1, ' ')", {argument(0)});
  case op::ltrim:
    return w.expand(out, "ltrim($1, ' ')", {argument(0)});
  case op::rtrim:
    return w.expand(out, "rtrim($1, ' ')", {argument(0)});
  case op::length:
    w.function(out, "length", x.arguments);
    return binding::atom;
  case op::substr:
    return write_substr(w, out, x);
  case op::replace:
    w.function(out, "replace", x.arguments);
    return binding::atom;
  case op::null_if:
    w.function(out, "nullif", x.arguments);
    return binding::atom;
  case op::position:
    return w.expand(out, "instr($1, $2)", {argument(1), argument(0)});
  case op::like:
    return write_like(w, out, x);
  case op::contains:
  case op::starts_with:
  case op::ends_with:
    return write_match(w, out, x);
  default:
    // No call gets here: the resolver knows the list.
    out += "NULL";
    return binding::atom;
  }
}

} // namespace aura::dsl
