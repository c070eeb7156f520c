#include "kernels/dsl/print_expression.hpp"

#include "kernels/dsl/parsing.hpp"
#include "kernels/dsl/words.hpp"

namespace aura::dsl {

namespace {

int binding(std::string_view op) {
  if (op == "OR")
    return binds_or;
  if (op == "AND")
    return binds_and;
  if (op == "\?\?")
    return binds_coalesce;
  if (op == "||")
    return binds_concat;
  if (op == "+" || op == "-")
    return binds_add;
  if (op == "*" || op == "/" || op == "//" || op == "%")
    return binds_multiply;
  return binds_compare;
}

// How tightly the outermost operator of `x` binds; beyond all for an operand.
int binding(const expr& x) {
  switch (x.kind) {
  case expr_kind::unary:
    return x.text == "NOT" ? binds_not : binds_unary;
  case expr_kind::binary:
    return binding(x.text);
  case expr_kind::is_null:
  case expr_kind::in_list:
  case expr_kind::in_query:
  case expr_kind::between:
  case expr_kind::like:
  case expr_kind::during:
    return binds_compare;
  default:
    return binds_unary + 1;
  }
}

void print_at_least(std::string& out, const expr& x, int least) {
  if (binding(x) >= least) {
    print_expression(out, x);
    return;
  }
  out += '(';
  print_expression(out, x);
  out += ')';
}

void print_list(std::string& out, const std::vector<expr>& xs,
                std::size_t first) {
  for (auto i = first; i < xs.size(); ++i) {
    if (i > first)
      out += ", ";
    print_expression(out, xs[i]);
  }
}

// These words open a clause where a column may stand, too.
bool is_misleading(std::string_view x) {
  return is_keyword(x, "WHERE") || is_keyword(x, "DISTINCT")
         || is_keyword(x, "SOURCE") || is_keyword(x, "FROM");
}

} // namespace

std::string spell_in_path(std::string_view name) {
  return is_misleading(name) ? '`' + std::string{name} + '`' : spell_name(name);
}

namespace {

void print_path(std::string& out, const std::vector<name>& path) {
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (i > 0)
      out += '.';
    out += spell_in_path(path[i].text);
  }
}

void print_unary(std::string& out, const expr& x) {
  const auto& inner = x.arguments.front();
  if (x.text == "NOT") {
    out += "NOT ";
    print_at_least(out, inner, binds_not);
    return;
  }
  out += '-';
  // Two of them side by side would begin a comment.
  print_at_least(out, inner, binds_unary + 1);
}

void print_binary(std::string& out, const expr& x) {
  const auto own = binding(x.text);
  print_at_least(out, x.arguments[0], own == binds_compare ? own + 1 : own);
  out += ' ';
  out += x.text;
  out += ' ';
  print_at_least(out, x.arguments[1], own + 1);
}

void print_call(std::string& out, const expr& x) {
  out += x.text;
  out += '(';
  if (x.distinct)
    out += "DISTINCT ";
  print_list(out, x.arguments, 0);
  if (!x.condition.empty()) {
    out += x.arguments.empty() ? "WHERE " : " WHERE ";
    print_expression(out, x.condition.front());
  }
  if (!x.sort.empty()) {
    out += " SORT ";
    print_sort_keys(out, x.sort, false);
  }
  out += ')';
}

void print_case(std::string& out, const expr& x) {
  out += "CASE";
  for (std::size_t i = 0; i + 1 < x.arguments.size(); i += 2) {
    out += " WHEN ";
    print_expression(out, x.arguments[i]);
    out += " THEN ";
    print_expression(out, x.arguments[i + 1]);
  }
  if (x.arguments.size() % 2 == 1) {
    out += " ELSE ";
    print_expression(out, x.arguments.back());
  }
  out += " END";
}

// What stands to the right of a value in a comparison written in words.
void print_tail(std::string& out, const expr& x) {
  print_at_least(out, x.arguments.front(), binds_compare + 1);
  if (x.kind == expr_kind::is_null) {
    out += x.negated ? " IS NOT NULL" : " IS NULL";
    return;
  }
  if (x.negated)
    out += " NOT";
  if (x.kind == expr_kind::between) {
    out += " BETWEEN ";
    print_at_least(out, x.arguments[1], binds_coalesce);
    out += " AND ";
    print_at_least(out, x.arguments[2], binds_coalesce);
    return;
  }
  if (x.kind == expr_kind::like) {
    out += " LIKE ";
    print_at_least(out, x.arguments[1], binds_coalesce);
    return;
  }
  if (x.kind == expr_kind::during) {
    out += " DURING " + print_period(x.when.front());
    return;
  }
  out += " IN (";
  if (x.kind == expr_kind::in_query)
    print_pipeline(out, *x.query);
  else
    print_list(out, x.arguments, 1);
  out += ')';
}

} // namespace

