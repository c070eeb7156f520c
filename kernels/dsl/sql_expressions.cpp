#include "kernels/dsl/sql_expressions.hpp"

#include <algorithm>

namespace aura::dsl {

using plan::data_type;
using plan::op;
using plan::value;

namespace {

constexpr std::size_t longest = 1u << 20;

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

} // namespace

std::string quoted_name(std::string_view name) {
  auto result = std::string{"\""};
  result.reserve(name.size() + 2);
  for (auto c : name) {
    result += c;
    if (c == '"')
      result += c;
  }
  return result + "\"";
}

expression_writer::expression_writer(const plan::query& plan,
                                     const compile_options& options)
  : plan_{plan}, options_{options}, meanings_(plan.columns.size()) {
}

const expression_writer::meaning&
expression_writer::of(plan::column_id id) const {
  return meanings_[id];
}

void expression_writer::mean(plan::column_id id, std::string text,
                             binding strength) {
  meanings_[id] = {std::move(text), strength};
}

plan::column_id expression_writer::invent() {
  meanings_.emplace_back();
  return static_cast<plan::column_id>(meanings_.size() - 1);
}

std::vector<datum> expression_writer::take_parameters() {
  return std::move(parameters_);
}

bool expression_writer::too_long() const {
  return written_ > longest;
}

std::string expression_writer::text(const value& x) {
  auto result = std::string{};
  write(result, x);
  return result;
}

std::string expression_writer::literal(const datum& x) {
  if (is_null(x))
    return "NULL";
  if (options_.inline_literals) {
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
  parameters_.push_back(x);
  return "?" + std::to_string(parameters_.size());
}

void expression_writer::operand(std::string& out, const value& x,
                                binding least) {
  const auto at = out.size();
  if (write(out, x) >= least)
    return;
  out.insert(at, "(");
  out += ")";
}

binding expression_writer::write(std::string& out, const value& x) {
  if (too_long())
    return binding::atom;
  const auto at = out.size();
  auto strength = binding::atom;
  switch (x.form) {
  case value::kind::literal:
    if (x.type == data_type::boolean && !is_null(x.literal)) {
      out += x.literal == datum{std::int64_t{0}} ? "FALSE" : "TRUE";
      break;
    }
    out += literal(x.literal);
    if (out[at] == '-')
      strength = binding::sign;
    break;
  case value::kind::column:
    out += meanings_[x.column].text;
    strength = meanings_[x.column].strength;
    break;
  case value::kind::call:
    strength = write_operator(out, x);
    break;
  }
  written_ += out.size() - at;
  return strength;
}

binding expression_writer::write_binary(std::string& out, const value& x,
                                        std::string_view symbol,
                                        binding strength) {
  // Left-associative; comparisons never chain.
  const auto next = static_cast<binding>(static_cast<int>(strength) + 1);
  const auto chains
    = strength != binding::equality && strength != binding::inequality;
  const auto associative = strength <= binding::conjunction;
  operand(out, x.arguments[0], chains ? strength : binding::sum);
  out += ' ';
  out += symbol;
  out += ' ';
  operand(out, x.arguments[1],
          associative ? strength
          : chains    ? next
                      : binding::sum);
  return strength;
}

void expression_writer::function(std::string& out, std::string_view name,
                                 const std::vector<value>& arguments) {
  out += name;
  out += '(';
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (i > 0)
      out += ", ";
    write(out, arguments[i]);
  }
  out += ')';
}

binding expression_writer::expand(std::string& out, std::string_view pattern,
                                  std::initializer_list<std::string_view> parts,
                                  binding strength) {
  const auto at = out.size();
  for (std::size_t i = 0; i < pattern.size() && !too_long(); ++i) {
    if (pattern[i] != '$') {
      out += pattern[i];
      continue;
    }
    ++i;
    const auto part
      = *(parts.begin() + static_cast<std::ptrdiff_t>(pattern[i] - '1'));
    out += part;
    written_ += part.size();
  }
  written_ += out.size() - at;
  return strength;
}

binding expression_writer::write_operator(std::string& out, const value& x) {
  switch (x.what) {
  case op::negate:
    out += '-';
    operand(out, x.arguments[0], binding::atom);
    return binding::sign;
  case op::logical_not:
    out += "NOT ";
    operand(out, x.arguments[0], binding::negation);
    return binding::negation;
  case op::multiply:
    return write_binary(out, x, "*", binding::product);
  case op::add:
    return write_binary(out, x, "+", binding::sum);
  case op::subtract:
    return write_binary(out, x, "-", binding::sum);
  case op::concat: {
    for (std::size_t i = 0; i < x.arguments.size(); ++i) {
      if (i > 0)
        out += " || ";
      operand(out, x.arguments[i], i > 0 ? binding::sign : binding::joint);
    }
    return x.arguments.size() > 1 ? binding::joint : binding::disjunction;
  }
  case op::divide:
    if (surely_real(x.arguments[0])) {
      operand(out, x.arguments[0], binding::product);
    } else {
      out += "CAST(";
      write(out, x.arguments[0]);
      out += " AS REAL)";
    }
    out += " / ";
    operand(out, x.arguments[1], binding::joint);
    return binding::product;
  case op::whole_divide:
    if (x.type == data_type::integer)
      return write_binary(out, x, "/", binding::product);
    out += "trunc(CAST(";
    write(out, x.arguments[0]);
    out += " AS REAL) / ";
    operand(out, x.arguments[1], binding::joint);
    out += ')';
    return binding::atom;
  case op::modulo:
    if (x.type == data_type::integer)
      return write_binary(out, x, "%", binding::product);
    function(out, "mod", x.arguments);
    return binding::atom;
  case op::equal:
    return write_binary(out, x, "=", binding::equality);
  case op::not_equal:
    return write_binary(out, x, "<>", binding::equality);
  case op::less:
    return write_binary(out, x, "<", binding::inequality);
  case op::less_equal:
    return write_binary(out, x, "<=", binding::inequality);
  case op::greater:
    return write_binary(out, x, ">", binding::inequality);
  case op::greater_equal:
    return write_binary(out, x, ">=", binding::inequality);
  case op::logical_and:
    return write_binary(out, x, "AND", binding::conjunction);
  case op::logical_or:
    return write_binary(out, x, "OR", binding::disjunction);
  case op::coalesce:
    if (x.arguments.size() == 1)
      return write(out, x.arguments[0]);
    function(out, "coalesce", x.arguments);
    return binding::atom;
  case op::is_null:
    operand(out, x.arguments[0], binding::sum);
    out += x.negated ? " IS NOT NULL" : " IS NULL";
    return binding::equality;
  case op::in_list:
    operand(out, x.arguments[0], binding::sum);
    out += x.negated ? " NOT IN (" : " IN (";
    for (std::size_t i = 1; i < x.arguments.size(); ++i) {
      if (i > 1)
        out += ", ";
      write(out, x.arguments[i]);
    }
    out += ')';
    return binding::equality;
  case op::in_query:
    // A match or not, never NULL.
    out += x.negated ? "NOT coalesce(" : "coalesce(";
    operand(out, x.arguments[0], binding::sum);
    out += " IN (" + subqueries[x.query] + "), FALSE)";
    return x.negated ? binding::negation : binding::atom;
  case op::scalar_query:
    out += "(" + subqueries[x.query] + ")";
    return binding::atom;
  case op::between:
    operand(out, x.arguments[0], binding::sum);
    out += x.negated ? " NOT BETWEEN " : " BETWEEN ";
    operand(out, x.arguments[1], binding::sum);
    out += " AND ";
    operand(out, x.arguments[2], binding::sum);
    return binding::equality;
  case op::during: {
    auto inner = std::string{};
    operand(inner, x.arguments[0], binding::sum);
    if (x.negated)
      out += "NOT (";
    out += inner + " >= ";
    write(out, x.arguments[1]);
    out += " AND " + inner + " < ";
    write(out, x.arguments[2]);
    if (x.negated)
      out += ')';
    return x.negated ? binding::negation : binding::conjunction;
  }
  case op::case_when:
    return write_case(out, x);
  case op::cast:
    return write_cast(out, x);
  case op::normalise: {
    const auto& inner = x.arguments[0];
    const auto epoch = inner.format == schema::date_format::epoch_seconds;
    if (epoch)
      out += x.type == data_type::date ? "date(" : "datetime(";
    else
      out += "replace(";
    write(out, inner);
    out += epoch ? ", 'unixepoch')" : ", 'T', ' ')";
    return binding::atom;
  }
  default:
    return write_function(out, x);
  }
}

binding expression_writer::write_case(std::string& out, const value& x) {
  out += "CASE";
  for (std::size_t i = 0; i + 1 < x.arguments.size(); i += 2) {
    out += " WHEN ";
    write(out, x.arguments[i]);
    out += " THEN ";
    write(out, x.arguments[i + 1]);
  }
  if (x.arguments.size() % 2 == 1) {
    out += " ELSE ";
    write(out, x.arguments.back());
  }
  out += " END";
  return binding::atom;
}

binding expression_writer::write_cast(std::string& out, const value& x) {
  const auto& from = x.arguments[0];
  if (x.type == data_type::timestamp && from.type == data_type::date) {
    operand(out, from, binding::joint);
    out += " || ' 00:00:00'";
    return binding::joint;
  }
  if (x.type == data_type::date || x.type == data_type::timestamp)
    return expand(out, x.type == data_type::date ? "date($1)" : "datetime($1)",
                  {text(from)});
  if (x.type == data_type::boolean) {
    if (from.type != data_type::text) {
      operand(out, from, binding::sum);
      out += " <> 0";
      return binding::equality;
    }
    return expand(out,
                  "CASE WHEN lower($1) IN ('true', 't', 'yes', 'y', '1') THEN "
                  "TRUE WHEN lower($1) IN ('false', 'f', 'no', 'n', '0') THEN "
                  "FALSE END",
                  {text(from)});
  }
  if (x.type == data_type::text && from.type == data_type::boolean)
    return expand(out,
                  "CASE WHEN $1 THEN 'true' WHEN NOT ($1) THEN 'false' END",
                  {text(from)});
  // Moments are ISO text already.
  if (x.type == data_type::text
      && (from.type == data_type::date || from.type == data_type::timestamp))
    return write(out, from);
  return expand(out, "CAST($1 AS $2)", {text(from), plan::to_string(x.type)});
}

std::string expression_writer::readable(plan::column_id id) {
  const auto& column = plan_.columns[id];
  const auto& known = of(id);
  const auto is_time
    = column.type == data_type::date || column.type == data_type::timestamp;
  if (!is_time || column.format == schema::date_format::iso_space
      || (column.type == data_type::date
          && column.format == schema::date_format::iso_t))
    return known.text;
  if (column.format == schema::date_format::iso_t)
    return "replace(" + known.text + ", 'T', ' ')";
  return (column.type == data_type::date ? "date(" : "datetime(") + known.text
         + ", 'unixepoch')";
}

} // namespace aura::dsl
