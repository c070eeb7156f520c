#include "kernels/base/nearest.hpp"
#include "kernels/dsl/foreign_calls.hpp"
#include "kernels/dsl/printer.hpp"
#include "kernels/dsl/resolver.hpp"

#include <algorithm>

namespace aura::dsl {

using plan::data_type;
using plan::op;
using plan::value;

namespace {

// What aura_string_agg takes.
constexpr std::size_t most_sort_keys = 8;

std::string counted(std::size_t n) {
  return std::to_string(n) + (n == 1 ? " argument" : " arguments");
}

const std::int64_t* literal_integer(const value& x) {
  return x.form == value::kind::literal ? std::get_if<std::int64_t>(&x.literal)
                                        : nullptr;
}

} // namespace

bool resolver::complain_about_foreign_call(const expr& x) {
  if (x.text.starts_with("REGEX")) {
    error("AUR-E0130", x.where, "regular expressions are not in version 1")
      .hints.push_back("LIKE, CONTAINS, STARTS_WITH and ENDS_WITH compare "
                       "parts of a text");
    return true;
  }
  // Those with an equivalent were mended as they were read.
  const auto advice = foreign::advice_on_call(x.text);
  if (advice.empty())
    return false;
  error("AUR-E0241", x.where, x.text + " is not called so here")
    .hints.emplace_back(advice);
  return true;
}

value resolver::resolve_call(const expr& x, const context& c) {
  const auto* f = find_function(x.text);
  if (!f) {
    if (complain_about_foreign_call(x))
      return broken(x.where);
    auto names = std::vector<std::string>{};
    for (const auto& entry : functions())
      names.emplace_back(entry.name);
    const auto near = nearest(x.text, names);
    auto& d = error("AUR-E0205", x.where,
                    "there is no function " + x.text
                      + (near.empty() ? "" : "; nearest is " + near));
    if (!near.empty()) {
      const auto length = static_cast<std::uint32_t>(x.text.size());
      d.fixes.push_back({{x.where.start, x.where.start + length}, near, 0.8});
      d.candidates.push_back(near);
    }
    for (const auto& argument : x.arguments)
      resolve(argument, c);
    return broken(x.where);
  }
  const auto n = x.arguments.size();
  if (n < f->least || n > f->most) {
    const auto wanted
      = n < f->least ? std::size_t{f->least} : std::size_t{f->most};
    auto& d = error("AUR-E0206", x.where,
                    std::string{f->name} + " takes "
                      + (f->least == f->most ? ""
                         : n < f->least      ? "at least "
                                             : "at most ")
                      + counted(wanted) + ", found " + std::to_string(n));
    d.hints.emplace_back(f->signature);
    return broken(x.where);
  }
  if (!check_modifiers(x, *f))
    return broken(x.where);
  if (f->group == function_group::scalar)
    return resolve_scalar(x, *f, c);
  if (c.in_call) {
    auto& d = error("AUR-E0213", x.where,
                    "no aggregate inside another: " + std::string{f->name});
    d.hints.emplace_back("an earlier AGGREGATE or EXTEND can name the inner "
                         "value");
    return broken(x.where);
  }
  if (!c.calls) {
    auto& d = error("AUR-E0211", x.where,
                    std::string{f->name} + " does not belong in " + c.place
                      + (f->group == function_group::window
                           ? "; window functions stand in WINDOW"
                           : "; aggregates stand in AGGREGATE or WINDOW"));
    if (std::string_view{c.place} == "FILTER")
      d.hints.emplace_back("AGGREGATE gives one row per group and WINDOW a "
                           "column beside each row; FILTER by its name");
    return broken(x.where);
  }
  if (f->group == function_group::window && !c.over) {
    error("AUR-E0223", x.where,
          std::string{f->name} + " is a window function, it stands in WINDOW");
    return broken(x.where);
  }
  return f->group == function_group::window ? resolve_window_call(x, *f, c)
                                            : resolve_aggregate_call(x, *f, c);
}

bool resolver::check_modifiers(const expr& x, const function_entry& f) {
  const auto aggregate = f.group == function_group::aggregate;
  if (x.distinct && f.what != op::count && f.what != op::string_agg) {
    error("AUR-E0206", x.where,
          "DISTINCT belongs to COUNT and STRING_AGG, not to "
            + std::string{f.name});
    return false;
  }
  if (x.distinct && x.arguments.empty()) {
    error("AUR-E0206", x.where, "COUNT(DISTINCT x) takes a column");
    return false;
  }
  if (!x.condition.empty() && !aggregate) {
    error("AUR-E0206", x.where,
          "WHERE stands inside of aggregates, not in " + std::string{f.name});
    return false;
  }
  if (!x.sort.empty() && f.what != op::string_agg) {
    error("AUR-E0206", x.where,
          "SORT belongs to STRING_AGG, not to " + std::string{f.name});
    return false;
  }
  if (x.sort.size() > most_sort_keys) {
    error("AUR-E0206", x.sort[most_sort_keys].value.where,
          "STRING_AGG sorts by at most " + std::to_string(most_sort_keys)
            + " keys");
    return false;
  }
  return true;
}

value resolver::resolve_scalar(const expr& x, const function_entry& f,
                               const context& c) {
  switch (f.what) {
  case op::now:
  case op::today:
  case op::year:
  case op::quarter:
  case op::month:
  case op::week:
  case op::day:
  case op::hour:
  case op::minute:
  case op::day_of_week:
  case op::day_of_year:
  case op::trunc:
  case op::date_diff:
  case op::date_add:
  case op::format_date:
    return resolve_time_function(x, f.what, c);
  case op::bin:
    return resolve_bin(x, c);
  default:
    break;
  }
  auto arguments = std::vector<value>{};
  arguments.reserve(x.arguments.size());
  for (const auto& argument : x.arguments)
    arguments.push_back(resolve(argument, c));
  switch (f.what) {
  case op::iif: {
    const auto good
      = expect(arguments[0], x.arguments[0], data_type::boolean, "IF");
    auto type = data_type::unknown;
    if (!unify({&arguments[1], &arguments[2]},
               {&x.arguments[1], &x.arguments[2]}, type, "IF")
        || !good)
      return broken(x.where);
    const auto nullable = arguments[1].nullable || arguments[2].nullable;
    auto result = call(op::case_when, type, x.where, std::move(arguments));
    result.nullable = nullable;
    return result;
  }
  case op::coalesce: {
    auto branches = std::vector<value*>{};
    auto sources = std::vector<const expr*>{};
    auto nullable = true;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      branches.push_back(&arguments[i]);
      sources.push_back(&x.arguments[i]);
      nullable = nullable && arguments[i].nullable;
    }
    auto type = data_type::unknown;
    if (!unify(std::move(branches), sources, type, "COALESCE"))
      return broken(x.where);
    auto result = call(op::coalesce, type, x.where, std::move(arguments));
    result.nullable = nullable;
    return result;
  }
  case op::null_if: {
    if (!align(arguments[0], arguments[1], x, x.arguments[0], x.arguments[1]))
      return broken(x.where);
    const auto type = arguments[0].type;
    const auto format = arguments[0].format;
    auto result = call(op::null_if, type, x.where, std::move(arguments));
    result.format = format;
    result.nullable = true;
    return result;
  }
  case op::absolute:
  case op::sign:
  case op::round:
  case op::floor:
  case op::ceil:
  case op::sqrt:
  case op::power:
  case op::exp:
  case op::ln:
  case op::log10:
    return resolve_number_function(x, f.what, std::move(arguments));
  default:
    return resolve_text_function(x, f.what, std::move(arguments));
  }
}

