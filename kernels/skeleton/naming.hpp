#pragma once

#include "kernels/dsl/syntax.hpp"

#include <optional>
#include <string>
#include <vector>

namespace aura::skeleton {

/// The aggregate functions of the language.
bool is_aggregate(const std::string& function);

/// The name a result column has without AS: `kwh`, `room` of `device.room`,
/// `sum_kwh` of `SUM(kwh)`, `count` of `COUNT()`. Nothing if AS is required.
std::optional<std::string> default_name(const dsl::expr& x);

/// The name that the sampler writes after AS: one word told by the outermost
/// operation (`ratio` of a division, `month` of MONTH(x) and of
/// TRUNC(x, 'month'), `label` of IF), so that a model can learn the rule.
std::string alias_of(const dsl::expr& x);

/// The names of the columns in sight, to keep new ones apart from them.
class taken_names {
public:
  void add(const std::string& name);
  bool contains(const std::string& name) const;

  /// `x` with its default name where that is allowed and free, else AS a free
  /// alias: `ratio`, `ratio_2`, …; `into` gets the name it ends up with.
  dsl::item name(dsl::expr x, std::string* into = nullptr);

private:
  std::vector<std::string> names_;
};

} // namespace aura::skeleton
