#include "kernels/dsl/reference/binder.hpp"
#include "kernels/dsl/reference/calendar.hpp"

#include <charconv>
#include <cmath>

namespace aura::dsl::interpreter {

namespace {

using schema::type;

// Integers beyond 64 bits go on as reals here; the language says nothing.
value whole_or_real(context& shared, bool overflow, std::int64_t whole,
                    double real) {
  if (!overflow)
    return of_integer(whole);
  shared.leave_open("an integer beyond 64 bits");
  return of_real(real);
}

value on_integers(context& shared, const std::string& what, std::int64_t a,
                  std::int64_t b) {
  const auto x = static_cast<double>(a);
  const auto y = static_cast<double>(b);
  auto result = std::int64_t{0};
  if (what == "+") {
    const auto beyond = __builtin_add_overflow(a, b, &result);
    return whole_or_real(shared, beyond, result, x + y);
  }
  if (what == "-") {
    const auto beyond = __builtin_sub_overflow(a, b, &result);
    return whole_or_real(shared, beyond, result, x - y);
  }
  if (what == "*") {
    const auto beyond = __builtin_mul_overflow(a, b, &result);
    return whole_or_real(shared, beyond, result, x * y);
  }
  if (b == 0)
    return {};
  if (b == -1) // what the processor cannot divide
    return what == "%" ? of_integer(0) : on_integers(shared, "-", 0, a);
  return of_integer(what == "%" ? a % b : a / b);
}

value on_reals(const std::string& what, double a, double b) {
  if (what == "+")
    return of_real(a + b);
  if (what == "-")
    return of_real(a - b);
  if (what == "*")
    return of_real(a * b);
  if (b == 0)
    return {};
  if (what == "/")
    return of_real(a / b);
  if (what == "//")
    return of_real(std::trunc(a / b));
  return of_real(std::fmod(a, b));
}

bool is_number(const std::optional<type>& x) {
  return !x || x == type::integer || x == type::real;
}

} // namespace

bound binder::bind(const expr& x) const {
  if (!context_.spend())
    return constant(std::nullopt, {});
  switch (x.kind) {
  case expr_kind::null:
  case expr_kind::boolean:
  case expr_kind::integer:
  case expr_kind::real:
  case expr_kind::text:
  case expr_kind::date:
  case expr_kind::timestamp:
    return literal(x);
  case expr_kind::duration:
    return broken("a duration by itself");
  case expr_kind::parameter:
    return parameter(x);
  case expr_kind::column:
    return column(x);
  case expr_kind::unary:
    return unary(x);
  case expr_kind::binary:
    return binary(x);
  case expr_kind::is_null: {
    auto result = bound{};
    result.type = type::boolean;
    result.run
      = [a = bind(x.arguments[0]).run, negated = x.negated](const moment& m) {
          return of_boolean(is_null(a(m)) != negated);
        };
    return result;
  }
  case expr_kind::in_list:
    return membership(x);
  case expr_kind::in_query:
    return membership_in_query(x);
  case expr_kind::between:
    return between(x);
  case expr_kind::like:
    return like(x);
  case expr_kind::during:
    return during(x);
  case expr_kind::call:
    return call(x);
  case expr_kind::case_when:
    return case_when(x);
  case expr_kind::cast:
    return cast(context_, bind(x.arguments[0]), x.text);
  case expr_kind::scalar_query:
    return scalar_query(x);
  }
  return broken("an unknown expression");
}

std::vector<bound> binder::bind_all(const std::vector<expr>& all) const {
  auto result = std::vector<bound>{};
  for (const auto& x : all)
    result.push_back(bind(x));
  return result;
}

function binder::condition(const expr& x) const {
  auto result = bind(x);
  if (result.type && *result.type != type::boolean)
    broken("a condition that is no BOOLEAN");
  return result.run;
}

bound binder::unary(const expr& x) const {
  if (x.text == "NOT") {
    auto result = bound{};
    result.type = type::boolean;
    result.run = [a = condition(x.arguments[0])](const moment& m) {
      const auto v = a(m);
      return is_null(v) ? value{} : of_boolean(!is_true(v));
    };
    return result;
  }
  if (x.arguments[0].kind == expr_kind::integer) {
    auto negative = x.arguments[0];
    negative.text = "-" + negative.text; // -9223372036854775808 is one number
    return literal(negative);
  }
  auto a = bind(x.arguments[0]);
  if (!is_number(a.type))
    return broken("- takes a number");
  auto result = bound{};
  result.type = a.type;
  result.run = [inner = std::move(a.run), &shared = context_](const moment& m) {
    const auto v = inner(m);
    if (is_null(v))
      return value{};
    return v.what == value::kind::integer
             ? on_integers(shared, "-", 0, v.number)
             : of_real(-v.real);
  };
  return result;
}

bound binder::binary(const expr& x) const {
  const auto& left = x.arguments[0];
  const auto& right = x.arguments[1];
  if (x.text == "+" && left.kind == expr_kind::duration)
    return shifted(right, left, 1);
  if (right.kind == expr_kind::duration)
    return shifted(left, right, x.text == "-" ? -1 : 1);
  if (x.text == "AND" || x.text == "OR") {
    auto a = constant(type::boolean, {});
    auto b = a;
    a.run = condition(left);
    b.run = condition(right);
    return logic(x.text == "AND", std::move(a), std::move(b));
  }
  auto a = bind(left);
  auto b = bind(right);
  if (x.text == "||") {
    auto result = bound{};
    result.type = type::text;
    result.run = [p = std::move(a.run), q = std::move(b.run)](const moment& m) {
      const auto v = p(m);
      const auto w = q(m);
      return is_null(v) || is_null(w) ? value{} : of_text(v.text + w.text);
    };
    return result;
  }
  if (x.text == "??") {
    auto result = bound{};
    result.type = unify(context_, {&a, &b});
    result.run = [p = std::move(a.run), q = std::move(b.run)](const moment& m) {
      const auto v = p(m);
      return is_null(v) ? q(m) : v;
    };
    return result;
  }
  for (auto what : {"+", "-", "*", "/", "//", "%"})
    if (x.text == what)
      return arithmetic(x.text, std::move(a), std::move(b));
  return comparison(x.text, std::move(a), std::move(b));
}

bound binder::arithmetic(const std::string& what, bound a, bound b) const {
  if (!is_number(a.type) || !is_number(b.type))
    return broken(what + " takes numbers");
  const auto whole = a.type != type::real && b.type != type::real;
  auto result = bound{};
  result.type = whole && what != "/" ? type::integer : type::real;
  result.run = [p = std::move(a.run), q = std::move(b.run), what, whole,
                &shared = context_](const moment& m) {
    const auto v = p(m);
    const auto w = q(m);
    if (is_null(v) || is_null(w))
      return value{};
    const auto are_whole
      = v.what == value::kind::integer && w.what == value::kind::integer;
    return whole && are_whole && what != "/"
             ? on_integers(shared, what, v.number, w.number)
             : on_reals(what, as_real(v), as_real(w));
  };
  return result;
}

// FALSE AND anything is FALSE, TRUE OR anything is TRUE, else NULL spreads.
bound binder::logic(bool is_and, bound a, bound b) const {
  auto result = bound{};
  result.type = type::boolean;
  result.run
    = [p = std::move(a.run), q = std::move(b.run), is_and](const moment& m) {
        const auto v = p(m);
        const auto w = q(m);
        const auto decides
          = [&](const value& x) { return !is_null(x) && is_true(x) != is_and; };
        if (decides(v) || decides(w))
          return of_boolean(!is_and);
        return is_null(v) || is_null(w) ? value{} : of_boolean(is_and);
      };
  return result;
}

bound binder::comparison(const std::string& what, bound a, bound b) const {
  unify(context_, {&a, &b});
  auto result = bound{};
  result.type = type::boolean;
  result.run
    = [p = std::move(a.run), q = std::move(b.run), what](const moment& m) {
        const auto v = p(m);
        const auto w = q(m);
        if (is_null(v) || is_null(w))
          return value{};
        const auto order = compare(v, w);
        return of_boolean(what == "=="   ? order == 0
                          : what == "!=" ? order != 0
                          : what == "<"  ? order < 0
                          : what == "<=" ? order <= 0
                          : what == ">"  ? order > 0
                                         : order >= 0);
      };
  return result;
}

// A date moved by a duration: by days or longer it stays a DATE.
bound binder::shifted(const expr& moved, const expr& by, int sign) const {
  auto a = bind(moved);
  auto count = std::int64_t{0};
  std::from_chars(by.text.data(), by.text.data() + by.text.size(), count);
  const auto is_long = by.unit >= unit::day;
  if (a.type && *a.type != type::date && *a.type != type::timestamp)
    return broken("a duration beside what is no date");
  auto result = bound{};
  result.type = is_long && a.type == type::date ? type::date : type::timestamp;
  result.run = [inner = std::move(a.run), n = sign * count, by_unit = by.unit,
                kind = *result.type, &shared = context_](const moment& m) {
    const auto v = inner(m);
    return is_null(v) ? v : interpreter::moved(shared, v, n, by_unit, kind);
  };
  return result;
}

} // namespace aura::dsl::interpreter
