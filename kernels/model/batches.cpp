#include "kernels/model/batches.hpp"

#include "kernels/base/random.hpp"

#include <algorithm>
#include <map>
#include <numeric>

namespace aura::model {

std::vector<group> plan_epoch(const std::vector<example>& examples,
                              std::size_t group_size, std::uint64_t seed,
                              std::size_t epoch) {
  std::vector<std::size_t> order(examples.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  random_stream random{seed, "epoch", epoch};
  random.shuffle(order);
  std::vector<group> result;
  // Where the group of a context that still has room is.
  std::map<std::vector<std::int32_t>, std::size_t> open;
  for (auto i : order) {
    const auto& context = examples[i].context;
    auto found = open.find(context);
    if (found == open.end() || result[found->second].size() >= group_size) {
      open[context] = result.size();
      result.push_back({i});
      continue;
    }
    result[found->second].push_back(i);
  }
  random.shuffle(result);
  return result;
}

std::vector<std::vector<std::size_t>>
balance(const std::vector<std::size_t>& cost, std::size_t shards) {
  std::vector<std::size_t> order(cost.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](auto a, auto b) { return cost[a] > cost[b]; });
  std::vector<std::vector<std::size_t>> result(shards);
  std::vector<std::size_t> load(shards, 0);
  for (auto i : order) {
    const auto lightest = static_cast<std::size_t>(
      std::min_element(load.begin(), load.end()) - load.begin());
    result[lightest].push_back(i);
    load[lightest] += cost[i];
  }
  for (auto& shard : result)
    std::sort(shard.begin(), shard.end());
  return result;
}

} // namespace aura::model
