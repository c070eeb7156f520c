#include "kernels/dsl/reference/binder.hpp"
#include "kernels/dsl/reference/texts.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace aura::dsl::interpreter {

namespace {

using schema::type;

// Applies `f` to the values of all arguments; NULL if one of them is.
template <class Function>
bound strict(type what, const std::vector<bound>& arguments, Function f) {
  auto result = bound{};
  result.type = what;
  result.run = [arguments, f](const moment& m) {
    auto values = std::vector<value>{};
    for (const auto& x : arguments) {
      values.push_back(x.run(m));
      if (is_null(values.back()))
        return value{};
    }
    return f(values);
  };
  return result;
}

value finite(double x) {
  return std::isfinite(x) ? of_real(x) : value{};
}

// Halves away from zero, to a number of decimal digits; below 0 to tens,
// hundreds and so on.
value rounded(const value& x, std::int64_t digits) {
  digits = std::clamp(digits, std::int64_t{-400}, std::int64_t{400});
  const auto is_whole = x.what == value::kind::integer;
  const auto n = is_whole ? static_cast<long double>(x.number)
                          : static_cast<long double>(x.real);
  // Integers have nothing behind the point, nor have reals beyond 2^52.
  if (digits >= 0 && (is_whole || std::fabs(n) >= 4503599627370496.0L))
    return x;
  const auto scale
    = std::pow(10.0L, static_cast<long double>(std::abs(digits)));
  // What was meant as a half is often stored a little below: 2.675.
  const auto size = std::fabs(n) * (digits > 0 ? 1 + 3e-16L : 1.0L);
  const auto away = digits < 0 ? std::floor(size / scale + 0.5L) * scale
                               : std::floor(size * scale + 0.5L) / scale;
  const auto moved = n < 0 ? -away : away;
  return is_whole && away < 9.2e18L
           ? of_integer(static_cast<std::int64_t>(moved))
           : of_real(static_cast<double>(moved));
}

value sign_of(const value& x) {
  const auto n = as_real(x);
  return of_integer(n > 0 ? 1 : n < 0 ? -1 : 0);
}

char raised(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

std::string uppered(std::string x) {
  for (auto& c : x)
    c = raised(c);
  return x;
}

std::string without_blanks(std::string x, bool front, bool back) {
  while (front && x.starts_with(' '))
    x.erase(0, 1);
  while (back && x.ends_with(' '))
    x.pop_back();
  return x;
}

// Characters number `start` up to `start + length`, counted from 1; what lies
// before the first is not there.
std::string part_of(const std::string& x, std::int64_t start,
                    std::int64_t length) {
  const auto all = split_characters(x);
  auto result = std::string{};
  // Far enough below for any text, and no overflow.
  start = std::max(start, -(std::int64_t{1} << 60));
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto at = static_cast<std::int64_t>(i) + 1;
    if (at >= start && at - start < length)
      result += all[i];
  }
  return result;
}

std::string replaced(const std::string& x, const std::string& old,
                     const std::string& by) {
  if (old.empty())
    return x;
  auto result = std::string{};
  auto at = std::size_t{0};
  for (;;) {
    const auto found = x.find(old, at);
    result += x.substr(at, found - at);
    if (found == std::string::npos)
      return result;
    result += by;
    at = found + old.size();
  }
}

// The number of the character where `needle` begins; 0 if it is not there.
value position_of(const std::string& needle, const std::string& x) {
  const auto found = x.find(needle);
  if (found == std::string::npos)
    return of_integer(0);
  return of_integer(
    static_cast<std::int64_t>(split_characters(x.substr(0, found)).size()) + 1);
}

bool contains(const std::string& x, const std::string& y) {
  return lowered(x).find(lowered(y)) != std::string::npos;
}

// Whether a function gets as many arguments as it takes.
bool has_arguments(const expr& x) {
  struct entry {
    std::string_view name;
    std::size_t least;
    std::size_t most;
  };
  constexpr auto any = std::size_t{1000};
  static constexpr auto others = std::to_array<entry>({
    {"ROUND", 1, 2},      {"POWER", 2, 2},        {"SUBSTR", 2, 3},
    {"REPLACE", 3, 3},    {"POSITION", 2, 2},     {"CONCAT", 1, any},
    {"CONTAINS", 2, 2},   {"STARTS_WITH", 2, 2},  {"ENDS_WITH", 2, 2},
    {"NOW", 0, 0},        {"TODAY", 0, 0},        {"TRUNC", 2, 2},
    {"BIN", 2, 2},        {"DATE_DIFF", 3, 3},    {"DATE_ADD", 3, 3},
    {"IF", 3, 3},         {"FORMAT_DATE", 2, 2},  {"COALESCE", 1, any},
    {"NULLIF", 2, 2},     {"COUNT", 0, 1},        {"PERCENTILE", 2, 2},
    {"STRING_AGG", 2, 2}, {"ARG_MAX", 2, 2},      {"ARG_MIN", 2, 2},
    {"ROW_NUMBER", 0, 0}, {"RANK", 0, 0},         {"DENSE_RANK", 0, 0},
    {"LAG", 1, 3},        {"PERCENT_RANK", 0, 0}, {"LEAD", 1, 3},
  });
  const auto n = x.arguments.size();
  for (const auto& [name, least, most] : others)
    if (x.text == name)
      return least <= n && n <= most;
  return n == 1;
}

double known(const std::string& name, double x) {
  if (name == "SQRT")
    return x < 0 ? NAN : std::sqrt(x);
  if (name == "EXP")
    return std::exp(x);
  if (x <= 0)
    return NAN;
  return name == "LN" ? std::log(x) : std::log10(x);
}

} // namespace

