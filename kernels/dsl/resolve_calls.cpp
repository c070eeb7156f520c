#include "kernels/dsl/printer.hpp"
#include "kernels/dsl/resolver.hpp"

namespace aura::dsl {

using plan::data_type;
using plan::op;
using plan::value;

namespace {

bool has_order(data_type x) {
  return x != data_type::boolean;
}

} // namespace

value resolver::finish_call(plan::function_call made, value shape,
                            const expr& x, const context& c) {
  made.where = x.where;
  made.distinct = x.distinct;
  auto inner = c;
  inner.in_call = true;
  inner.place = "WHERE";
  auto good = shape.type != data_type::unknown;
  if (!x.condition.empty()) {
    made.condition.push_back(resolve_predicate(x.condition.front(), inner));
    good = made.condition.front().type != data_type::unknown && good;
  }
  for (const auto& key : x.sort) {
    made.sort.push_back(resolve(key.value, inner));
    made.directions.push_back({key.descending, key.nulls == nulls::first});
    good = made.sort.back().type != data_type::unknown && good;
  }
  if (!good)
    return broken(x.where);
  made.id = new_column(std::string{to_string(made.what)}, shape);
  const auto id = made.id;
  c.calls->push_back(std::move(made));
  return column_value(id, x.where);
}

value resolver::resolve_aggregate_call(const expr& x, const function_entry& f,
                                       const context& c) {
  auto inner = c;
  inner.in_call = true;
  auto made = plan::function_call{};
  made.what = f.what;
  for (const auto& argument : x.arguments)
    made.arguments.push_back(resolve(argument, inner));
  auto shape = broken(x.where);
  const auto finish
    = [&] { return finish_call(std::move(made), std::move(shape), x, c); };
  for (const auto& argument : made.arguments)
    if (argument.type == data_type::unknown)
      return finish();
  // Over no rows an aggregate is NULL; a group has at least one.
  const auto grouped = c.keys && !c.keys->empty() && x.condition.empty();
  if (!made.arguments.empty())
    shape.nullable = made.arguments.front().nullable || !grouped;
  switch (f.what) {
  case op::count:
    shape.type = data_type::integer;
    shape.nullable = false;
    break;
  case op::any:
  case op::all:
    if (expect(made.arguments[0], x.arguments[0], data_type::boolean, x.text))
      shape.type = data_type::boolean;
    shape.nullable = false;
    break;
  case op::sum:
    if (expect_number(made.arguments[0], x.arguments[0], x.text))
      shape.type = made.arguments[0].type;
    break;
  case op::percentile: {
    const auto& p = made.arguments[1];
    const auto* i = std::get_if<std::int64_t>(&p.literal);
    const auto* d = std::get_if<double>(&p.literal);
    const auto number = i ? static_cast<double>(*i) : d ? *d : -1.0;
    if (p.form != value::kind::literal || !(number >= 0 && number <= 1)) {
      auto& problem = error("AUR-E0226", x.arguments[1].where,
                            "the place in PERCENTILE is a literal from 0 to 1: "
                              + print(x.arguments[1]));
      if (number > 1 && number <= 100)
        problem.fixes.push_back(
          {x.arguments[1].where, to_text(number / 100), 0.9});
      break;
    }
    if (expect_number(made.arguments[0], x.arguments[0], x.text))
      shape.type = data_type::real;
    break;
  }
  case op::stddev:
  case op::variance:
    shape.nullable = true;
    [[fallthrough]];
  case op::avg:
  case op::median:
  case op::stddev_pop:
  case op::variance_pop:
    if (expect_number(made.arguments[0], x.arguments[0], x.text))
      shape.type = data_type::real;
    break;
  case op::string_agg:
    if (made.arguments[1].form != value::kind::literal) {
      error("AUR-E0226", x.arguments[1].where,
            "the separator of STRING_AGG is a text literal");
      break;
    }
    if (expect_text(made.arguments[1], x.arguments[1], x.text)
        && expect_text(made.arguments[0], x.arguments[0], x.text))
      shape.type = data_type::text;
    break;
  default: { // MIN, MAX, ARG_MIN, ARG_MAX, ANY_VALUE
    const auto by = made.arguments.size() - 1;
    if (f.what != op::any_value && !has_order(made.arguments[by].type)) {
      auto& d = error("AUR-E0207", x.arguments[by].where,
                      x.text + " takes values with an order, "
                        + described(made.arguments[by], x.arguments[by]));
      if (f.what == op::max || f.what == op::min)
        d.fixes.push_back(
          {x.where,
           (f.what == op::max ? "ANY(" : "ALL(") + print(x.arguments[0]) + ")",
           0.7});
      break;
    }
    shape.type = made.arguments[0].type;
    shape.format = made.arguments[0].format;
    if (by == 1)
      shape.nullable = shape.nullable || made.arguments[1].nullable;
    break;
  }
  }
  return finish();
}

value resolver::resolve_window_call(const expr& x, const function_entry& f,
                                    const context& c) {
  auto inner = c;
  inner.in_call = true;
  auto made = plan::function_call{};
  made.what = f.what;
  for (const auto& argument : x.arguments)
    made.arguments.push_back(resolve(argument, inner));
  auto shape = broken(x.where);
  const auto literal_count = [&](std::size_t i, std::int64_t least) {
    if (made.arguments.size() <= i)
      return true;
    const auto& n = made.arguments[i];
    const auto* number = std::get_if<std::int64_t>(&n.literal);
    if (n.form == value::kind::literal && number && *number >= least)
      return true;
    error("AUR-E0226", x.arguments[i].where,
          "the count in " + x.text + " is a literal of at least "
            + std::to_string(least) + ": " + print(x.arguments[i]));
    return false;
  };
  auto good = true;
  for (const auto& argument : made.arguments)
    good = argument.type != data_type::unknown && good;
  if (!good)
    return finish_call(std::move(made), std::move(shape), x, c);
  switch (f.what) {
  case op::percent_rank:
    shape.type = data_type::real;
    shape.nullable = false;
    break;
  case op::lag:
  case op::lead: {
    if (!literal_count(1, 0))
      break;
    auto type = made.arguments[0].type;
    shape.format = made.arguments[0].format;
    if (made.arguments.size() == 3) {
      if (!unify({&made.arguments[0], &made.arguments[2]},
                 {&x.arguments[0], &x.arguments[2]}, type, f.name.data()))
        break;
      shape.format = schema::date_format::iso_space;
    }
    shape.type = type;
    break;
  }
  case op::first:
  case op::last:
    shape.type = made.arguments[0].type;
    shape.format = made.arguments[0].format;
    break;
  default: // ROW_NUMBER, RANK, DENSE_RANK, NTILE
    if (f.what == op::ntile && !literal_count(0, 1))
      break;
    shape.type = data_type::integer;
    shape.nullable = false;
    break;
  }
  return finish_call(std::move(made), std::move(shape), x, c);
}

} // namespace aura::dsl
