#pragma once

#include "kernels/base/expected.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace aura::retrieval {

/// A neighbour and its cosine similarity, in [−1, 1].
struct neighbour {
  std::uint32_t id;
  float similarity;

  bool operator==(const neighbour&) const = default;
};

/// Nearest neighbours by cosine over vectors of length 1. Searches exactly
/// below 3,000 vectors, where that is faster, and by HNSW (Malkov and Yashunin,
/// 2016; M 16, ef 200 while building, max(100, 4k) while searching) above.
/// Frozen after `build`, hence safe to search from any thread.
class vector_index {
public:
  /// Numbers `vectors` by position. Fails with `shape_mismatch` if their sizes
  /// differ, and with `invalid_option` if one is not finite or has no length:
  /// such a vector would silently never, or always, be found.
  static expected<vector_index> build(std::vector<std::vector<float>> vectors,
                                      std::size_t exact_below = 3000);

  /// The `k` nearest, best first, equal ones by id; fewer only if there are
  /// fewer vectors.
  std::vector<neighbour> search(std::span<const float> query,
                                std::size_t k) const;

  /// The same by looking at every vector: the oracle of `search`.
  std::vector<neighbour> search_exactly(std::span<const float> query,
                                        std::size_t k) const;

private:
  struct graph;

  std::size_t dimension_ = 0;
  std::vector<std::vector<float>> vectors_;
  std::shared_ptr<const graph> graph_;
};

} // namespace aura::retrieval
