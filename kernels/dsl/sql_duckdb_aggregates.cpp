#include "kernels/dsl/sql_duckdb.hpp"
#include "kernels/dsl/sql_expressions.hpp"

namespace aura::dsl {

using plan::data_type;
using plan::op;
using plan::value;

namespace {

std::string_view name_of(op x) {
  switch (x) {
  case op::sum:
    return "sum";
  case op::avg:
    return "avg";
  case op::min:
  case op::any_value: // the least is as good as any, and always the same
    return "min";
  case op::max:
    return "max";
  case op::median:
    return "median";
  case op::percentile:
    return "quantile_cont";
  case op::stddev:
    return "stddev_samp";
  case op::stddev_pop:
    return "stddev_pop";
  case op::variance:
    return "var_samp";
  case op::variance_pop:
    return "var_pop";
  case op::any:
    return "bool_or";
  case op::all:
    return "bool_and";
  case op::row_number:
    return "row_number";
  case op::rank:
    return "rank";
  case op::dense_rank:
    return "dense_rank";
  case op::percent_rank:
    return "percent_rank";
  case op::ntile:
    return "ntile";
  case op::lag:
    return "lag";
  case op::lead:
    return "lead";
  case op::first:
    return "first_value";
  case op::last:
    return "last_value";
  default:
    return "count";
  }
}

/// ` FILTER (WHERE …)` of the call's condition and `also`.
std::string filter(expression_writer& w, const plan::function_call& x,
                   const std::string& also) {
  auto result = " FILTER (WHERE " + also;
  if (!x.condition.empty()) {
    result += " AND ";
    w.operand(result, x.condition[0], binding::conjunction);
  }
  return result + ")";
}

/// ARG_MAX and ARG_MIN: the least x where `by` is greatest or least.
binding write_best(expression_writer& w, std::string& out,
                   const plan::function_call& x, std::string_view over) {
  auto by = std::string{};
  w.operand(by, x.arguments[1], binding::sum);
  const auto list = "(" + w.text(x.arguments[0]) + " ORDER BY "
                    + w.dialect().sort_key(by)
                    + (x.what == op::arg_max ? " DESC" : "") + " NULLS LAST, "
                    + w.dialect().sort_key(w.text(x.arguments[0]))
                    + " NULLS FIRST)" + filter(w, x, by + " IS NOT NULL");
  // As a window function first() is FIRST_VALUE, which has no FILTER.
  if (over.empty())
    out += "first" + list;
  else
    out += "(list" + list + std::string{over} + ")[1]";
  return binding::atom;
}

binding write_string_agg(expression_writer& w, std::string& out,
                         const plan::function_call& x, std::string_view over) {
  const auto text = w.text(x.arguments[0]);
  const auto separator = w.text(x.arguments[1]);
  auto order = std::string{};
  auto by_text = false;
  for (std::size_t i = 0; i < x.sort.size(); ++i) {
    const auto key = w.text(x.sort[i]);
    const auto& way = x.directions[i];
    order += (i > 0 ? ", " : " ORDER BY ") + w.dialect().sort_key(key);
    order += w.dialect().direction(way.descending, way.nulls_first);
    by_text = by_text || key == text;
  }
  // Equal keys are told apart by the text.
  if (!by_text)
    order += (order.empty() ? " ORDER BY " : ", ") + w.dialect().sort_key(text);
  // With DISTINCT DuckDB sorts by nothing but the text itself, and does not
  // take a subquery for the same when it stands there twice.
  const auto by_itself = x.sort.empty() || (by_text && x.sort.size() == 1);
  if (x.distinct && !(by_itself && text.find("(SELECT") == std::string::npos)) {
    const auto list = "list(" + text + order + ")"
                      + filter(w, x, "(" + text + ") IS NOT NULL")
                      + std::string{over};
    return w.expand(out,
                    "list_transform([$1], lambda items: "
                    "array_to_string(list_filter(items, lambda item, place: "
                    "list_position(items, item) = place), $2))[1]",
                    {list, separator});
  }
  out += x.distinct ? "string_agg(DISTINCT " : "string_agg(";
  out += text + ", " + separator + order + ")";
  w.filter(out, x);
  out += over;
  return binding::atom;
}

} // namespace

binding duckdb_dialect::aggregate(expression_writer& w, std::string& out,
                                  const plan::function_call& x,
                                  std::string_view over) const {
  if (x.what == op::arg_max || x.what == op::arg_min)
    return write_best(w, out, x, over);
  if (x.what == op::string_agg)
    return write_string_agg(w, out, x, over);
  const auto two_valued = x.what == op::any || x.what == op::all;
  // A sum of BIGINTs has 128 bits.
  const auto wide
    = x.what == op::sum && x.arguments[0].type == data_type::integer;
  if (two_valued)
    out += "coalesce(";
  if (wide)
    out += "CAST(";
  out += name_of(x.what);
  out += '(';
  if (x.what == op::count && x.arguments.empty())
    out += '*';
  if (x.what == op::count && x.distinct)
    out += "DISTINCT ";
  for (std::size_t i = 0; i < x.arguments.size(); ++i) {
    if (i > 0)
      out += ", ";
    w.write(out, x.arguments[i]);
  }
  out += ')';
  w.filter(out, x);
  out += over;
  if (two_valued)
    out += x.what == op::any ? ", FALSE)" : ", TRUE)";
  if (wide)
    out += " AS BIGINT)";
  return binding::atom;
}

} // namespace aura::dsl
