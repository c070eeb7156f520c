#include "kernels/dsl/printer.hpp"
#include "kernels/dsl/resolver.hpp"

#include <utility>

namespace aura::dsl {

using plan::data_type;
using plan::op;
using plan::value;

value resolver::resolve_in(const expr& x, const context& c) {
  auto result = call(op::in_list, data_type::boolean, x.where, {});
  result.negated = x.negated;
  result.arguments.push_back(resolve(x.arguments[0], c));
  auto good = result.arguments[0].type != data_type::unknown;
  result.nullable = result.arguments[0].nullable;
  for (std::size_t i = 1; i < x.arguments.size(); ++i) {
    const auto& source = x.arguments[i];
    if (source.kind == expr_kind::null) {
      error("AUR-E0215", source.where,
            "NULL in a list matches nothing; ask for it with IS NULL");
      good = false;
      continue;
    }
    auto next = resolve(source, c);
    auto& first = result.arguments[0];
    // Of the first value only a copy may change: the others rely on it.
    if (next.type == data_type::unknown || first.type == data_type::unknown) {
      good = false;
      continue;
    }
    const auto was_date = first.type == data_type::date;
    const auto was_iso = first.format == schema::date_format::iso_space;
    if (!align(first, next, x, x.arguments[0], source)) {
      good = false;
      continue;
    }
    // A moment beside a DATE made the left side a TIMESTAMP.
    if (was_date && first.type == data_type::timestamp)
      for (std::size_t k = 1; k < result.arguments.size(); ++k)
        to_timestamp(result.arguments[k]);
    if (!was_iso && first.format == schema::date_format::iso_space)
      for (std::size_t k = 1; k < result.arguments.size(); ++k)
        normalise(result.arguments[k]);
    result.nullable = result.nullable || next.nullable;
    result.arguments.push_back(std::move(next));
  }
  return good ? result : broken(x.where);
}

value resolver::resolve_between(const expr& x, const context& c) {
  auto a = resolve(x.arguments[0], c);
  auto low = resolve(x.arguments[1], c);
  auto high = resolve(x.arguments[2], c);
  for (auto i : {1u, 2u})
    if (x.arguments[i].kind == expr_kind::null) {
      error("AUR-E0214", x.arguments[i].where,
            "a comparison with NULL is never true");
      return broken(x.where);
    }
  auto good = align(a, low, x, x.arguments[0], x.arguments[1]);
  good = align(a, high, x, x.arguments[0], x.arguments[2]) && good;
  if (good)
    good = align(a, low, x, x.arguments[0], x.arguments[1]);
  if (!good)
    return broken(x.where);
  auto result = call(op::between, data_type::boolean, x.where,
                     {std::move(a), std::move(low), std::move(high)});
  result.negated = x.negated;
  return result;
}

value resolver::resolve_like(const expr& x, const context& c) {
  auto a = resolve(x.arguments[0], c);
  auto b = resolve(x.arguments[1], c);
  const auto good = expect_text(a, x.arguments[0], "LIKE");
  if (!expect_text(b, x.arguments[1], "LIKE") || !good)
    return broken(x.where);
  auto result
    = call(op::like, data_type::boolean, x.where, {std::move(a), std::move(b)});
  result.negated = x.negated;
  return result;
}

value resolver::resolve_case(const expr& x, const context& c) {
  auto result = call(op::case_when, data_type::null, x.where, {});
  auto branches = std::vector<value*>{};
  auto sources = std::vector<const expr*>{};
  auto good = true;
  for (std::size_t i = 0; i < x.arguments.size(); ++i) {
    const auto is_condition = i % 2 == 0 && i + 1 < x.arguments.size();
    auto next = resolve(x.arguments[i], c);
    if (is_condition)
      good = expect(next, x.arguments[i], data_type::boolean, "WHEN") && good;
    result.arguments.push_back(std::move(next));
  }
  const auto has_else = x.arguments.size() % 2 == 1;
  result.nullable = !has_else;
  for (std::size_t i = 0; i < x.arguments.size(); ++i)
    if (i % 2 == 1 || i + 1 == x.arguments.size()) {
      branches.push_back(&result.arguments[i]);
      sources.push_back(&x.arguments[i]);
      result.nullable = result.nullable || result.arguments[i].nullable;
    }
  if (!unify(branches, sources, result.type, "CASE") || !good)
    return broken(x.where);
  return result;
}

value resolver::resolve_cast(const expr& x, const context& c) {
  auto argument = resolve(x.arguments[0], c);
  static constexpr std::pair<std::string_view, data_type> types[]
    = {{"INTEGER", data_type::integer}, {"REAL", data_type::real},
       {"TEXT", data_type::text},       {"BOOLEAN", data_type::boolean},
       {"DATE", data_type::date},       {"TIMESTAMP", data_type::timestamp}};
  auto to = data_type::unknown;
  for (const auto& [name, type] : types)
    if (name == x.text)
      to = type;
  if (argument.type == data_type::unknown || to == data_type::unknown)
    return broken(x.where);
  normalise(argument);
  const auto from = argument.type;
  const auto time = [](data_type t) {
    return t == data_type::date || t == data_type::timestamp;
  };
  const auto number = [](data_type t) {
    return t == data_type::integer || t == data_type::real
           || t == data_type::boolean;
  };
  if ((time(from) && number(to)) || (number(from) && time(to))) {
    error("AUR-E0207", x.where,
          "there is no CAST from " + std::string{plan::to_string(from)} + " to "
            + plan::to_string(to));
    return broken(x.where);
  }
  if (from == to) {
    argument.where = x.where;
    return argument;
  }
  auto result = call(op::cast, to, x.where, {std::move(argument)});
  // Text that is no date, or neither true nor false, gives NULL.
  result.nullable
    = result.nullable
      || (from == data_type::text && (time(to) || to == data_type::boolean));
  return result;
}

} // namespace aura::dsl