bound binder::call(const expr& x) const {
  if (!has_arguments(x))
    return broken(x.text + " with " + std::to_string(x.arguments.size())
                  + " arguments");
  for (auto find :
       {&binder::aggregate_call, &binder::window_call, &binder::number_call,
        &binder::text_call, &binder::time_call, &binder::choice_call})
    if (auto found = (this->*find)(x))
      return *found;
  return broken("there is no function " + x.text + " here");
}

std::optional<bound> binder::number_call(const expr& x) const {
  const auto& f = x.text;
  const auto is = [&](auto... names) { return ((f == names) || ...); };
  if (!is("ABS", "SIGN", "ROUND", "FLOOR", "CEIL", "SQRT", "EXP", "LN", "LOG10",
          "POWER"))
    return std::nullopt;
  const auto a = bind_all(x.arguments);
  for (const auto& one : a)
    if (one.type && one.type != type::integer && one.type != type::real)
      return broken(f + " takes numbers");
  const auto same = a[0].type.value_or(type::integer);
  if (is("SIGN"))
    return strict(type::integer, a,
                  [](const auto& v) { return sign_of(v[0]); });
  if (is("ABS"))
    return strict(same, a, [&shared = context_](const auto& v) {
      if (v[0].what == value::kind::real)
        return of_real(std::fabs(v[0].real));
      if (v[0].number == INT64_MIN)
        shared.fail(errc::sql_error, "integer overflow");
      return of_integer(v[0].number < 0 ? -v[0].number : v[0].number);
    });
  if (is("ROUND"))
    return strict(same, a, [](const auto& v) {
      return rounded(v[0], v.size() > 1 ? v[1].number : 0);
    });
  if (is("FLOOR", "CEIL"))
    return strict(same, a, [up = is("CEIL")](const auto& v) {
      if (v[0].what == value::kind::integer)
        return v[0];
      return of_real(up ? std::ceil(v[0].real) : std::floor(v[0].real));
    });
  if (is("POWER"))
    return strict(type::real, a, [](const auto& v) {
      return finite(std::pow(as_real(v[0]), as_real(v[1])));
    });
  return strict(type::real, a,
                [f](const auto& v) { return finite(known(f, as_real(v[0]))); });
}

