#pragma once

namespace aura::flow {

/// What one row of a stage costs that somebody else is paid for: an interval,
/// since replies differ in length. A stage that has one offers
/// `std::optional<row_cost> cost_of(const its_options&)`, and nothing where the
/// price is not known.
struct row_cost {
  double tokens_low = 0;
  double tokens_high = 0;
  double dollars_low = 0;
  double dollars_high = 0;
};

} // namespace aura::flow
