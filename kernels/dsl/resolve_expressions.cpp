#include "kernels/dsl/printer.hpp"
#include "kernels/dsl/resolver.hpp"

#include <algorithm>

namespace aura::dsl {

using plan::data_type;
using plan::no_column;
using plan::op;
using plan::value;

namespace {

op operator_of(std::string_view text) {
  static constexpr std::pair<std::string_view, op> table[]
    = {{"*", op::multiply},      {"/", op::divide},
       {"//", op::whole_divide}, {"%", op::modulo},
       {"+", op::add},           {"-", op::subtract},
       {"||", op::concat},       {"??", op::coalesce},
       {"==", op::equal},        {"!=", op::not_equal},
       {"<", op::less},          {"<=", op::less_equal},
       {">", op::greater},       {">=", op::greater_equal},
       {"AND", op::logical_and}, {"OR", op::logical_or}};
  for (const auto& [spelling, what] : table)
    if (spelling == text)
      return what;
  return op::none;
}

bool is_comparison(op x) {
  return x >= op::equal && x <= op::greater_equal;
}

bool is_zero(const value& x) {
  const auto* i = std::get_if<std::int64_t>(&x.literal);
  const auto* d = std::get_if<double>(&x.literal);
  return x.form == value::kind::literal && ((i && *i == 0) || (d && *d == 0));
}

} // namespace

value resolver::column_value(plan::column_id id, span where) const {
  auto result = broken(where);
  if (id == no_column)
    return result;
  const auto& column = out_.columns[id];
  result.form = value::kind::column;
  result.column = id;
  result.type = column.type;
  result.format = column.format;
  result.nullable = column.nullable;
  return result;
}

value resolver::resolve(const expr& x, const context& c) {
  switch (x.kind) {
  case expr_kind::null:
  case expr_kind::boolean:
  case expr_kind::integer:
  case expr_kind::real:
  case expr_kind::text:
  case expr_kind::date:
  case expr_kind::timestamp:
    return resolve_literal(x);
  case expr_kind::duration:
    error("AUR-E0222", x.where,
          "a duration stands only after + and - beside a date, and in BIN");
    return broken(x.where);
  case expr_kind::parameter:
    return resolve_parameter(x);
  case expr_kind::column:
    return resolve_column(x, c);
  case expr_kind::unary:
    return resolve_unary(x, c);
  case expr_kind::binary:
    return resolve_binary(x, c);
  case expr_kind::is_null: {
    auto result = call(op::is_null, data_type::boolean, x.where, {});
    result.arguments.push_back(resolve(x.arguments[0], c));
    result.negated = x.negated;
    result.nullable = false;
    return result;
  }
  case expr_kind::in_list:
    return resolve_in(x, c);
  case expr_kind::between:
    return resolve_between(x, c);
  case expr_kind::like:
    return resolve_like(x, c);
  case expr_kind::during:
    return resolve_during(x, c);
  case expr_kind::call:
    return resolve_call(x, c);
  case expr_kind::case_when:
    return resolve_case(x, c);
  case expr_kind::cast:
    return resolve_cast(x, c);
  case expr_kind::in_query:
  case expr_kind::scalar_query:
    return resolve_subquery(x, c);
  }
  return broken(x.where);
}

value resolver::resolve_predicate(const expr& x, const context& c) {
  auto result = resolve(x, c);
  if (result.type == data_type::boolean || result.type == data_type::null
      || result.type == data_type::unknown)
    return result;
  auto& d = error("AUR-E0219", x.where,
                  std::string{c.place} + " takes a condition, "
                    + described(result, x));
  if (result.type == data_type::integer)
    d.fixes.push_back({x.where, print(x) + " != 0", 0.5});
  return broken(x.where);
}

bool resolver::has_relation(const dsl::scope& s, const expr& x) const {
  return std::any_of(s.aliases.begin(), s.aliases.end(), [&](const auto& k) {
    return k.instance != plan::instance::none
           && out_.instances[k.instance].table->find_relation(
             x.path.front().text);
  });
}

value resolver::resolve_column(const expr& x, const context& c) {
  if (!c.paths && x.path.size() > 1) {
    const auto& aliases = c.rows->scope.aliases;
    const auto known
      = std::any_of(aliases.begin(), aliases.end(), [&](const auto& alias) {
          return schema::same_name(alias.name, x.path.front().text);
        });
    if (known ? x.path.size() > 2 : has_relation(c.rows->scope, x)) {
      error("AUR-E0239", x.where, "no path may stand in ON: " + print(x));
      return broken(x.where);
    }
  }
  if (!c.keys || c.in_call)
    return column_value(find(x, c), x.where);
  // Between the calls of an AGGREGATE there are only keys.
  if (x.path.size() == 1)
    for (const auto& key : *c.key_names)
      if (schema::same_name(key.name, x.path.front().text))
        return column_value(key.id, x.where);
  const auto id = find(x, c);
  if (id == no_column)
    return broken(x.where);
  for (const auto& key : *c.keys)
    if (key.expression.form == value::kind::column
        && key.expression.column == id)
      return column_value(key.id, x.where);
  error("AUR-E0212", x.where,
        "`" + print(x)
          + "` is neither a key nor inside an aggregate; add it to BY");
  return broken(x.where);
}

value resolver::resolve_unary(const expr& x, const context& c) {
  if (x.text == "NOT") {
    auto argument = resolve(x.arguments[0], c);
    if (!expect(argument, x.arguments[0], data_type::boolean, "NOT"))
      return broken(x.where);
    return call(op::logical_not, data_type::boolean, x.where,
                {std::move(argument)});
  }
  // The least integer has no positive counterpart.
  if (x.arguments[0].kind == expr_kind::integer
      && x.arguments[0].text == "9223372036854775808")
    return literal(INT64_MIN, data_type::integer, x.where);
  auto argument = resolve(x.arguments[0], c);
  if (!expect_number(argument, x.arguments[0], "-"))
    return broken(x.where);
  if (argument.form == value::kind::literal) {
    argument.where = x.where;
    if (auto* i = std::get_if<std::int64_t>(&argument.literal);
        i && *i != INT64_MIN)
      *i = -*i;
    if (auto* d = std::get_if<double>(&argument.literal))
      *d = -*d;
    return argument;
  }
  const auto type = argument.type;
  return call(op::negate, type, x.where, {std::move(argument)});
}

// 'a' + b + c, which other languages join: one fix for the whole chain.
bool resolver::complain_about_added_text(const expr& x, const context& c) {
  if (x.kind != expr_kind::binary || x.text != "+")
    return false;
  auto parts = std::vector<const expr*>{};
  const auto* rest = &x;
  for (; rest->kind == expr_kind::binary && rest->text == "+";
       rest = &rest->arguments[0])
    parts.push_back(&rest->arguments[1]);
  parts.push_back(rest);
  const auto some = [&](expr_kind kind) {
    return std::any_of(parts.begin(), parts.end(),
                       [kind](const auto* part) { return part->kind == kind; });
  };
  // '2024-01-31' + 1 DAY is a date.
  if (!some(expr_kind::text) || some(expr_kind::duration))
    return false;
  auto text = std::string{};
  for (auto i = parts.size(); i-- > 0;) {
    const auto v = resolve(*parts[i], c);
    const auto fits = v.type == data_type::text || v.type == data_type::null
                      || v.type == data_type::unknown;
    auto part = print(*parts[i]);
    if (!fits)
      part = "CAST(" + part + " AS TEXT)";
    else if (parts[i]->kind == expr_kind::binary)
      part = "(" + part + ")";
    text += (text.empty() ? "" : " || ") + part;
  }
  error("AUR-E0207", x.where, "+ takes numbers; text joins with ||")
    .fixes.push_back({x.where, std::move(text), 0.9});
  return true;
}

value resolver::resolve_binary(const expr& x, const context& c) {
  if (complain_about_added_text(x, c))
    return broken(x.where);
  const auto what = operator_of(x.text);
  const auto& left = x.arguments[0];
  const auto& right = x.arguments[1];
  if ((what == op::add || what == op::subtract)
      && (left.kind == expr_kind::duration
          || right.kind == expr_kind::duration)) {
    if (left.kind == right.kind
        || (what == op::subtract && left.kind == expr_kind::duration)) {
      error("AUR-E0222", x.where, "a duration is added to a date");
      return broken(x.where);
    }
    const auto& time = left.kind == expr_kind::duration ? right : left;
    return resolve_shift(x, resolve(time, c), what == op::add ? 1 : -1,
                         left.kind == expr_kind::duration ? left : right);
  }
  // The fix for `x == NULL` needs the sides as they were written.
  if (is_comparison(what)
      && (left.kind == expr_kind::null || right.kind == expr_kind::null)) {
    const auto& other = left.kind == expr_kind::null ? right : left;
    auto& d = error("AUR-E0214", x.where,
                    "a comparison with NULL is never true; IS NULL asks for "
                    "missing values");
    if (what == op::equal || what == op::not_equal)
      d.fixes.push_back(
        {x.where,
         print(other) + (what == op::equal ? " IS NULL" : " IS NOT NULL"),
         0.95});
    return broken(x.where);
  }
  auto a = resolve(left, c);
  auto b = resolve(right, c);
  switch (what) {
  case op::logical_and:
  case op::logical_or: {
    const auto good = expect(a, left, data_type::boolean, x.text);
    if (!expect(b, right, data_type::boolean, x.text) || !good)
      return broken(x.where);
    return call(what, data_type::boolean, x.where,
                {std::move(a), std::move(b)});
  }
  case op::concat: {
    // PRQL and most programming languages mean OR.
    if (a.type == data_type::boolean || b.type == data_type::boolean) {
      error("AUR-E0207", x.where, "|| joins texts; conditions take OR")
        .fixes.push_back({{left.where.end, right.where.start}, " OR ", 0.85});
      return broken(x.where);
    }
    const auto good = expect_text(a, left, x.text);
    if (!expect_text(b, right, x.text) || !good)
      return broken(x.where);
    return call(what, data_type::text, x.where, {std::move(a), std::move(b)});
  }
  case op::coalesce: {
    auto type = data_type::unknown;
    if (!unify({&a, &b}, {&left, &right}, type, "??"))
      return broken(x.where);
    const auto nullable = a.nullable && b.nullable;
    auto result = call(what, type, x.where, {std::move(a), std::move(b)});
    result.nullable = nullable;
    return result;
  }
  default:
    break;
  }
  if (is_comparison(what))
    return resolve_comparison(x, what, std::move(a), std::move(b));
  return resolve_arithmetic(x, what, std::move(a), std::move(b));
}

value resolver::resolve_comparison(const expr& x, op what, value a, value b) {
  if (!align(a, b, x, x.arguments[0], x.arguments[1]))
    return broken(x.where);
  return call(what, data_type::boolean, x.where, {std::move(a), std::move(b)});
}

value resolver::resolve_arithmetic(const expr& x, op what, value a, value b) {
  const auto is_time = [](const value& v) {
    return v.type == data_type::date || v.type == data_type::timestamp;
  };
  if (what == op::subtract && is_time(a) && is_time(b)) {
    auto& d = error("AUR-E0207", x.where,
                    "- takes numbers; dates differ by "
                    "DATE_DIFF");
    d.fixes.push_back({x.where,
                       "DATE_DIFF(" + print(x.arguments[0]) + ", "
                         + print(x.arguments[1]) + ", 'day')",
                       0.8});
    return broken(x.where);
  }
  if ((what == op::add || what == op::subtract) && is_time(a)
      && b.type == data_type::integer) {
    auto& d = error("AUR-E0222", x.where,
                    "a date moves by a duration, such as 7 DAYS");
    d.fixes.push_back({x.arguments[1].where, print(x.arguments[1]) + " DAYS",
                       x.arguments[1].kind == expr_kind::integer ? 0.8 : 0.1});
    return broken(x.where);
  }
  if (what == op::add && a.type == data_type::text
      && b.type == data_type::text) {
    auto& d
      = error("AUR-E0207", x.where, "+ takes numbers; text joins with ||");
    d.fixes.push_back(
      {{x.arguments[0].where.end, x.arguments[1].where.start}, " || ", 0.9});
    return broken(x.where);
  }
  const auto good = expect_number(a, x.arguments[0], x.text);
  if (!expect_number(b, x.arguments[1], x.text) || !good)
    return broken(x.where);
  const auto whole
    = a.type == data_type::integer && b.type == data_type::integer;
  const auto can_divide_by_zero
    = what == op::divide || what == op::whole_divide || what == op::modulo;
  const auto nothing
    = can_divide_by_zero && !(b.form == value::kind::literal && !is_zero(b));
  auto result = call(
    what, whole && what != op::divide ? data_type::integer : data_type::real,
    x.where, {std::move(a), std::move(b)});
  result.nullable = result.nullable || nothing;
  return result;
}

} // namespace aura::dsl
