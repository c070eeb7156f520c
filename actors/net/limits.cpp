#include "actors/net/limits.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace aura::net {

retry_budget::retry_budget(retry_budget_options options, instant now)
  : options_{options}, updated_{now}, tokens_{options.per_second} {
}

void retry_budget::count_request() {
  tokens_ = std::min(tokens_ + options_.per_request, options_.most);
}

milliseconds retry_budget::take(instant now) {
  const auto passed = std::chrono::duration<double>(now - updated_).count();
  updated_ = now;
  tokens_ = std::min(tokens_ + passed * options_.per_second, options_.most);
  // Below zero, the allowance of the future is lent to those who wait for it.
  tokens_ -= 1.0;
  if (tokens_ >= 0.0)
    return milliseconds{0};
  return milliseconds{
    static_cast<std::int64_t>(std::ceil(-tokens_ / options_.per_second * 1e3))};
}

concurrency_limit::concurrency_limit(std::size_t most)
  : most_{static_cast<double>(most)}, limit_{most_} {
  assert(most >= 1);
}

std::size_t concurrency_limit::value() const {
  return static_cast<std::size_t>(limit_);
}

void concurrency_limit::on_success() {
  if (++successes_ < 25)
    return;
  successes_ = 0;
  limit_ = std::min(limit_ + 1.0, most_);
}

void concurrency_limit::on_refusal(instant sent, instant now) {
  successes_ = 0;
  if (decreased_ && sent <= *decreased_)
    return;
  decreased_ = now;
  limit_ = std::max(1.0, std::floor(limit_ * 0.75));
}

breaker::breaker(breaker_options options) : options_{options} {
}

void breaker::on_success() {
  failures_ = 0;
  refused_since_.reset();
}

void breaker::on_failure() {
  if (++failures_ >= options_.failures)
    open_ = true;
}

void breaker::on_refusal(instant now) {
  if (!refused_since_)
    refused_since_ = now;
  if (now - *refused_since_ >= options_.patience)
    open_ = true;
}

bool breaker::open() const {
  return open_;
}

} // namespace aura::net