value resolver::resolve_number_function(const expr& x, op what,
                                        std::vector<value> arguments) {
  auto good = true;
  for (std::size_t i = 0; i < arguments.size(); ++i)
    good = expect_number(arguments[i], x.arguments[i], x.text) && good;
  if (!good)
    return broken(x.where);
  const auto type = arguments[0].type;
  switch (what) {
  case op::sign:
    return call(what, data_type::integer, x.where, std::move(arguments));
  case op::round: {
    auto digits = std::int64_t{0};
    if (arguments.size() == 2) {
      const auto* n = literal_integer(arguments[1]);
      if (!n || *n < -15 || *n > 15) {
        error("AUR-E0226", x.arguments[1].where,
              "the digits of ROUND are an integer from -15 to 15");
        return broken(x.where);
      }
      digits = *n;
      arguments.pop_back();
    }
    auto result = call(what, type, x.where, std::move(arguments));
    result.count = digits;
    return result;
  }
  case op::absolute:
  case op::floor:
  case op::ceil:
    return call(what, type, x.where, std::move(arguments));
  default: {
    auto result = call(what, data_type::real, x.where, std::move(arguments));
    result.nullable = true; // NULL outside of the domain
    return result;
  }
  }
}

value resolver::resolve_text_function(const expr& x, op what,
                                      std::vector<value> arguments) {
  auto good = true;
  for (std::size_t i = 0; i < arguments.size(); ++i)
    if (what == op::substr && i > 0)
      good = expect(arguments[i], x.arguments[i], data_type::integer, x.text)
             && good;
    else
      good = expect_text(arguments[i], x.arguments[i], x.text) && good;
  if (!good)
    return broken(x.where);
  if (what == op::substr) {
    const auto* start = literal_integer(arguments[1]);
    if (start && *start < 1) {
      error("AUR-E0226", x.arguments[1].where,
            "SUBSTR counts from 1, found " + std::to_string(*start));
      return broken(x.where);
    }
    const auto* size
      = arguments.size() > 2 ? literal_integer(arguments[2]) : nullptr;
    if (size && *size < 0) {
      error("AUR-E0226", x.arguments[2].where,
            "the length of SUBSTR is negative: " + std::to_string(*size));
      return broken(x.where);
    }
  }
  auto type = data_type::text;
  if (what == op::length || what == op::position)
    type = data_type::integer;
  if (what == op::contains || what == op::starts_with || what == op::ends_with)
    type = data_type::boolean;
  return call(what, type, x.where, std::move(arguments));
}

} // namespace aura::dsl
