#include "kernels/dsl/sql_expressions.hpp"

#include <algorithm>

namespace aura::dsl {

using plan::data_type;
using plan::op;
using plan::value;

namespace {

constexpr std::size_t longest = 1u << 20;
/// As many as sql::connection takes; the literals beyond stand in place.
constexpr std::size_t most_parameters = 64;

bool is_truth(std::string_view name) {
  return schema::same_name(name, "true") || schema::same_name(name, "false");
}

/// Whether the result or a table has a column that is called true or false.
bool names_truth(const plan::query& plan) {
  const auto in = [](const auto& columns) {
    return std::any_of(columns.begin(), columns.end(),
                       [](const auto& x) { return is_truth(x.name); });
  };
  return (!plan.pipelines.empty() && in(plan.pipelines.back().columns))
         || std::any_of(plan.instances.begin(), plan.instances.end(),
                        [&](const auto& x) { return in(x.table->columns); });
}

bool is_literal(const value& x) {
  return x.form == value::kind::literal;
}

} // namespace

std::string quoted_name(std::string_view name) {
  auto result = std::string{};
  result.reserve(name.size() + 2);
  result += '"';
  if (name.find('"') == std::string_view::npos) {
    result += name;
    return result += '"';
  }
  for (auto c : name) {
    result += c;
    if (c == '"')
      result += c;
  }
  return result + "\"";
}

std::string table_alias(std::uint32_t number) {
  return "t" + std::to_string(number);
}

expression_writer::expression_writer(const plan::query& plan,
                                     const compile_options& options)
  : dialect_{dialect_of(options.target)}, in_place_{options.inline_literals
                                                    || options.target
                                                         == sql_target::duckdb},
    truth_is_named_{options.target == sql_target::sqlite && names_truth(plan)},
    meanings_(plan.columns.size()) {
}

const expression_writer::meaning&
expression_writer::of(plan::column_id id) const {
  auto& known = meanings_[id];
  if (known.name) {
    known.text = table_alias(known.alias) + "." + quoted_name(*known.name);
    known.name = nullptr;
  }
  return known;
}

void expression_writer::mean_column(plan::column_id id, std::uint32_t alias,
                                    const std::string& name) {
  meanings_[id] = {{}, binding::atom, alias, &name};
}

void expression_writer::mean(plan::column_id id, std::string text,
                             binding strength) {
  meanings_[id] = {std::move(text), strength, 0, nullptr};
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

std::string expression_writer::bound(const datum& x) {
  parameters_.push_back(x);
  return "?" + std::to_string(parameters_.size());
}

std::string expression_writer::literal(const datum& x, data_type type) {
  if (is_null(x))
    return "NULL";
  return in_place_ || parameters_.size() >= most_parameters
           ? dialect_.literal(x, type)
           : bound(x);
}

std::string_view expression_writer::truth(bool x) const {
  if (truth_is_named_)
    return x ? "1" : "0";
  return x ? "TRUE" : "FALSE";
}

std::string expression_writer::count(std::int64_t x) {
  return in_place_ || parameters_.size() >= most_parameters ? std::to_string(x)
                                                            : bound(x);
}

void expression_writer::operand(std::string& out, const value& x, binding least,
                                bool plain) {
  const auto at = out.size();
  if (write(out, x, plain) >= least)
    return;
  out.insert(at, "(");
  out += ")";
}

binding expression_writer::write(std::string& out, const value& x, bool plain) {
  if (too_long())
    return binding::atom;
  const auto at = out.size();
  auto strength = binding::atom;
  switch (x.form) {
  case value::kind::literal:
    if (x.type == data_type::boolean && !is_null(x.literal)) {
      out += truth(x.literal != datum{std::int64_t{0}});
      break;
    }
    if (const auto* n = std::get_if<std::int64_t>(&x.literal); n && plain)
      out += count(*n);
    else
      out += literal(x.literal, x.type);
    if (out[at] == '-')
      strength = binding::sign;
    break;
  case value::kind::column: {
    const auto& known = of(x.column);
    out += known.text;
    strength = known.strength;
    break;
  }
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
  const auto& a = x.arguments[0];
  const auto& b = x.arguments[1];
  operand(out, a, chains ? strength : binding::sum, !is_literal(b));
  out += ' ';
  out += symbol;
  out += ' ';
  operand(out, b,
          associative ? strength
          : chains    ? next
                      : binding::sum,
          !is_literal(a));
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
    if (pattern[i] == '$') {
      out += '$';
      continue;
    }
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
      write(out, x.arguments[i], !is_literal(x.arguments[0]));
    }
    out += ')';
    return binding::equality;
  case op::in_query:
    // A match or not, never NULL.
    out += x.negated ? "NOT coalesce(" : "coalesce(";
    operand(out, x.arguments[0], binding::sum);
    out += " IN (" + subqueries[x.query] + "), ";
    out += truth(false);
    out += ')';
    return x.negated ? binding::negation : binding::atom;
  case op::scalar_query:
    out += "(" + subqueries[x.query] + ")";
    return binding::atom;
  case op::between:
    operand(out, x.arguments[0], binding::sum);
    out += x.negated ? " NOT BETWEEN " : " BETWEEN ";
    operand(out, x.arguments[1], binding::sum, !is_literal(x.arguments[0]));
    out += " AND ";
    operand(out, x.arguments[2], binding::sum, !is_literal(x.arguments[0]));
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
  default:
    return dialect_.call(*this, out, x);
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

void expression_writer::filter(std::string& out, const plan::function_call& x) {
  if (x.condition.empty())
    return;
  out += " FILTER (WHERE ";
  write(out, x.condition[0]);
  out += ')';
}

} // namespace aura::dsl
