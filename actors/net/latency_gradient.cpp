#include "actors/net/latency_gradient.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>

namespace aura::net {

namespace {

constexpr auto worth = 0.5; // elasticity
// Chance must not carry the limit up, try after try.
constexpr auto clearly_worth = 0.55;
// Beyond that, more replies do not make a mean much better.
constexpr auto enough = 1500.0;
constexpr auto step_down = 0.75; // of the limit
constexpr auto step_up = 1.25;
constexpr auto risen = 1.25; // of the median that was found worth it
constexpr auto most_patience = 64U;
// The quickest reply ever seen is believed a little less with every window,
// since servers, models and prompts change.
constexpr auto forgetting = 1.02;

double seconds(instant::duration x) {
  return std::chrono::duration<double>(x).count();
}

} // namespace

latency_gradient::latency_gradient(std::size_t most, gradient_options options)
  : most_{static_cast<double>(most)}, options_{options}, limit_{most_},
    patience_{options.patience}, skip_{most_} {
  assert(most >= 1);
}

std::size_t latency_gradient::value() const {
  return static_cast<std::size_t>(limit_);
}

void latency_gradient::on_reply(instant sent, instant now,
                                std::size_t in_flight) {
  const auto latency = seconds(now - sent);
  if (quickest_ == 0.0 || latency < quickest_)
    quickest_ = latency;
  if (skip_ > 0.0) {
    skip_ -= 1.0;
    return;
  }
  latencies_.push_back(latency);
  in_flight_ += static_cast<double>(in_flight);
  const auto count = static_cast<double>(latencies_.size());
  if (count
      < std::max(static_cast<double>(options_.least_replies), 6.0 * limit_))
    return;
  const auto used_up = in_flight_ / count >= 0.9 * limit_;
  const auto seen = close_window();
  if (used_up)
    judge(seen);
  else if (trial_)
    move(std::exchange(trial_, std::nullopt)->limit);
}

// Counting replies over time would count the rounds in which servers of an even
// pace answer, and misjudge by one; Little's law does not: throughput is
// concurrency over mean latency.
latency_gradient::window latency_gradient::close_window() {
  const auto count = static_cast<double>(latencies_.size());
  const auto mean
    = std::accumulate(latencies_.begin(), latencies_.end(), 0.0) / count;
  const auto middle
    = latencies_.begin() + static_cast<std::ptrdiff_t>(latencies_.size() / 2);
  std::nth_element(latencies_.begin(), middle, latencies_.end());
  const auto seen = window{limit_, std::max(*middle, mean),
                           in_flight_ / count / std::max(mean, 1e-9)};
  latencies_.clear();
  in_flight_ = 0.0;
  quickest_ *= forgetting;
  return seen;
}

void latency_gradient::judge(const window& seen) {
  if (trial_)
    return conclude(*std::exchange(trial_, std::nullopt), seen);
  if (seen.latency > std::max(options_.tolerance * quickest_, risen * settled_))
    return try_less(seen);
  if (++judged_ >= patience_)
    try_more(seen);
}

void latency_gradient::conclude(const window& before, const window& seen) {
  const auto elasticity = std::log(seen.throughput / before.throughput)
                          / std::log(seen.limit / before.limit);
  const auto up = seen.limit > before.limit;
  const auto stay = up ? elasticity >= clearly_worth : elasticity < worth;
  judged_ = 0;
  if (!stay) {
    if (up)
      patience_ = std::min(2 * patience_, most_patience);
    else
      settled_ = before.latency;
    return move(before.limit);
  }
  patience_ = options_.patience;
  // On in the same stride.
  if (up) {
    settled_ = seen.latency;
    return try_more(seen);
  }
  settled_ = 0.0;
  if (seen.latency > options_.tolerance * quickest_)
    try_less(seen);
}

void latency_gradient::try_less(const window& seen) {
  if (limit_ <= 1.0)
    return;
  trial_ = seen;
  move(std::max(1.0, std::floor(limit_ * step_down)));
}

void latency_gradient::try_more(const window& seen) {
  judged_ = 0;
  if (limit_ >= most_)
    return;
  trial_ = seen;
  move(std::min(most_, std::max(limit_ + 1.0, std::floor(limit_ * step_up))));
}

void latency_gradient::move(double limit) {
  skip_ = std::max(limit, limit_) + limit;
  limit_ = limit;
}

} // namespace aura::net
