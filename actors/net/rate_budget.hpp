#pragma once

#include "actors/net/limits.hpp"

namespace aura::net {

/// What may be used up in a minute: requests, or tokens. Flows in evenly; what
/// two seconds bring may be saved up, since servers count in short spans too.
/// Whoever cannot tell what it will use takes an estimate and gives the rest
/// back. Knows no clock.
class rate_budget {
public:
  /// Zero: no limit.
  rate_budget(double per_minute, instant now);

  /// How long until `amount` may be taken. More than can ever be saved up has
  /// to wait for all of that, and leaves a debt.
  milliseconds wait(double amount, instant now) const;

  void take(double amount, instant now);

  /// Of what was taken, `amount` was not used; below zero: more was used.
  void give_back(double amount);

private:
  double most() const;
  double level(instant now) const;

  double per_minute_;
  double level_;
  instant updated_;
};

} // namespace aura::net
