#include "kernels/dsl/reference/binder.hpp"
#include "kernels/dsl/reference/ordering.hpp"

#include <algorithm>
#include <cmath>

namespace aura::dsl::interpreter {

namespace {

using schema::type;
using values = std::vector<value>;

bool less(const value& a, const value& b) {
  return compare(a, b) < 0;
}

bool equal(const value& a, const value& b) {
  return compare(a, b) == 0;
}

value sum_of(context& shared, const values& all) {
  if (all.empty())
    return {};
  auto whole = std::int64_t{0};
  auto real = 0.0;
  auto is_real = false;
  auto overflow = false;
  for (const auto& x : all) {
    if (x.what == value::kind::integer)
      overflow = __builtin_add_overflow(whole, x.number, &whole) || overflow;
    else
      is_real = true;
    real += as_real(x);
  }
  if (is_real)
    return of_real(real);
  if (overflow)
    shared.fail(errc::sql_error, "integer overflow");
  return of_integer(whole);
}

value mean_of(const values& all) {
  if (all.empty())
    return {};
  auto total = 0.0;
  for (const auto& x : all)
    total += as_real(x);
  return of_real(total / static_cast<double>(all.size()));
}

// Between the two nearest of the sorted values, on the line through them.
value percentile_of(values all, double place) {
  if (all.empty() || !(place >= 0 && place <= 1))
    return {};
  std::sort(all.begin(), all.end(), less);
  const auto at = place * static_cast<double>(all.size() - 1);
  const auto below = static_cast<std::size_t>(std::floor(at));
  const auto above = std::min(below + 1, all.size() - 1);
  const auto low = as_real(all[below]);
  const auto high = as_real(all[above]);
  const auto share = at - static_cast<double>(below);
  return of_real(share == 0 ? low : low * (1 - share) + high * share);
}

// The mean square of what lies between a value and the mean, in two passes.
value variance_of(const values& all, bool of_sample) {
  const auto n = static_cast<double>(all.size());
  if (all.empty() || (of_sample && all.size() < 2))
    return {};
  auto mean = 0.0L;
  for (const auto& x : all)
    mean += static_cast<long double>(as_real(x));
  mean /= static_cast<long double>(n);
  auto squares = 0.0L;
  for (const auto& x : all) {
    const auto off = static_cast<long double>(as_real(x)) - mean;
    squares += off * off;
  }
  return of_real(static_cast<double>(squares) / (of_sample ? n - 1 : n));
}

value root_of(const value& x) {
  return is_null(x) ? x : of_real(std::sqrt(x.real));
}

// The values of an argument over the rows that a call sees, NULLs left out.
struct seen {
  function argument;
  function condition; // empty: all rows

  template <class Visit>
  void each(const moment& m, Visit visit) const {
    for (const auto* one : *m.group) {
      const auto here = moment{one, nullptr, nullptr};
      if (!condition || is_true(condition(here)))
        visit(here);
    }
  }

