#include "kernels/dsl/reference/binder.hpp"
#include "kernels/dsl/reference/calendar.hpp"

#include <charconv>
#include <cmath>

namespace aura::dsl::interpreter {

namespace {

using schema::type;

template <class Function>
bound over_moment(type what, const bound& a, Function f) {
  auto result = bound{};
  result.type = what;
  result.run = [inner = a.run, f](const moment& m) {
    const auto v = inner(m);
    return is_null(v) ? value{} : f(v.number);
  };
  return result;
}

value of_type(type what, std::int64_t seconds) {
  return what == type::date ? of_date(seconds) : of_timestamp(seconds);
}

std::optional<unit> part_named(const std::string& f) {
  if (f == "YEAR")
    return unit::year;
  if (f == "QUARTER")
    return unit::quarter;
  if (f == "MONTH")
    return unit::month;
  if (f == "WEEK")
    return unit::week;
  if (f == "DAY")
    return unit::day;
  if (f == "HOUR")
    return unit::hour;
  if (f == "MINUTE")
    return unit::minute;
  return std::nullopt;
}

// The multiple of `width` at or below `x`.
value number_bin(const value& x, const value& width) {
  if (as_real(width) <= 0)
    return {};
  if (x.what == value::kind::integer && width.what == value::kind::integer) {
    const auto rest = x.number % width.number;
    const auto below = rest < 0 ? rest + width.number : rest;
    auto result = std::int64_t{0};
    return __builtin_sub_overflow(x.number, below, &result)
             ? of_real(as_real(x) - static_cast<double>(below))
             : of_integer(result);
  }
  const auto w = as_real(width);
  return of_real(std::floor(as_real(x) / w) * w);
}

} // namespace

value moved(context& shared, const value& x, std::int64_t n, unit by,
            type kind) {
  const auto there = move(x.number, n, by);
  if (!there)
    shared.leave_open("a moment outside the years 0000 to 9999");
  return there ? of_type(kind, *there) : value{};
}

std::optional<bound> binder::time_call(const expr& x) const {
  const auto& f = x.text;
  if (f == "NOW" || f == "TODAY") {
    if (!context_.now)
      return broken("the moment of NOW() is not given");
    return f == "NOW" ? constant(type::timestamp, of_timestamp(*context_.now))
                      : constant(type::date, of_date(midnight(*context_.now)));
  }
  const auto wanted = part_named(f);
  const auto is = [&](auto... names) { return ((f == names) || ...); };
  if (!wanted
      && !is("DAY_OF_WEEK", "DAY_OF_YEAR", "TRUNC", "BIN", "DATE_DIFF",
             "DATE_ADD", "FORMAT_DATE"))
    return std::nullopt;
  auto a = bind(x.arguments[0]);
  const auto is_number = a.type == type::integer || a.type == type::real;
  if (f == "BIN" && is_number) {
    auto width = bind(x.arguments[1]);
    auto result = bound{};
    result.type = a.type == type::integer && width.type == type::integer
                    ? type::integer
                    : type::real;
    result.run = [p = a.run, q = width.run](const moment& m) {
      const auto v = p(m);
      return is_null(v) ? value{} : number_bin(v, q(m));
    };
    return result;
  }
  if (a.plain_text)
    unify(context_, {&a});
  if (a.type && a.type != type::date && a.type != type::timestamp)
    return broken(f + " takes a DATE or TIMESTAMP");
  const auto same = a.type.value_or(type::timestamp);
  if (wanted)
    return over_moment(type::integer, a, [wanted](std::int64_t s) {
      return of_integer(part(s, *wanted));
    });
  if (f == "DAY_OF_WEEK")
    return over_moment(type::integer, a, [](std::int64_t s) {
      return of_integer(day_of_week(s));
    });
  if (f == "DAY_OF_YEAR")
    return over_moment(type::integer, a, [](std::int64_t s) {
      return of_integer(day_of_year(s));
    });
  if (f == "FORMAT_DATE") {
    const auto format = x.arguments[1].text;
    if (const auto tried = format_moment(0, format); !tried)
      return broken(tried.error().message);
    return over_moment(type::text, a, [format](std::int64_t s) {
      return of_text(*format_moment(s, format));
    });
  }
  if (f == "BIN") {
    auto n = std::int64_t{0};
    const auto& width = x.arguments[1];
    std::from_chars(width.text.data(), width.text.data() + width.text.size(),
                    n);
    if (width.kind != expr_kind::duration || n < 1 || width.unit > unit::week)
      return broken("BIN takes a width of weeks or less");
    return over_moment(same, a, [n, u = width.unit, same](std::int64_t s) {
      return of_type(same, bin(s, n, u));
    });
  }
  const auto by = unit_of(x.arguments.back());
  if (!by)
    return broken(f + " takes a unit such as 'day'");
  if (f == "TRUNC")
    return over_moment(same, a, [by, same](std::int64_t s) {
      return of_type(same, truncate(s, *by));
    });
  auto b = bind(x.arguments[1]);
  auto result = bound{};
  if (f == "DATE_DIFF") {
    unify(context_, {&a, &b});
    result.type = type::integer;
    result.run = [p = a.run, q = b.run, by](const moment& m) {
      const auto v = p(m);
      const auto w = q(m);
      return is_null(v) || is_null(w)
               ? value{}
               : of_integer(distance(v.number, w.number, *by));
    };
    return result;
  }
  result.type
    = same == type::date && *by >= unit::day ? type::date : type::timestamp;
  result.run
    = [p = a.run, q = b.run, by, kind = *result.type](const moment& m) {
        const auto v = p(m);
        const auto n = q(m);
        if (is_null(v) || is_null(n))
          return value{};
        const auto there = move(v.number, n.number, *by);
        return there ? of_type(kind, *there) : value{};
      };
  return result;
}

} // namespace aura::dsl::interpreter
