#include "kernels/dsl/reference/values.hpp"

#include "kernels/dsl/reference/calendar.hpp"

#include <cmath>
#include <cstdio>

namespace aura::dsl::interpreter {

namespace {

using kind = value::kind;

value numbered(kind what, std::int64_t number) {
  auto result = value{};
  result.what = what;
  result.number = number;
  return result;
}

bool is_number(const value& x) {
  return x.what == kind::integer || x.what == kind::real;
}

// Exact for both, as the mantissa has 64 bits.
long double exact(const value& x) {
  return x.what == kind::integer ? static_cast<long double>(x.number)
                                 : static_cast<long double>(x.real);
}

template <class T>
int order(const T& a, const T& b) {
  return a < b ? -1 : b < a ? 1 : 0;
}

fault misfit(const datum& x, const schema::column& c) {
  return {errc::damaged_file, "column `" + c.name + "` is "
                                + schema::to_string(c.type) + ", but holds "
                                + to_literal(x)};
}

// Moments must be stored the one way that their format names.
expected<value> stored_moment(const datum& x, const schema::column& c) {
  const auto is_date = c.type == schema::type::date;
  auto seconds = std::int64_t{0};
  if (c.format == schema::date_format::epoch_seconds) {
    const auto* number = std::get_if<std::int64_t>(&x);
    if (!number || !in_calendar(*number))
      return misfit(x, c);
    seconds = *number;
    if (is_date && midnight(seconds) != seconds)
      return misfit(x, c);
  } else {
    const auto* text = std::get_if<std::string>(&x);
    const auto read = text ? read_iso(*text) : std::nullopt;
    if (!read)
      return misfit(x, c);
    seconds = read->seconds;
    auto canonical = is_date ? write_date(seconds) : write_timestamp(seconds);
    if (!is_date && c.format == schema::date_format::iso_t)
      canonical[10] = 'T';
    if (*text != canonical)
      return misfit(x, c);
  }
  return is_date ? of_date(seconds) : of_timestamp(seconds);
}

} // namespace

value of_boolean(bool x) {
  return numbered(kind::boolean, x ? 1 : 0);
}

value of_integer(std::int64_t x) {
  return numbered(kind::integer, x);
}

value of_real(double x) {
  auto result = value{};
  if (std::isnan(x))
    return result;
  result.what = kind::real;
  result.real = x;
  return result;
}

value of_text(std::string x) {
  auto result = value{};
  result.what = kind::text;
  result.text = std::move(x);
  return result;
}

value of_date(std::int64_t midnight) {
  return in_calendar(midnight) ? numbered(kind::date, midnight) : value{};
}

value of_timestamp(std::int64_t seconds) {
  return in_calendar(seconds) ? numbered(kind::timestamp, seconds) : value{};
}

double as_real(const value& x) {
  return x.what == kind::real ? x.real : static_cast<double>(x.number);
}

int compare(const value& a, const value& b) {
  if (is_null(a) || is_null(b))
    return order(!is_null(a), !is_null(b));
  if (is_number(a) && is_number(b))
    return order(exact(a), exact(b));
  if (is_moment(a) && is_moment(b))
    return order(a.number, b.number);
  if (a.what != b.what)
    return order(a.what, b.what);
  return a.what == kind::text ? order(a.text, b.text)
                              : order(a.number, b.number);
}

bool same_cells(const std::vector<value>& a, const std::vector<value>& b) {
  if (a.size() != b.size())
    return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (compare(a[i], b[i]) != 0)
      return false;
  return true;
}

datum to_datum(const value& x) {
  switch (x.what) {
  case kind::null:
    break;
  case kind::boolean:
  case kind::integer:
    return x.number;
  case kind::real:
    return x.real;
  case kind::text:
    return x.text;
  case kind::date:
    return write_date(x.number);
  case kind::timestamp:
    return write_timestamp(x.number);
  }
  return {};
}

std::string to_cast_text(const value& x) {
  switch (x.what) {
  case kind::boolean:
    return x.number != 0 ? "true" : "false";
  case kind::integer:
    return std::to_string(x.number);
  case kind::date:
    return write_date(x.number);
  case kind::timestamp:
    return write_timestamp(x.number);
  case kind::real:
    break;
  case kind::null:
  case kind::text:
    return x.text;
  }
  if (std::isinf(x.real))
    return x.real < 0 ? "-Inf" : "Inf";
  if (x.real == 0)
    return "0.0"; // whatever its sign
  char digits[32];
  std::snprintf(digits, sizeof digits, "%.15g", x.real);
  auto result = std::string{digits};
  if (result.find('.') == std::string::npos) {
    const auto exponent = result.find('e');
    result.insert(exponent == std::string::npos ? result.size() : exponent,
                  ".0");
  }
  return result;
}

expected<value> from_stored(const datum& x, const schema::column& c) {
  if (aura::is_null(x))
    return value{};
  const auto* integer = std::get_if<std::int64_t>(&x);
  const auto* real = std::get_if<double>(&x);
  const auto* text = std::get_if<std::string>(&x);
  switch (c.type) {
  case schema::type::integer:
    if (integer)
      return of_integer(*integer);
    break;
  case schema::type::real:
    if (integer)
      return of_real(static_cast<double>(*integer));
    if (real)
      return of_real(*real);
    break;
  case schema::type::text:
    if (text)
      return of_text(*text);
    break;
  case schema::type::boolean:
    if (integer && (*integer == 0 || *integer == 1))
      return of_boolean(*integer == 1);
    break;
  case schema::type::date:
  case schema::type::timestamp:
    return stored_moment(x, c);
  }
  return misfit(x, c);
}

} // namespace aura::dsl::interpreter
