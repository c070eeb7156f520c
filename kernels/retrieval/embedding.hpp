#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace aura::retrieval {

/// Turns text into vectors without a model: words and character n-grams (3 to
/// 5) hashed with a sign into `dimension` buckets, weighted by how rare they
/// are in the documents the embedder was made from, normalised to length 1.
/// Deterministic and immutable, hence safe to use from any thread.
class hashed_embedder {
public:
  explicit hashed_embedder(const std::vector<std::string>& documents,
                           std::size_t dimension = 384);

  std::size_t dimension() const noexcept {
    return dimension_;
  }

  /// A vector of length 1, or of zeros if `text` has no letter and no digit.
  std::vector<float> embed(std::string_view text) const;

private:
  std::size_t dimension_;
  std::unordered_map<std::uint64_t, float> rarity_;
  float unseen_;
};

} // namespace aura::retrieval
