#include "kernels/dsl/reference/binder.hpp"
#include "kernels/dsl/reference/calendar.hpp"
#include "kernels/dsl/words.hpp"

#include <charconv>
#include <cmath>
#include <cstdlib>

namespace aura::dsl::interpreter {

namespace {

using schema::type;

constexpr auto blanks = " \t\n\v\f\r";

std::string_view trimmed(std::string_view x) {
  const auto first = x.find_first_not_of(blanks);
  if (first == std::string_view::npos)
    return {};
  return x.substr(first, x.find_last_not_of(blanks) - first + 1);
}

std::size_t digits_at(std::string_view x, std::size_t at) {
  const auto end = x.find_first_not_of("0123456789", at);
  return (end == std::string_view::npos ? x.size() : end) - at;
}

std::size_t sign_at(std::string_view x, std::size_t at) {
  return at < x.size() && (x[at] == '-' || x[at] == '+') ? 1 : 0;
}

// A real cut to an integer of 64 bits.
value cut(double x) {
  if (x >= 9223372036854775808.0)
    return of_integer(INT64_MAX);
  if (x <= -9223372036854775808.0)
    return of_integer(INT64_MIN);
  return of_integer(static_cast<std::int64_t>(x));
}

// The whole number that a text begins with, or 0.
value text_to_integer(std::string_view x) {
  x = trimmed(x);
  const auto negative = x.starts_with('-');
  x.remove_prefix(sign_at(x, 0));
  auto number = std::uint64_t{0};
  const auto [end, error]
    = std::from_chars(x.data(), x.data() + digits_at(x, 0), number);
  if (error == std::errc::result_out_of_range || number > INT64_MAX)
    return of_integer(negative ? INT64_MIN : INT64_MAX);
  const auto positive = static_cast<std::int64_t>(number);
  return of_integer(negative ? -positive : positive);
}

// The number that a text begins with, or 0.
value text_to_real(std::string_view x) {
  x = trimmed(x);
  auto end = sign_at(x, 0);
  const auto whole = digits_at(x, end);
  end += whole;
  auto fraction = std::size_t{0};
  if (end < x.size() && x[end] == '.') {
    fraction = digits_at(x, end + 1);
    end += 1 + fraction;
  }
  if (whole + fraction == 0)
    return of_real(0);
  if (end < x.size() && (x[end] == 'e' || x[end] == 'E')) {
    const auto sign = sign_at(x, end + 1);
    if (const auto power = digits_at(x, end + 1 + sign); power > 0)
      end += 1 + sign + power;
  }
  return of_real(std::strtod(std::string{x.substr(0, end)}.c_str(), nullptr));
}

value text_to_boolean(const std::string& text) {
  const auto x = lowered(text);
  for (auto yes : {"true", "t", "yes", "y", "1"})
    if (x == yes)
      return of_boolean(true);
  for (auto no : {"false", "f", "no", "n", "0"})
    if (x == no)
      return of_boolean(false);
  return {};
}

value to_integer(const value& x) {
  if (x.what == value::kind::text)
    return text_to_integer(x.text);
  return x.what == value::kind::real ? cut(x.real) : of_integer(x.number);
}

value to_real(const value& x) {
  return x.what == value::kind::text ? text_to_real(x.text)
                                     : of_real(as_real(x));
}

value to_boolean(const value& x) {
  if (x.what == value::kind::text)
    return text_to_boolean(x.text);
  return of_boolean(as_real(x) != 0);
}

// `2024-01-31 08:00:00.250Z` without what is behind its seconds.
std::string_view without_fraction(std::string_view x) {
  if (x.size() > 16 && x.ends_with('Z'))
    x.remove_suffix(1);
  if (x.size() > 20 && x[19] == '.' && digits_at(x, 20) == x.size() - 20)
    x = x.substr(0, 19);
  return x;
}

value to_moment(const value& x, type wanted) {
  auto seconds = x.number;
  if (x.what == value::kind::text) {
    const auto read = read_iso(without_fraction(x.text));
    if (!read)
      return {};
    seconds = read->seconds;
  }
  return wanted == type::date ? of_date(midnight(seconds))
                              : of_timestamp(seconds);
}

bound converted(bound x, type wanted, value (*convert)(const value&)) {
  auto result = bound{};
  result.type = wanted;
  result.run = [inner = std::move(x.run), convert](const moment& m) {
    const auto v = inner(m);
    return is_null(v) ? value{} : convert(v);
  };
  return result;
}

bool is_date_type(type x) {
  return x == type::date || x == type::timestamp;
}

value to_date(const value& x) {
  return to_moment(x, type::date);
}

value to_timestamp(const value& x) {
  return to_moment(x, type::timestamp);
}

value to_text(const value& x) {
  return of_text(to_cast_text(x));
}

} // namespace

bound constant(std::optional<type> kind, value x) {
  auto result = bound{};
  result.type = kind;
  result.run = [x = std::move(x)](const moment&) { return x; };
  return result;
}

std::optional<unit> unit_of(const expr& x) {
  return x.kind == expr_kind::text ? find_unit(x.text) : std::nullopt;
}

bound cast(context& shared, bound x, const std::string& wanted) {
  if (wanted == "INTEGER")
    return converted(std::move(x), type::integer, to_integer);
  if (wanted == "REAL")
    return converted(std::move(x), type::real, to_real);
  if (wanted == "TEXT")
    return converted(std::move(x), type::text, to_text);
  if (wanted == "BOOLEAN")
    return converted(std::move(x), type::boolean, to_boolean);
  if (wanted == "DATE")
    return converted(std::move(x), type::date, to_date);
  if (wanted == "TIMESTAMP")
    return converted(std::move(x), type::timestamp, to_timestamp);
  shared.fail(errc::resolve_error, "no CAST to " + wanted);
  return x;
}

bound coerce(context& shared, bound x, type wanted) {
  if (!x.type) {
    x.type = wanted;
    return x;
  }
  if (*x.type == wanted)
    return x;
  if (x.plain_text && is_date_type(wanted)) {
    if (!read_iso(x.text))
      shared.fail(errc::resolve_error, "not a date: '" + x.text + "'");
    return converted(std::move(x), wanted,
                     wanted == type::date ? to_date : to_timestamp);
  }
  if (*x.type == type::integer && wanted == type::real)
    return converted(std::move(x), wanted, to_real);
  if (*x.type == type::date && wanted == type::timestamp)
    return converted(std::move(x), wanted, to_timestamp);
  shared.fail(errc::resolve_error, std::string{schema::to_string(*x.type)}
                                     + " does not become "
                                     + schema::to_string(wanted));
  return x;
}

type unify(context& shared, std::vector<bound*> all) {
  auto common = std::optional<type>{};
  const auto join = [&](type next) {
    const auto either = [&](type x) { return common == x || next == x; };
    if (!common || *common == next)
      common = next;
    else if (either(type::integer) && either(type::real))
      common = type::real;
    else if (either(type::date) && either(type::timestamp))
      common = type::timestamp;
    else
      shared.fail(errc::resolve_error, std::string{schema::to_string(*common)}
                                         + " beside "
                                         + schema::to_string(next));
  };
  for (const auto* x : all)
    if (x->type && !x->plain_text)
      join(*x->type);
  for (const auto* x : all) {
    if (!x->plain_text)
      continue;
    const auto read = common && is_date_type(*common)
                        ? read_iso(trimmed(x->text))
                        : std::nullopt;
    join(!read ? type::text : read->has_time ? type::timestamp : *common);
  }
  for (auto* x : all)
    *x = coerce(shared, std::move(*x), common.value_or(type::text));
  return common.value_or(type::text);
}

bound binder::literal(const expr& x) const {
  switch (x.kind) {
  case expr_kind::boolean:
    return constant(type::boolean, of_boolean(x.text == "TRUE"));
  case expr_kind::integer: {
    auto number = std::int64_t{0};
    const auto [end, error]
      = std::from_chars(x.text.data(), x.text.data() + x.text.size(), number);
    if (error != std::errc{} || end != x.text.data() + x.text.size())
      return broken("integer beyond 64 bits: " + x.text);
    return constant(type::integer, of_integer(number));
  }
  case expr_kind::real:
    return constant(type::real, of_real(std::strtod(x.text.c_str(), nullptr)));
  case expr_kind::text: {
    auto result = constant(type::text, of_text(x.text));
    result.plain_text = true;
    result.text = x.text;
    return result;
  }
  case expr_kind::date:
  case expr_kind::timestamp: {
    const auto read = read_iso(x.text);
    if (!read)
      return broken("not a date: '" + x.text + "'");
    if (x.kind == expr_kind::date)
      return constant(type::date, of_date(midnight(read->seconds)));
    return constant(type::timestamp, of_timestamp(read->seconds));
  }
  default:
    return constant(std::nullopt, {});
  }
}

bound binder::parameter(const expr& x) const {
  const auto found = context_.options.parameters.find(x.text);
  if (found == context_.options.parameters.end())
    return broken("no value for parameter $" + x.text);
  if (const auto* text = std::get_if<std::string>(&found->second)) {
    auto result = constant(type::text, of_text(*text));
    result.plain_text = true;
    result.text = *text;
    return result;
  }
  if (const auto* number = std::get_if<std::int64_t>(&found->second))
    return constant(type::integer, of_integer(*number));
  if (const auto* real = std::get_if<double>(&found->second))
    return constant(type::real, of_real(*real));
  return constant(std::nullopt, {});
}

} // namespace aura::dsl::interpreter
