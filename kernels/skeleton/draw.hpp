#pragma once

#include "kernels/base/random.hpp"
#include "kernels/dsl/syntax.hpp"
#include "kernels/schema/schema.hpp"
#include "kernels/skeleton/reach.hpp"
#include "kernels/skeleton/sampler.hpp"

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

/// What the parts of the sampler share: one draw over one table.
namespace aura::skeleton {

struct draw {
  const schema::schema& s;
  const sampler_options& options;
  random_stream& random;
  const schema::table* table = nullptr;
  std::vector<reachable> columns;

  /// Chooses a table.
  draw(const schema::schema& schema, const sampler_options& how,
       random_stream& stream);

  /// A column that `suits`; own columns are preferred to paths, four to one.
  /// Null if there is none.
  template <class Predicate>
  const reachable* pick(Predicate suits) {
    auto own = candidates_of(true, suits);
    auto far = candidates_of(false, suits);
    if (own.empty() && far.empty())
      return nullptr;
    if (far.empty() || (!own.empty() && random.chance(0.8)))
      return random.pick(own);
    return random.pick(far);
  }

  const reachable* pick_role(std::initializer_list<role> wanted) {
    return pick([&](const reachable& x) {
      return std::find(wanted.begin(), wanted.end(), x.role) != wanted.end();
    });
  }

  /// A column by which rows fall into groups.
  const reachable* pick_kind() {
    return pick([](const reachable& x) {
      return !x.unique && x.role != role::measure && x.role != role::moment
             && x.role != role::flag;
    });
  }

  /// Takes out of reach the columns that `predicate` holds to one value.
  void settle(const dsl::expr& predicate);

  /// An index with probability proportional to its weight.
  std::size_t choose(std::initializer_list<double> weights) {
    return random.weighted(std::span{weights.begin(), weights.size()});
  }

private:
  template <class Predicate>
  std::vector<const reachable*> candidates_of(bool own, Predicate& suits) {
    auto result = std::vector<const reachable*>{};
    for (const auto& x : columns)
      if (x.own() == own && suits(x))
        result.push_back(&x);
    return result;
  }
};

inline dsl::expr as_expr(const reachable& x) {
  auto result = dsl::expr{};
  result.kind = dsl::expr_kind::column;
  for (const auto& part : x.path)
    result.path.push_back({part, {}});
  return result;
}

// values.cpp

/// A plausible threshold for a measure or level, not negative; `scale` widens
/// it for sums. Nothing if the column takes no such number.
std::optional<dsl::expr> number_for(draw& d, const schema::column& c,
                                    double scale = 1);

/// `count` different declared values. @pre c.values.size() >= count
std::vector<dsl::expr> values_for(draw& d, const schema::column& c,
                                  std::size_t count);

/// A piece of a declared value: its beginning, its end, or a word within.
enum class fragment : std::uint8_t { beginning, middle, end };
std::optional<std::string> fragment_for(draw& d, const schema::column& c,
                                        fragment where);

/// An ISO day within the declared range.
std::string day_for(draw& d, const schema::column& c);

dsl::period period_for(draw& d, const schema::column& c);

// predicates.cpp

/// One to three conditions on different columns. Nothing if the table offers
/// none.
std::optional<dsl::expr> predicate(draw& d, std::size_t most);

// expressions.cpp

/// A computed value of one row. Nothing if the table offers none.
std::optional<dsl::expr> computed(draw& d);

/// A number computed from measures by arithmetic.
std::optional<dsl::expr> arithmetic(draw& d);

/// A part of a date such as MONTH(x), or TRUNC(x, 'month').
std::optional<dsl::expr> date_part(draw& d, bool as_key);

// aggregates.cpp

/// An item of AGGREGATE. `conditions` allows WHERE inside the call.
dsl::expr aggregate_item(draw& d, bool conditions);

/// A grouping key. Nothing if the table offers none.
std::optional<dsl::expr> grouping_key(draw& d);

/// A plausible threshold for the value of `item`.
dsl::expr threshold(draw& d, const dsl::expr& item);

} // namespace aura::skeleton
