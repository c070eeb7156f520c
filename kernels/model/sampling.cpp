#include "kernels/model/sampling.hpp"

#include "kernels/base/random.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace aura::model {

namespace {

struct candidate {
  std::int32_t token = 0;
  /// First the score, then the probability, not normalised.
  double weight = 0;
};

// Higher scores first, lower ids among equals.
bool precedes(const candidate& a, const candidate& b) {
  return a.weight != b.weight ? a.weight > b.weight : a.token < b.token;
}

std::optional<std::int32_t> best(std::span<const float> logits,
                                 const text::token_set* allowed) {
  auto result = std::optional<std::int32_t>{};
  auto top = -std::numeric_limits<float>::infinity();
  for (std::size_t i = 0; i < logits.size(); ++i) {
    const auto id = static_cast<std::int32_t>(i);
    if (logits[i] > top && (!allowed || allowed->contains(id))) {
      top = logits[i];
      result = id;
    }
  }
  return result;
}

} // namespace

std::optional<std::int32_t> choose(std::span<const float> logits,
                                   const text::token_set* allowed,
                                   const sampling& how, std::uint64_t number) {
  const auto first = best(logits, allowed);
  if (!first || how.temperature <= 0)
    return first;
  const auto top
    = static_cast<double>(logits[static_cast<std::size_t>(*first)]);
  if (std::isinf(top))
    return first;
  auto found = std::vector<candidate>{};
  for (std::size_t i = 0; i < logits.size(); ++i) {
    const auto id = static_cast<std::int32_t>(i);
    if (std::isfinite(logits[i]) && (!allowed || allowed->contains(id)))
      found.push_back({id, std::exp((static_cast<double>(logits[i]) - top)
                                    / how.temperature)});
  }
  // The most probable one has the weight 1.
  std::erase_if(found,
                [&](const candidate& x) { return x.weight < how.min_p; });
  const auto cuts
    = (how.top_k > 0 && how.top_k < found.size()) || how.top_p < 1;
  if (cuts)
    std::sort(found.begin(), found.end(), precedes);
  if (how.top_k > 0 && how.top_k < found.size())
    found.resize(how.top_k);
  auto total = 0.0;
  for (const auto& x : found)
    total += x.weight;
  if (how.top_p < 1) {
    auto sum = 0.0;
    auto n = std::size_t{0};
    while (n < found.size() && (n == 0 || sum < how.top_p * total))
      sum += found[n++].weight;
    found.resize(n);
    total = sum;
  }
  auto random = random_stream{how.seed, "sampling", number};
  auto left = random.uniform() * total;
  for (const auto& x : found) {
    if (left < x.weight)
      return x.token;
    left -= x.weight;
  }
  return found.empty() ? first : found.back().token;
}

double log_probability(std::span<const float> logits, std::int32_t token) {
  const auto top
    = static_cast<double>(*std::max_element(logits.begin(), logits.end()));
  auto sum = 0.0;
  for (auto x : logits)
    sum += std::exp(static_cast<double>(x) - top);
  return static_cast<double>(logits[static_cast<std::size_t>(token)]) - top
         - std::log(sum);
}

} // namespace aura::model
