#include "actors/net/spending.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace aura::net {

namespace {

// Sums of small amounts are off by as much; a budget is not missed by it.
constexpr auto slack = 1e-9;

} // namespace

double cost_of(const usage& x, const prices& at) {
  if (x.cost)
    return *x.cost;
  return (static_cast<double>(x.prompt_tokens) * at.input
          + static_cast<double>(x.completion_tokens) * at.output)
         / 1e6;
}

std::string dollars(double x) {
  auto buffer = std::array<char, 64>{};
  std::snprintf(buffer.data(), buffer.size(),
                x >= 1.0 ? "%.2f dollars" : "%.6f dollars", x);
  return buffer.data();
}

spending::spending(double budget, double spent)
  : budget_{budget}, spent_{spent} {
}

bool spending::affords(double most) const {
  return budget_ <= 0.0 || spent_ + reserved_ + most <= budget_ + slack;
}

bool spending::can_ever_afford(double most) const {
  return budget_ <= 0.0 || spent_ + most <= budget_ + slack;
}

void spending::set_aside(double most) {
  reserved_ += most;
}

void spending::settle(double most, double cost) {
  reserved_ = std::max(0.0, reserved_ - most);
  spent_ += cost;
}

std::string out_of_money(const spending& x) {
  return "the budget of " + dollars(x.budget())
         + " is used up: " + dollars(x.spent())
         + " are spent, and the next request may cost more than what is left; "
           "what was bought is kept, and with a higher budget the same command "
           "goes on";
}

} // namespace aura::net
