#include "actors/net/rate_budget.hpp"

#include <algorithm>
#include <cmath>

namespace aura::net {

namespace {

constexpr auto saved = 1.0 / 30.0; // of a minute

double minutes(instant::duration x) {
  return std::chrono::duration<double, std::ratio<60>>(x).count();
}

} // namespace

rate_budget::rate_budget(double per_minute, instant now)
  : per_minute_{per_minute}, level_{most()}, updated_{now} {
}

double rate_budget::most() const {
  return std::max(1.0, per_minute_ * saved);
}

double rate_budget::level(instant now) const {
  return std::min(most(), level_ + minutes(now - updated_) * per_minute_);
}

milliseconds rate_budget::wait(double amount, instant now) const {
  if (per_minute_ <= 0.0)
    return milliseconds{0};
  const auto missing = std::min(amount, most()) - level(now);
  if (missing <= 0.0)
    return milliseconds{0};
  // A little more, lest rounding makes the caller come too early.
  return milliseconds{
    static_cast<std::int64_t>(std::ceil(missing / per_minute_ * 60e3 + 1e-6))};
}

void rate_budget::take(double amount, instant now) {
  if (per_minute_ <= 0.0)
    return;
  level_ = level(now) - amount;
  updated_ = now;
}

void rate_budget::give_back(double amount) {
  if (per_minute_ > 0.0)
    level_ = std::min(most(), level_ + amount);
}

} // namespace aura::net
