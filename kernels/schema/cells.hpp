#pragma once

#include "kernels/base/random.hpp"
#include "kernels/base/value.hpp"
#include "kernels/schema/schema.hpp"
#include "kernels/schema/seed.hpp"

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace aura::schema {

/// Invents values for one column of a state, none of them NULL, in the form in
/// which the column stores them. What it needs of its arguments it copies,
/// the column excepted, which must outlive it.
class cell_source {
public:
  /// `now` in seconds since 1970; `random` decides which few values a state
  /// of small domains uses.
  cell_source(const table& t, const column& c, state_kind kind,
              std::int64_t now, random_stream random);

  /// A value as the kind of state likes it.
  datum draw(random_stream& random) const;

  /// A value from the whole domain, for keys that must not collide.
  datum draw_widely(random_stream& random) const;

  /// The value of a key made of this column alone; different for each `index`.
  datum key(std::int64_t index) const;

  /// Whether the column declares that it may hold `stored`.
  bool conforms(const datum& stored) const;

  /// The neighbours of `stored`: one step up and down, another case, a prefix.
  std::vector<datum> neighbours(const datum& stored) const;

  /// A literal of a query as this column stores it; NULL if it cannot.
  datum stored_form(const datum& written) const;

private:
  datum realistic(random_stream& random) const;
  datum number(random_stream& random) const;
  datum words(random_stream& random) const;
  datum time(random_stream& random) const;
  datum skewed(random_stream& random) const;
  std::vector<datum> boundaries() const;
  std::vector<datum> extremes() const;
  std::vector<datum> period_edges() const;
  datum at(std::int64_t seconds) const;
  datum rounded(double x) const;
  bool temporal() const;
  std::pair<std::int64_t, std::int64_t> integer_ends() const;
  std::pair<double, double> real_ends() const;

  const column* column_;
  std::string_view table_;
  state_kind kind_;
  std::int64_t now_;
  /// The ends of a temporal column in seconds.
  std::int64_t first_ = 0;
  std::int64_t last_ = 0;
  /// The values that a state of small domains draws from.
  std::vector<datum> pool_;
};

/// `x + step`, or `x` where that would overflow.
inline std::int64_t stepped(std::int64_t x, std::int64_t step) {
  auto sum = std::int64_t{};
  return __builtin_add_overflow(x, step, &sum) ? x : sum;
}

} // namespace aura::schema