std::optional<bound> binder::text_call(const expr& x) const {
  const auto& f = x.text;
  const auto is = [&](auto... names) { return ((f == names) || ...); };
  if (!is("LOWER", "UPPER", "TRIM", "LTRIM", "RTRIM", "LENGTH", "SUBSTR",
          "REPLACE", "POSITION", "CONCAT", "CONTAINS", "STARTS_WITH",
          "ENDS_WITH"))
    return std::nullopt;
  const auto a = bind_all(x.arguments);
  if (is("LOWER", "UPPER"))
    return strict(type::text, a, [up = is("UPPER")](const auto& v) {
      return of_text(up ? uppered(v[0].text) : lowered(v[0].text));
    });
  if (is("TRIM", "LTRIM", "RTRIM"))
    return strict(type::text, a,
                  [front = !is("RTRIM"), back = !is("LTRIM")](const auto& v) {
                    return of_text(without_blanks(v[0].text, front, back));
                  });
  if (is("LENGTH"))
    return strict(type::integer, a, [](const auto& v) {
      return of_integer(
        static_cast<std::int64_t>(split_characters(v[0].text).size()));
    });
  if (is("SUBSTR"))
    return strict(type::text, a, [](const auto& v) {
      return of_text(part_of(v[0].text, v[1].number,
                             v.size() > 2 ? v[2].number : INT64_MAX));
    });
  if (is("REPLACE"))
    return strict(type::text, a, [](const auto& v) {
      return of_text(replaced(v[0].text, v[1].text, v[2].text));
    });
  if (is("POSITION"))
    return strict(type::integer, a, [](const auto& v) {
      return position_of(v[0].text, v[1].text);
    });
  if (is("CONCAT"))
    return strict(type::text, a, [](const auto& v) {
      auto all = std::string{};
      for (const auto& one : v)
        all += one.text;
      return of_text(std::move(all));
    });
  if (is("CONTAINS"))
    return strict(type::boolean, a, [](const auto& v) {
      return of_boolean(contains(v[0].text, v[1].text));
    });
  return strict(type::boolean, a, [end = is("ENDS_WITH")](const auto& v) {
    const auto whole = lowered(v[0].text);
    const auto piece = lowered(v[1].text);
    return of_boolean(end ? whole.ends_with(piece) : whole.starts_with(piece));
  });
}

std::optional<bound> binder::choice_call(const expr& x) const {
  if (x.text == "IF") {
    auto a = bind(x.arguments[1]);
    auto b = bind(x.arguments[2]);
    auto result = bound{};
    result.type = unify(context_, {&a, &b});
    result.run = [p = condition(x.arguments[0]), yes = std::move(a.run),
                  no = std::move(b.run)](const moment& m) {
      return is_true(p(m)) ? yes(m) : no(m);
    };
    return result;
  }
  if (x.text == "COALESCE") {
    auto all = bind_all(x.arguments);
    auto pointers = std::vector<bound*>{};
    for (auto& one : all)
      pointers.push_back(&one);
    auto result = bound{};
    result.type = unify(context_, pointers);
    result.run = [all](const moment& m) {
      for (const auto& one : all)
        if (auto v = one.run(m); !is_null(v))
          return v;
      return value{};
    };
    return result;
  }
  if (x.text != "NULLIF")
    return std::nullopt;
  // The value keeps its own type; only the comparison needs a common one.
  const auto a = bind(x.arguments[0]);
  const auto equal = comparison("==", a, bind(x.arguments[1]));
  auto result = bound{};
  result.type = a.type;
  result.run = [p = a.run, same = equal.run](const moment& m) {
    return is_true(same(m)) ? value{} : p(m);
  };
  return result;
}

} // namespace aura::dsl::interpreter