  values all(const moment& m) const {
    auto result = values{};
    each(m, [&](const moment& here) {
      auto v = argument(here);
      if (!is_null(v))
        result.push_back(std::move(v));
    });
    return result;
  }
};

value numeric(const std::string& f, context& shared, const values& all) {
  if (f == "SUM")
    return sum_of(shared, all);
  if (f == "AVG")
    return mean_of(all);
  if (f == "MEDIAN")
    return percentile_of(all, 0.5);
  if (f == "VARIANCE" || f == "VARIANCE_POP")
    return variance_of(all, f == "VARIANCE");
  return root_of(variance_of(all, f == "STDDEV"));
}

value counted(const expr& x, const seen& rows, const moment& m) {
  if (x.arguments.empty()) {
    auto n = std::int64_t{0};
    rows.each(m, [&](const moment&) { ++n; });
    return of_integer(n);
  }
  auto all = rows.all(m);
  if (x.distinct) {
    std::sort(all.begin(), all.end(), less);
    all.erase(std::unique(all.begin(), all.end(), equal), all.end());
  }
  return of_integer(static_cast<std::int64_t>(all.size()));
}

// The value beside the greatest or least `by`; of several the least value,
// where NULL is the least. Rows without a `by` do not count.
value best_of(const seen& rows, const function& by, bool greatest,
              const moment& m) {
  auto best = value{};
  auto result = value{};
  rows.each(m, [&](const moment& here) {
    auto key = by(here);
    if (is_null(key))
      return;
    auto v = rows.argument(here);
    const auto order
      = is_null(best) ? 1 : compare(key, best) * (greatest ? 1 : -1);
    if (order > 0 || (order == 0 && less(v, result))) {
      best = std::move(key);
      result = std::move(v);
    }
  });
  return result;
}

struct joined {
  std::string separator;
  std::vector<direction> directions;
  std::vector<function> keys;
  bool distinct = false;
};

// The texts in the order of the keys, then of the texts themselves. With
// DISTINCT each stays where it comes first.
value texts_of(const seen& rows, const joined& how, const moment& m) {
  struct entry {
    cells keys;
    value text;
  };
  auto all = std::vector<entry>{};
  rows.each(m, [&](const moment& here) {
    auto next = entry{{}, rows.argument(here)};
    if (is_null(next.text))
      return;
    for (const auto& key : how.keys)
      next.keys.push_back(key(here));
    all.push_back(std::move(next));
  });
  std::stable_sort(all.begin(), all.end(), [&](const auto& a, const auto& b) {
    const auto order = compare_keys(a.keys, b.keys, how.directions);
    return order != 0 ? order < 0 : less(a.text, b.text);
  });
  auto result = value{};
  auto used = values{};
  for (const auto& x : all) {
    const auto is_same = [&](const value& y) { return equal(x.text, y); };
    if (how.distinct && std::any_of(used.begin(), used.end(), is_same))
      continue;
    used.push_back(x.text);
    if (is_null(result))
      result = of_text(x.text.text);
    else
      result.text += how.separator + x.text.text;
  }
  return result;
}

} // namespace

std::optional<bound> binder::aggregate_call(const expr& x) const {
  const auto& f = x.text;
  const auto is = [&](auto... names) { return ((f == names) || ...); };
  if (!is("COUNT", "SUM", "AVG", "MIN", "MAX", "MEDIAN", "PERCENTILE", "STDDEV",
          "STDDEV_POP", "VARIANCE", "VARIANCE_POP", "STRING_AGG", "ARG_MAX",
          "ARG_MIN", "ANY", "ALL", "ANY_VALUE"))
    return std::nullopt;
  if (calls_ == calls::scalar)
    return broken(f + " does not belong here");
  // What stands inside is about one row.
  const auto inner = binder{context_, over_};
  auto rows = seen{};
  auto argument = constant(std::nullopt, {});
  if (!x.arguments.empty())
    argument = inner.bind(x.arguments[0]);
  rows.argument = argument.run;
  if (!x.condition.empty())
    rows.condition = inner.condition(x.condition[0]);
  const auto made = [&](type what, auto run) {
    auto result = bound{};
    result.type = what;
    result.run = [&shared = context_, run](const moment& m) {
      if (!m.group || !shared.spend(m.group->size() + 1))
        return value{};
      return run(m);
    };
    return std::optional{result};
  };
  if (is("COUNT"))
    return made(type::integer,
                [x, rows](const moment& m) { return counted(x, rows, m); });
  if (is("MIN", "MAX", "ANY_VALUE"))
    return made(argument.type.value_or(type::text),
                [rows, greatest = is("MAX")](const moment& m) {
                  const auto all = rows.all(m);
                  if (all.empty())
                    return value{};
                  return greatest
                           ? *std::max_element(all.begin(), all.end(), less)
                           : *std::min_element(all.begin(), all.end(), less);
                });
  if (is("ANY", "ALL"))
    return made(type::boolean, [rows, wanted = is("ANY")](const moment& m) {
      for (const auto& v : rows.all(m))
        if (is_true(v) == wanted)
          return of_boolean(wanted);
      return of_boolean(!wanted);
    });
  if (is("ARG_MAX", "ARG_MIN"))
    return made(argument.type.value_or(type::text),
                [rows, by = inner.bind(x.arguments[1]).run,
                 greatest = is("ARG_MAX")](const moment& m) {
                  return best_of(rows, by, greatest, m);
                });
  if (is("STRING_AGG")) {
    auto how = joined{};
    how.separator = x.arguments[1].text;
    how.distinct = x.distinct;
    for (const auto& key : x.sort) {
      how.keys.push_back(inner.bind(key.value).run);
      how.directions.push_back(direction_of(key));
    }
    return made(type::text, [rows, how](const moment& m) {
      return texts_of(rows, how, m);
    });
  }
  if (is("PERCENTILE"))
    return made(type::real, [rows, place = inner.bind(x.arguments[1]).run](
                              const moment& m) {
      return percentile_of(rows.all(m), as_real(place({})));
    });
  const auto what
    = is("SUM") && argument.type == type::integer ? type::integer : type::real;
  return made(what, [f, rows, &shared = context_](const moment& m) {
    return numeric(f, shared, rows.all(m));
  });
}

} // namespace aura::dsl::interpreter
