#include "kernels/dsl/sql_expressions.hpp"
#include "kernels/dsl/sql_sqlite.hpp"

namespace aura::dsl {

using plan::data_type;
using plan::op;
using plan::value;

namespace {

/// `text` with the wildcards of LIKE taken literally.
std::string escaped(std::string_view text) {
  auto result = std::string{};
  for (auto c : text) {
    if (c == '%' || c == '_' || c == '\\')
      result += '\\';
    result += c;
  }
  return result;
}

std::string_view builtin(op x) {
  switch (x) {
  case op::absolute:
    return "abs";
  case op::sign:
    return "sign";
  case op::floor:
    return "floor";
  case op::ceil:
    return "ceil";
  case op::sqrt:
    return "sqrt";
  case op::ln:
    return "ln";
  case op::log10:
    return "aura_log10"; // log10(1000) is not 3 in SQLite
  case op::lower:
    return "lower";
  case op::upper:
    return "upper";
  case op::trim:
    return "trim";
  case op::ltrim:
    return "ltrim";
  case op::rtrim:
    return "rtrim";
  case op::length:
    return "length";
  case op::replace:
    return "replace";
  case op::null_if:
    return "nullif";
  default:
    return {};
  }
}

std::string_view aggregate_name(op x) {
  switch (x) {
  case op::sum:
    return "SUM";
  case op::avg:
    return "AVG";
  case op::min:
  case op::any_value: // the least is as good as any, and always the same
    return "MIN";
  case op::max:
    return "MAX";
  case op::median:
    return "aura_median";
  case op::percentile:
    return "aura_percentile";
  case op::stddev:
    return "aura_stddev";
  case op::stddev_pop:
    return "aura_stddev_pop";
  case op::variance:
    return "aura_variance";
  case op::variance_pop:
    return "aura_variance_pop";
  case op::string_agg:
    return "aura_string_agg";
  case op::arg_max:
    return "aura_arg_max";
  case op::arg_min:
    return "aura_arg_min";
  case op::row_number:
    return "ROW_NUMBER";
  case op::rank:
    return "RANK";
  case op::dense_rank:
    return "DENSE_RANK";
  case op::percent_rank:
    return "PERCENT_RANK";
  case op::ntile:
    return "NTILE";
  case op::lag:
    return "LAG";
  case op::lead:
    return "LEAD";
  case op::first:
    return "FIRST_VALUE";
  case op::last:
    return "LAST_VALUE";
  case op::any:
    return "MAX";
  case op::all:
    return "MIN";
  default:
    return "COUNT";
  }
}

binding write_round(expression_writer& w, std::string& out, const value& x) {
  const auto whole = x.arguments[0].type == data_type::integer;
  if (x.count >= 0) {
    // An integer is round already.
    if (whole)
      return w.write(out, x.arguments[0]);
    const auto inner = w.text(x.arguments[0]);
    const auto digits = std::to_string(x.count);
    return x.count == 0 ? w.expand(out, "round($1)", {inner})
                        : w.expand(out, "round($1, $2)", {inner, digits});
  }
  const auto power = "1" + std::string(static_cast<std::size_t>(-x.count), '0');
  auto argument = std::string{};
  w.operand(argument, x.arguments[0], binding::product);
  return w.expand(out,
                  whole ? "CAST(round($1 / $2.0) AS INTEGER) * $2"
                        : "round($1 / $2.0) * $2.0",
                  {argument, power}, binding::product);
}

binding write_match(expression_writer& w, std::string& out, const value& x) {
  const auto& needle = x.arguments[1];
  const auto* fixed = std::get_if<std::string>(&needle.literal);
  if (needle.form == value::kind::literal && fixed) {
    auto pattern = escaped(*fixed);
    if (x.what != op::starts_with)
      pattern.insert(0, 1, '%');
    if (x.what != op::ends_with)
      pattern += '%';
    w.operand(out, x.arguments[0], binding::sum);
    out += " LIKE " + w.literal(pattern, data_type::text) + " ESCAPE '\\'";
    return binding::equality;
  }
  // The same letters as LIKE ignores the case of, those of ASCII.
  const auto a = w.text(x.arguments[0]);
  const auto b = w.text(needle);
  if (x.what == op::contains)
    return w.expand(out, "instr(lower($1), lower($2)) > 0", {a, b},
                    binding::inequality);
  if (x.what == op::starts_with)
    return w.expand(out, "substr(lower($1), 1, length($2)) = lower($2)", {a, b},
                    binding::equality);
  return w.expand(out,
                  "substr(lower($1), length($1) - length($2) + 1) = lower($2)",
                  {a, b}, binding::equality);
}

// Whether `x` is a literal of at least `least`.
bool is_between(const value& x, std::int64_t least, std::int64_t most) {
  const auto* number = std::get_if<std::int64_t>(&x.literal);
  return x.form == value::kind::literal && number && *number >= least
         && *number <= most;
}

// To SQLite a position below 1 counts from the end, a length below 0 goes
// backwards, and both have 32 bits; here there is nothing before the first
// character.
binding write_substr(expression_writer& w, std::string& out, const value& x) {
  constexpr auto most = std::int64_t{2147483647};
  const auto& all = x.arguments;
  const auto plain = is_between(all[1], 1, most);
  if (plain && (all.size() < 3 || is_between(all[2], 0, most))) {
    w.function(out, "substr", all);
    return binding::atom;
  }
  const auto inner = w.text(all[0]);
  const auto start = w.text(all[1]);
  const auto end = std::to_string(most);
  if (all.size() < 3)
    return w.expand(out, "substr($1, min(max($2, 1), $3))",
                    {inner, start, end});
  const auto length = w.text(all[2]);
  if (plain)
    return w.expand(out, "substr($1, $2, min(max($3, 0), $4))",
                    {inner, start, length, end});
  return w.expand(out,
                  "substr($1, min(max($2, 1), $4), min(max(($3) + min($2, 1) - "
                  "1, 0), $4))",
                  {inner, start, length, end});
}

} // namespace

binding write_sqlite_function(expression_writer& w, std::string& out,
                              const value& x) {
  if (const auto name = builtin(x.what); !name.empty()) {
    w.function(out, name, x.arguments);
    return binding::atom;
  }
  switch (x.what) {
  case op::round:
    return write_round(w, out, x);
  case op::substr:
    return write_substr(w, out, x);
  case op::power:
    // Infinity is outside of the domain as well.
    return w.expand(out, "nullif(nullif(power($1, $2), 9e999), -9e999)",
                    {w.text(x.arguments[0]), w.text(x.arguments[1])});
  case op::exp:
    return w.expand(out, "nullif(exp($1), 9e999)", {w.text(x.arguments[0])});
  case op::position:
    return w.expand(out, "instr($1, $2)",
                    {w.text(x.arguments[1]), w.text(x.arguments[0])});
  case op::like:
    w.operand(out, x.arguments[0], binding::sum);
    out += x.negated ? " NOT LIKE " : " LIKE ";
    w.operand(out, x.arguments[1], binding::sum);
    out += " ESCAPE '\\'";
    return binding::equality;
  case op::contains:
  case op::starts_with:
  case op::ends_with:
    return write_match(w, out, x);
  case op::bin_number: {
    auto width = std::string{};
    w.operand(width, x.arguments[1], binding::atom);
    auto inner = std::string{};
    w.operand(inner, x.arguments[0], binding::product);
    if (x.type == data_type::integer)
      return w.expand(out, "CAST(floor($1 / CAST($2 AS REAL)) AS INTEGER) * $2",
                      {inner, width}, binding::product);
    return w.expand(out, "floor($1 / CAST($2 AS REAL)) * $2", {inner, width},
                    binding::product);
  }
  default:
    // No call gets here: the resolver knows the list.
    out += "NULL";
    return binding::atom;
  }
}

binding sqlite_dialect::aggregate(expression_writer& w, std::string& out,
                                  const plan::function_call& x,
                                  std::string_view over) const {
  const auto two_valued = x.what == op::any || x.what == op::all;
  if (two_valued)
    out += "coalesce(";
  // SQLite has no DISTINCT in window functions.
  const auto own_count = x.what == op::count && x.distinct && !over.empty();
  out += own_count ? "aura_count_distinct" : aggregate_name(x.what);
  out += '(';
  if (x.what == op::count && x.arguments.empty())
    out += '*';
  if (x.what == op::count && x.distinct && !own_count)
    out += "DISTINCT ";
  // SQLite 3.40 forgets the FILTER of MIN and MAX where frames slide.
  const auto slides = !over.empty() && !x.condition.empty()
                      && (x.what == op::min || x.what == op::max
                          || x.what == op::any_value || two_valued);
  if (slides) {
    out += "CASE WHEN ";
    w.write(out, x.condition[0]);
    out += " THEN ";
  }
  for (std::size_t i = 0; i < x.arguments.size(); ++i) {
    if (i > 0)
      out += ", ";
    w.write(out, x.arguments[i]);
  }
  if (slides)
    out += " END";
  // The function sorts and drops duplicates itself, as its modes say: see
  // kernels/sql/functions.hpp.
  if (x.what == op::string_agg && x.distinct && x.sort.empty()) {
    out += ", ";
    w.write(out, x.arguments[0]);
    out += ", 2";
  }
  for (std::size_t i = 0; i < x.sort.size(); ++i) {
    out += ", ";
    w.write(out, x.sort[i]);
    const auto& way = x.directions[i];
    out += ", "
           + std::to_string((way.descending ? 1 : 0)
                            + (x.distinct && i == 0 ? 2 : 0)
                            + (way.nulls_first ? 4 : 0));
  }
  out += ')';
  if (!slides)
    w.filter(out, x);
  out += over;
  if (two_valued) {
    out += ", ";
    out += w.truth(x.what == op::all);
    out += ')';
  }
  return binding::atom;
}

} // namespace aura::dsl
