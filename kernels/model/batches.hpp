#pragma once

#include "kernels/model/example.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace aura::model {

/// Indices of examples that share a context and are computed as one sequence.
using group = std::vector<std::size_t>;

/// The order in which one epoch visits `examples`: all of them once, in groups
/// of at most `group_size` that share their context, groups in random order.
/// Depends on nothing but the arguments.
std::vector<group> plan_epoch(const std::vector<example>& examples,
                              std::size_t group_size, std::uint64_t seed,
                              std::size_t epoch);

/// Distributes groups over `shards` so that each has about the same work;
/// groups keep their order within a shard. `cost` is in tokens.
std::vector<std::vector<std::size_t>>
balance(const std::vector<std::size_t>& cost, std::size_t shards);

} // namespace aura::model
