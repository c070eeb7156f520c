#pragma once

#include "actors/net/chat.hpp"

namespace aura::net {

/// What a server charges, in dollars for a million tokens.
struct prices {
  double input = 0.0;
  double output = 0.0;
};

/// What `x` cost: what the server says, else its tokens at these prices.
double cost_of(const usage& x, const prices& at);

/// For a person: `0.0123 dollars`.
std::string dollars(double x);

/// The ledger of a budget of money. A request sets aside the most that it may
/// cost before it is sent, and settles for what it did cost, so that what is
/// spent never goes over the budget as long as prices and limits are true.
class spending {
public:
  /// `budget` in dollars, zero for none; `spent` by earlier runs.
  explicit spending(double budget = 0.0, double spent = 0.0);

  /// Whether `most` can be set aside now. Money that others have set aside may
  /// come back.
  bool affords(double most) const;

  /// Whether `most` could be set aside if all others cost nothing.
  bool can_ever_afford(double most) const;

  void set_aside(double most);

  /// A request that had set `most` aside has cost `cost`.
  void settle(double most, double cost);

  double budget() const {
    return budget_;
  }

  double spent() const {
    return spent_;
  }

  double reserved() const {
    return reserved_;
  }

private:
  double budget_;
  double spent_;
  double reserved_ = 0.0;
};

/// Why a run stops that cannot pay for the next request.
std::string out_of_money(const spending& x);

} // namespace aura::net