void print_expression(std::string& out, const expr& x) {
  switch (x.kind) {
  case expr_kind::null:
    out += "NULL";
    return;
  case expr_kind::boolean:
  case expr_kind::integer:
  case expr_kind::real:
    out += x.text;
    return;
  case expr_kind::text:
    out += print_text(x.text);
    return;
  case expr_kind::date:
    out += "DATE " + print_text(x.text);
    return;
  case expr_kind::timestamp:
    out += "TIMESTAMP " + print_text(x.text);
    return;
  case expr_kind::duration:
    out += print_units(x.text, x.unit);
    return;
  case expr_kind::parameter:
    out += '$' + x.text;
    return;
  case expr_kind::column:
    print_path(out, x.path);
    return;
  case expr_kind::unary:
    print_unary(out, x);
    return;
  case expr_kind::binary:
    print_binary(out, x);
    return;
  case expr_kind::is_null:
  case expr_kind::in_list:
  case expr_kind::in_query:
  case expr_kind::between:
  case expr_kind::like:
  case expr_kind::during:
    print_tail(out, x);
    return;
  case expr_kind::call:
    print_call(out, x);
    return;
  case expr_kind::case_when:
    print_case(out, x);
    return;
  case expr_kind::cast:
    out += "CAST(";
    print_expression(out, x.arguments.front());
    out += " AS " + x.text + ')';
    return;
  case expr_kind::scalar_query:
    out += '(';
    print_pipeline(out, *x.query);
    out += ')';
    return;
  }
}

void print_operand(std::string& out, const expr& x, int least) {
  print_at_least(out, x, least);
}

void print_sort_keys(std::string& out, const std::vector<sort_key>& keys,
                     bool directed) {
  auto first = true;
  for (const auto& x : keys) {
    if (!first)
      out += ", ";
    first = false;
    print_expression(out, x.value);
    if (x.descending)
      out += " DESC";
    else if (directed)
      out += " ASC";
    if (x.nulls == nulls::first)
      out += " NULLS FIRST";
    else if (x.nulls == nulls::last)
      out += " NULLS LAST";
  }
}

std::string print_units(std::string_view count, unit x) {
  auto result = std::string{count} + ' ';
  result += to_string(x);
  if (count != "1")
    result += 'S';
  return result;
}

std::string print_period(const period& x) {
  static constexpr const char* directions[] = {"LAST ", "THIS ", "NEXT "};
  switch (x.form) {
  case period::kind::literal:
    return print_text(x.text);
  case period::kind::today:
    return "TODAY";
  case period::kind::yesterday:
    return "YESTERDAY";
  case period::kind::calendar:
    return directions[x.direction + 1] + std::string{to_string(x.unit)};
  case period::kind::rolling:
    return directions[x.direction + 1]
           + print_units(std::to_string(x.count), x.unit);
  case period::kind::range:
    return print_period(x.ends[0]) + " TO " + print_period(x.ends[1]);
  }
  return {};
}

std::string print_text(std::string_view x) {
  auto result = std::string{"'"};
  for (auto c : x) {
    result += c;
    if (c == '\'')
      result += c;
  }
  return result + "'";
}

} // namespace aura::dsl
